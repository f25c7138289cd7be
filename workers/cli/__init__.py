"""The operator's hand: one file a verb family.

library.py   parse, extract: a stage on one file, no service needed
asking.py    search, trace, status
feeds.py     feeds list, add, import, export, check
letters.py   dead list, retry, drop
service.py   up, demo, web, check, healthy
"""

from __future__ import annotations

import sys

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
    """Run the command line: a NewsdeskError is one clear line and exit 2, never a traceback."""
    from workers.cli import asking, feeds, letters, library, service  # noqa: F401, PLC0415 # each registers its verbs

    try:
        app()
    except NewsdeskError as error:
        sys.stderr.write(f"newsdesk: {error}\n")
        raise SystemExit(2) from error
