"""A web site on loopback whose pages a test lays out, and which remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from workers.fetch.client import Client
from workers.settings import Fetching

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Real HTTP on a free port; `serves` and `redirects` lay out pages, `asked` holds (path, headers)."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answers: dict[str, Answer] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                site._answers.get(self.path, plain(b"not here", 404))(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the standard library's name
                """Quiet: the test says what it saw."""

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.address = address
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def url(self, path: str = "/", host: str | None = None) -> str:
        """Where a page stands, under another name of this host if wanted."""
        return f"http://{host or self.address}:{self.port}{path}"

    def serves(self, path: str, body: bytes = b"ok", status: int = 200, **headers: str) -> str:
        """Lay out a page."""
        self._answers[path] = plain(body, status, **headers)
        return self.url(path)

    def redirects(self, path: str, target: str, status: int = 302) -> str:
        """Lay out a redirect."""
        return self.serves(path, b"elsewhere", status, Location=target)

    def answers(self, path: str, answer: Answer) -> str:
        """Lay out a page that misbehaves."""
        self._answers[path] = answer
        return self.url(path)

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [path for path, _ in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def plain(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if status != 304:
            handler.wfile.write(body)

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture
def client() -> Client:
    """May ask loopback, at any port."""
    return Client(loopback())


def loopback(**changes: Any) -> Fetching:
    values = {"allow_networks": ("127.0.0.0/8", "::1/128"), "deadline_seconds": 10, "connect_seconds": 5}
    return Fetching.model_validate({**values, **changes})
