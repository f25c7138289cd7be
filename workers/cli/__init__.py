"""The operator's hand: one file a verb family.

library.py   parse, extract: a stage on one file, no service needed
asking.py    search, trace, status
feeds.py     list, show (standing.py), add (scout.py, discovery.py, adding.py), check (checking.py), import, export
letters.py   dead list, show, retry, drop
replay.py    replay; archive list, verify, gc
stores.py    backup, restore; index check, rebuild
service.py   up, demo, web, check, healthy
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from workers.errors import NewsdeskError

app = typer.Typer(
    name="newsdesk",
    help="Watch feeds, understand each new article, search the news.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line: what a user can mend is one clear line and exit 2, never a traceback."""
    from redis import RedisError  # noqa: PLC0415 # loaded by the verbs in any case

    from workers.cli import asking, feeds, letters, library, replay, service, stores  # noqa: F401, PLC0415 # each registers its verbs

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # news is written in every script, and terminals are not
    try:
        app()
    except NewsdeskError as error:
        problem: Exception = error
    except RedisError as error:
        problem = NewsdeskError(f"the ledger cannot be used: {error}")
    else:
        return
    sys.stderr.write(f"newsdesk: {problem}\n")
    raise SystemExit(2) from problem
