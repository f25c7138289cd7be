"""`python -m workers.cli` is `newsdesk`."""

from workers.cli import main

main()
