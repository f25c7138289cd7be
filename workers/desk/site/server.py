"""The bundled site over HTTP on loopback, with a log of who asked for what and when."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from workers.desk.site import content, pages
from workers.model import Feed

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, answered."""

    path: str
    """As asked, query included."""
    status: int
    user_agent: str
    came: datetime
    left: datetime
    """When its answer began to be sent."""


class Log:
    """Who asked for what, when, and how many at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: list[Visit] = []
        self._in_flight = 0
        self.max_in_flight = 0

    @property
    def visits(self) -> tuple[Visit, ...]:
        """In the order in which they were answered."""
        with self._lock:
            return tuple(self._visits)

    def arrives(self) -> datetime:
        """A request begins; gives its time."""
        with self._lock:
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
            return datetime.now(UTC)

    def leaves(self, *, path: str, status: int, user_agent: str, came: datetime) -> None:
        """A request ends that began at `came`."""
        with self._lock:
            self._in_flight -= 1
            left = datetime.now(UTC)
            self._visits.append(Visit(path=path, status=status, user_agent=user_agent, came=came, left=left))


class Site:
    """The running site; close it, or use it as a context manager."""

    def __init__(self, port: int, *, delay: timedelta) -> None:
        self._server = _Server((HOST, port), _Handler)
        self.base = f"http://{HOST}:{self._server.server_address[1]}"
        now = datetime.now(UTC)
        self._publications = content.load(now)
        self._server.serve(pages.render(self._publications, base=self.base, now=now), delay)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="site", daemon=True)
        self._thread.start()

    @property
    def expected(self) -> int:
        """How many articles a reader of all feeds should end up with."""
        return sum(not story.trap for publication in self._publications for story in publication.stories)

    @property
    def traps(self) -> dict[str, str]:
        """What must be set aside: address → reason (content.Trap)."""
        return {
            self.base + story.path: story.trap
            for publication in self._publications
            for story in publication.stories
            if story.trap
        }

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Every request so far."""
        return self._server.log.visits

    @property
    def max_in_flight(self) -> int:
        """The most requests that were being answered at one moment."""
        return self._server.log.max_in_flight

    def feeds(self) -> tuple[Feed, ...]:
        """The feeds as they would stand in feeds.toml."""
        return tuple(
            Feed(
                name=publication.key,
                url=self.base + pages.feed_path(publication),
                source=publication.name,
                language=None if publication.multilingual else publication.language,
                country=publication.country,
                every=timedelta(minutes=1),
            )
            for publication in self._publications
        )

    def close(self) -> None:
        """Stop serving, hang up on whoever is still connected, and wait until that is done."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(port: int = 0, *, delay: timedelta = timedelta()) -> Site:
    """Serve the site on loopback at `port` (0: any free one).

    `delay` is how long each answer is held back: without it a site on loopback answers so fast
    that two requests are never seen in flight. Raises OSError if the port is taken.
    """
    return Site(port, delay=delay)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the handlers, so that nothing outlives the site

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        super().__init__(address, handler)
        self.log = Log()
        self.resources: dict[str, pages.Resource] = {}
        self.missing = pages.not_found(datetime.now(UTC))
        self.delay = timedelta()
        self._connections: set[socket.socket] = set()

    def serve(self, resources: dict[str, pages.Resource], delay: timedelta) -> None:
        """What to answer from now on, and how slowly."""
        self.resources, self.delay = resources, delay

    def hang_up(self) -> None:
        """End the connections that clients keep open for a next request."""
        for connection in tuple(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self._connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client may hang up whenever it likes
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        log, came = self.server.log, self.server.log.arrives()
        time.sleep(self.server.delay.total_seconds())
        resource = self.server.resources.get(urlsplit(self.path).path, self.server.missing)
        unchanged = resource.status == 200 and self._has(resource)
        status = 304 if unchanged else resource.status
        # The visit ends before its answer is sent: a client that asks again at once is not counted as two.
        log.leaves(path=self.path, status=status, user_agent=self.headers.get("User-Agent", ""), came=came)
        self._answer(resource, unchanged=unchanged)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _has(self, resource: pages.Resource) -> bool:
        """RFC 9110 §13.1: the entity tag decides; the date only where no tag was sent."""
        if tags := self.headers.get("If-None-Match"):
            return resource.etag in (tag.strip() for tag in tags.split(","))
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False  # none sent, or not a date: RFC 9110 §13.1.3 has it ignored
        return since.astimezone(UTC) >= resource.changed.replace(microsecond=0)

    def _answer(self, resource: pages.Resource, *, unchanged: bool) -> None:
        body = resource.body
        self.send_response(304 if unchanged else resource.status)
        self.send_header("ETag", resource.etag)
        self.send_header("Last-Modified", format_datetime(resource.changed.astimezone(UTC), usegmt=True))
        self.send_header("Vary", "Accept-Encoding")
        if not unchanged:
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the parent names it
        """Say nothing: the log is kept, not printed."""
