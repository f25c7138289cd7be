"""Whether any way to write one's own machine gets a request through: straight, by redirect, and through the service."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from bench.report import Figure
from tests.fetch.conftest import Site
from tests.fetch.test_client import LOOPBACK
from workers.errors import Fate, NewsdeskError
from workers.fetch.client import Client
from workers.settings import Fetching

OUTSIDE = "127.0.0.2"
"""The one address that may be asked; on it stands the site that sends us to the canary."""
ANYWHERE = ("0.0.0.0/0", "::/0")
CONTROL = 20
"""Spellings that must reach the canary when nothing guards it; fewer would prove nothing (27 were counted)."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HOPS = 6


class Canary:
    """Listens on 127.0.0.1 and, where there is one, ::1; counts every connection, even one that asks nothing."""

    def __init__(self) -> None:
        self.hits = 0
        first = socket.create_server(("127.0.0.1", 0))
        self.port = int(first.getsockname()[1])
        self._sockets = [first]
        with contextlib.suppress(OSError):  # a machine without IPv6 cannot be reached by it
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._answer, args=(one,)) for one in self._sockets]
        for thread in self._threads:
            thread.start()

    def _answer(self, listening: socket.socket) -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return  # closed
            self.hits += 1
            with peer, contextlib.suppress(OSError):
                peer.settimeout(2)
                peer.recv(65536)
                peer.sendall(ANSWER)

    def close(self) -> None:
        """Stop listening."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()


@contextlib.contextmanager
def canary() -> Iterator[Canary]:
    """One that is closed in the end."""
    opened = Canary()
    try:
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def site(address: str = OUTSIDE) -> Iterator[Site]:
    """A site on a loopback address of its own."""
    opened = Site(address)
    try:
        yield opened
    finally:
        opened.close()


def addresses(port: int) -> list[str]:
    """The canary in all its spellings."""
    return [f"http://{name}:{port}/secret" for name in LOOPBACK]


def redirects(outside: Site, port: int) -> list[str]:
    """Addresses of an allowed host, each of which redirects to one spelling."""
    return [
        outside.serves(f"/to/{number}", b"", 302, Location=raw(address))
        for number, address in enumerate(addresses(port))
    ]


def raw(address: str) -> str:
    """As UTF-8 in a header that the server sends as Latin-1."""
    return address.encode().decode("latin-1")


def knock(client: Client, url: str) -> str:
    """Ask, and ask wherever the answers point; what became of it, in one word."""
    for _ in range(HOPS):
        try:
            reply = client.get(url, limit=1_000_000, accept="*/*")
        except Fate as fate:
            return fate.reason
        if reply.redirect is None:
            return str(reply.status)
        url = reply.redirect
    raise NewsdeskError(f"more than {HOPS} redirects, last to {url}")


def reached(canary: Canary, client: Client, asked: list[str]) -> int:
    """How many of these addresses led to the canary."""
    count = 0
    for url in asked:
        before = canary.hits
        knock(client, url)
        count += canary.hits > before
    return count


def guarded(port: int) -> Client:
    """May ask the site outside and nothing else on this machine; the canary's port is no reason to refuse it."""
    return _client((f"{OUTSIDE}/32",), port)


def unguarded(port: int) -> Client:
    """May ask everything: what the spellings would reach."""
    return _client(ANYWHERE, port)


def _client(networks: tuple[str, ...], port: int) -> Client:
    values = {"allow_networks": networks, "ports": (80, 443, port), "deadline_seconds": 5, "connect_seconds": 2}
    return Client(Fetching.model_validate(values))


def measure() -> tuple[Figure, ...]:
    """Spellings that reach the canary, without and with the guard."""
    with canary() as bird, site() as outside:
        straight, round_about = addresses(bird.port), redirects(outside, bird.port)
        ways = {"straight": straight, "by redirect": round_about}
        control = {way: reached(bird, unguarded(bird.port), asked) for way, asked in ways.items()}
        hits = {way: reached(bird, guarded(bird.port), asked) for way, asked in ways.items()}
    of = f"of {len(LOOPBACK)} spellings of this machine"
    return (
        *(Figure(name=f"{of}, {way}, guarded", value=count, at_most=0) for way, count in hits.items()),
        *(
            Figure(name=f"{of}, {way}, unguarded", value=count, at_least=CONTROL, note="the control")
            for way, count in control.items()
        ),
    )
