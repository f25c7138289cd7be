"""The embedded default: broker, workers, beat and page in one command, one terminal, stopped cleanly.

broker.py      Valkey (or redis-server) on loopback, its data in the service's folder
processes.py   children with tidy prefixed logs, restarted when they die, stopped in order
nursery.py     the process they are forked from, which has loaded everything
forks.py       the desk's end of it
up.py          which processes make up the service
demo.py        the service on the bundled news site, with progress
memory.py      PSS of a tree of processes
site/          the bundled news site
"""
