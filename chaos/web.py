"""A small news web on loopback: hosts with a feed each, articles unlike each other, one of them poison."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.dedupe.stories_corpus import vocabulary
from workers.model import Feed

WORDS = 120
"""Of an article: enough to be one, few enough for ten thousand."""
LONG = 220_000
POISON = "<div>" * 5_000 + "<p>" + "=" * 2_000_000
"""A page that the caps refuse."""


class Server(ThreadingHTTPServer):
    """Says nothing when a client that was killed leaves its connection."""

    def handle_error(self, *_: object) -> None:
        """What a handler raises is a connection that broke."""


class Web:
    """`hosts` at 127.41.0.1 and up, `articles` each, all on one port; stops with `close`."""

    def __init__(self, hosts: int, articles: int, *, seed: int = 1) -> None:
        self.hosts, self.articles, self._seed = hosts, articles, seed
        self.long: tuple[int, int] | None = None
        """Host and number of a page so long that it can be caught being read, where there is one."""
        self._words = vocabulary(random.Random(seed), 3000)  # noqa: S311 # nobody is to be kept from guessing them
        web = self

        class Handler(BaseHTTPRequestHandler):
            """Answers for every host of the web."""

            def do_GET(self) -> None:
                """A feed, an article, or nothing."""
                body, kind = web.page(self.headers.get("Host", "").partition(":")[0], self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = Server(("0.0.0.0", 0), Handler)  # noqa: S104 # all of 127/8, and closed in minutes
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def announced(self) -> int:
        """All articles that the feeds name."""
        return self.hosts * self.articles

    @property
    def poison(self) -> str:
        """The address of the page that no extractor should be given."""
        return self.address(0, 0)

    def address(self, host: int, number: int) -> str:
        """Of an article."""
        return f"{self._root(host)}/a/{number}.html"

    def listed(self) -> range:
        """The numbers of the articles that each host's feed names now."""
        return range(self.articles)

    def feeds(self) -> Iterator[Feed]:
        """One of each host."""
        for host in range(self.hosts):
            yield Feed(name=f"host {host:03}", url=f"{self._root(host)}/feed.xml", source=f"Host {host:03}")

    def page(self, address: str, path: str) -> tuple[bytes, str]:
        """What a host sends."""
        if path == "/robots.txt":
            return b"User-agent: *\nAllow: /\n", "text/plain"
        host = int(address.rpartition(".")[2]) - 1
        if path == "/feed.xml":
            return self._feed(host).encode(), "application/rss+xml"
        number = path.removeprefix("/a/").removesuffix(".html")
        if not number.isdigit():
            return b"", "text/plain"
        return self.article(host, int(number)), "text/html; charset=utf-8"

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def _root(self, host: int) -> str:
        return f"http://127.41.0.{host + 1}:{self._server.server_port}"

    def _feed(self, host: int) -> str:
        items = "".join(
            f"<item><title>{self._title(host, number)}</title><link>{self.address(host, number)}</link></item>"
            for number in self.listed()
        )
        return f'<rss version="2.0"><channel><title>Host {host}</title>{items}</channel></rss>'

    def _title(self, host: int, number: int) -> str:
        return f"Report {number} of host {host}"

    def article(self, host: int, number: int) -> bytes:
        """The page of one."""
        return self._article(host, number).encode()

    def _article(self, host: int, number: int) -> str:
        if (host, number) == (0, 0):
            return POISON
        chance = random.Random(f"{self._seed} {host} {number}")  # noqa: S311 # as above
        text = " ".join(chance.choices(self._words, k=LONG if (host, number) == self.long else WORDS))
        title = self._title(host, number)
        head = f"<head><title>{title}</title></head>"
        return f"<html lang=en>{head}<body><article><h1>{title}</h1><p>{text}.</p></article></body></html>"


class Stream(Web):
    """A web that goes on publishing: each host's feed names its latest 20 articles."""

    LISTED = 20

    def __init__(self, hosts: int, per_second: float) -> None:
        self._began, self._rate = time.monotonic(), per_second / hosts
        super().__init__(hosts, articles=1)

    @property
    def announced(self) -> int:
        """All articles that the feeds have named until now."""
        return self.hosts * self.listed().stop

    def listed(self) -> range:
        """The latest."""
        last = 1 + int((time.monotonic() - self._began) * self._rate)
        return range(max(0, last - self.LISTED), last)
