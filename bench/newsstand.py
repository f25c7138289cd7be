"""A feed on loopback in a process of its own, so that who asks can be measured alone.

    python -m bench.newsstand      prints its port, then serves /unchanged (304 to who has its ETag)
                                   and /same (the whole document each time) until it is ended
Each answer closes its connection: a poller asks every host once in a while.
"""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ETAG = '"edition-1"'
ITEMS = 100


def document() -> bytes:
    """An RSS feed of 100 items, 70 kB: the size of a large newspaper's."""
    story = "The council met on the matter and will meet again, as both banks of the river have asked it to. " * 5
    items = "".join(
        f"<item><title>Council meets on matter {n}</title><link>https://gazette.example/story/{n}</link>"
        f"<guid>https://gazette.example/story/{n}</guid><pubDate>Tue, 24 Nov 2026 10:{n % 60:02}:00 GMT</pubDate>"
        f"<description>{story}</description></item>"
        for n in range(ITEMS)
    )
    head = "<title>Gazette</title><link>https://gazette.example/</link><description>News</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


class Handler(BaseHTTPRequestHandler):
    """Answers for the two addresses."""

    protocol_version = "HTTP/1.1"
    packed = gzip.compress(document())

    def do_GET(self) -> None:
        """304 or the document."""
        known = self.path == "/unchanged" and self.headers.get("If-None-Match") == ETAG
        self.send_response(304 if known else 200)
        self.send_header("ETag", ETAG)
        self.send_header("Connection", "close")
        if not known:
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(self.packed)))
        self.end_headers()
        if not known:
            self.wfile.write(self.packed)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the standard library's name
        """Quiet."""


@contextlib.contextmanager
def open_stand() -> Iterator[str]:
    """A newsstand in another process; yields its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.newsstand"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def main() -> None:
    """Serve until ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
