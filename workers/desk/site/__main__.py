"""The bundled site on its own: `python -m workers.desk.site --port 8900`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from workers.desk.site.server import start


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m workers.desk.site", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one when not given")
    port = parser.parse_args().port
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        site = start(port)
    except OSError as error:
        parser.error(f"port {port}: {error.strerror}")
    with site:
        sys.stdout.write("".join(f"{line}\n" for line in (site.base, *(feed.url for feed in site.feeds()))))
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
