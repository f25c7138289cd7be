"""What hostile addresses, answers and documents can do to the service.

python -m bench.safety [--pages]
"""

from __future__ import annotations

import argparse

from bench import doors, escapes, poison, transfers
from bench.report import Figure, show


def measure() -> tuple[Figure, ...]:
    """Every way in: 38 spellings of loopback, hostile answers, hostile feeds."""
    return (*doors.measure(), *escapes.measure(), *transfers.measure(), *poison.measure())


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", action="store_true", help="hostile pages too: minutes longer")
    wanted = options.parse_args()
    show("Safety", (*measure(), *(poison.measure("page") if wanted.pages else ())))


if __name__ == "__main__":
    main()
