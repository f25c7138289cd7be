"""What can go wrong, and what the pipeline does about it.

    NewsdeskError
    ├── ConfigError        stop the start: file, key, what would be right
    ├── ArchiveDown        a page waits: the archive's disk is full or fails
    ├── ArchiveDamaged     an archived page cannot be read: names file and place
    ├── StoreDown          the whole batch waits: the store cannot be reached or refuses writes
    └── Fate               what becomes of one feed or article; `reason` is one constant word
        ├── TryAgain       not now: again after `after`, up to the configured attempts
        │   └── NotYet     not our turn, robots.txt unknown: again, and it does not count as an attempt
        ├── GiveUp         can never work (404, robots, not an article): set down with the reason
        └── SetAside       kept for an operator to look at and retry (a crash, a rejected document)

An expected outcome is a value (`Refused`, a 304); a broken promise is one of these. Foreign
exceptions are translated at the door, once, with `raise … from error`.
"""

from __future__ import annotations

from datetime import timedelta


class NewsdeskError(Exception):
    """Root of the tree."""


class ConfigError(NewsdeskError):
    """A setting that cannot be: names the file, the key and what would be right."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")
        self.where, self.key, self.problem = where, key, problem


class StoreDown(NewsdeskError):
    """The store cannot be reached, is full, or refuses writes as a whole; nothing was lost."""


class ArchiveDown(NewsdeskError):
    """The archive cannot take a page: its disk is full or fails; what it holds is as it was."""


class ArchiveDamaged(NewsdeskError):
    """An archived page cannot be read where the index says it is."""


class Fate(NewsdeskError):
    """What becomes of one feed or article."""

    def __init__(self, reason: str, detail: str = "", *, url: str = "") -> None:
        super().__init__(": ".join(part for part in (reason, detail, url) if part))
        self.reason, self.detail, self.url = reason, detail, url


class TryAgain(Fate):
    """Not now. `after` None leaves the delay to the ledger's back-off."""

    def __init__(self, reason: str, detail: str = "", *, url: str = "", after: timedelta | None = None) -> None:
        super().__init__(reason, detail, url=url)
        self.after = after


class NotYet(TryAgain):
    """Waiting for a turn or for robots.txt: not an attempt."""


class GiveUp(Fate):
    """It can never work."""


class SetAside(Fate):
    """An operator should look."""
