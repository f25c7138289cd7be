"""What stands where on the front page: the latest first, then the sections, no source shouting down the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workers.model import Hit

BESIDE = 4
"""Articles beside the lead."""
EACH = 5
"""Articles in a group."""
GROUPS = 9
"""Groups on the page: three rows of three on a wide screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Articles of one section, or of one source where the feed names no section."""

    field: str
    """section or source: what `title` is a value of; "" for the last, mixed group."""
    title: str
    hits: tuple[Hit, ...]
    more: int
    """How many of the newest articles belong here and are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The front page."""

    lead: Hit
    beside: tuple[Hit, ...]
    groups: tuple[Group, ...]


def compose(hits: tuple[Hit, ...]) -> Front | None:
    """Lay out the newest articles, newest first; None when there are none.

    The lead is the newest article. Beside it stand the newest of other sources, one each while
    sources last. The rest goes into groups, the one with the freshest article first; groups of a
    single article are gathered in the last.
    """
    if not hits:
        return None
    lead = hits[0]
    beside = _one_a_source(hits[1:], besides=lead.source)[:BESIDE]
    placed = {lead.id, *(hit.id for hit in beside)}
    rest = [hit for hit in hits if hit.id not in placed]
    return Front(lead=lead, beside=beside, groups=_groups(rest))


def _one_a_source(hits: Iterable[Hit], *, besides: str) -> tuple[Hit, ...]:
    first: list[Hit] = []
    again: list[Hit] = []
    met = {besides}
    for hit in hits:
        (again if hit.source in met else first).append(hit)
        met.add(hit.source)
    return tuple(first + again)


def _groups(hits: Iterable[Hit]) -> tuple[Group, ...]:
    gathered: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        field, title = ("section", hit.section) if hit.section else ("source", hit.source)
        gathered.setdefault((field, title.casefold()), []).append(hit)
    full = [members for members in gathered.values() if len(members) > 1][:GROUPS]
    shown = tuple(_group(members) for members in full)
    single = [members[0] for members in gathered.values() if len(members) == 1]
    if not single:
        return shown
    return (*shown, Group(field="", title="Elsewhere", hits=tuple(single[:EACH]), more=max(0, len(single) - EACH)))


def _group(members: list[Hit]) -> Group:
    field, title = ("section", members[0].section) if members[0].section else ("source", members[0].source)
    return Group(field=field, title=title or "", hits=tuple(members[:EACH]), more=max(0, len(members) - EACH))
