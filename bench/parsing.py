"""How fast real feeds are read, and how often rightly, against feedparser as it comes.

python -m bench.parsing [--rounds 2]
"""

from __future__ import annotations

import argparse

from bench.report import Figure, show
from bench.shared import needed
from tests.poll import agreement


def measure(rounds: int = 2) -> tuple[Figure, ...]:
    """Feeds per CPU-second of both, one document after the other in one process; then how often each is right.

    Raises NotMeasured when the collection is not there.
    """
    needed("data", "feeds")
    return (*speed(rounds), *(rightness(row) for row in agreement.agreement()))


def speed(rounds: int) -> tuple[Figure, ...]:
    """Both parsers, and their ratio."""
    (row,) = agreement.speed(rounds)
    of = f"{row.feeds} real feeds, {row.megabytes:.0f} MB; {row.fast} of {row.of} XML documents without feedparser"
    ours, theirs = row.feeds / row.our_seconds, row.feeds / row.feedparser_seconds
    return (
        Figure(name="workers.poll.parse", value=ours, unit="feeds/CPU s", note=of),
        Figure(name="feedparser as it comes", value=theirs, unit="feeds/CPU s"),
        Figure(name="faster by", value=ours / theirs, unit="times", at_least=20),
    )


def rightness(row: agreement.Row) -> Figure:
    """How many known values of a field we gave; feedparser's number is the least."""
    return Figure(name=f"right: {row.what}", value=row.ours, at_least=row.feedparser, note=f"of {row.cases}")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=2)
    show("Reading feeds", measure(options.parse_args().rounds))


if __name__ == "__main__":
    main()
