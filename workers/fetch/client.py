"""One HTTP request: bounded in time and size, and never to an address the guard refuses."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import certifi
import pycurl

from workers.address import host, wire
from workers.errors import GiveUp
from workers.fetch.guard import Guard
from workers.fetch.transfer import Transfer

if TYPE_CHECKING:
    from workers.model import Reply
    from workers.settings import Fetching

PERMANENT = frozenset({301, 308})


class Client:
    """Asks for one address at a time, from any number of threads and processes.

    No cookies, no referrer, no proxy from the environment, TLS verified, HTTP/2 where offered.
    Each thread of each process has its own curl handle, made at the first request (so after a
    fork), which keeps its connections for the next request to the same host.
    """

    def __init__(self, fetching: Fetching) -> None:
        self._fetching = fetching
        self._guard = Guard(fetching.allow_networks, fetching.ports)
        self._own = threading.local()
        self._authorities = ssl.get_default_verify_paths().cafile or certifi.where()

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int,
        accept: str,
        types: tuple[str, ...] | None = None,
        heads: bool = False,
    ) -> Reply:
        """Ask for `url`, following redirects within its host; whatever the status, it is the answer.

        `etag` and `last_modified` are sent back as they were received. `limit` bounds the decoded
        body in bytes. With `types`, a 2xx of another Content-Type is refused before its body is
        read; an answer without one is taken. A redirect to another host is not followed: the
        reply's `redirect` names it. With `heads`, the reply has the last exchange's lines too.

        Raises TryAgain("timeout", "dns", "connect", "tls", "broken-transfer") and
        GiveUp("bad-url", "refused-address", "too-large", "unsupported-type", "redirect-loop",
        "too-many-redirects"), each with the URL. The whole takes at most `deadline_seconds`.
        """
        deadline = time.monotonic() + self._fetching.deadline_seconds
        headers = _request_headers(accept, etag, last_modified)
        here, permanent = wire(url), True
        hops: list[str] = []
        while True:
            transfer = Transfer(here, limit, types)
            self._perform(transfer, headers, deadline, heads=heads)
            target = transfer.target()
            if target is None:
                reply = transfer.reply(hops=tuple(hops), permanent=permanent and bool(hops))
                return replace(reply, heads=transfer.heads(self._answered_from())) if heads else reply
            permanent = permanent and transfer.status in PERMANENT
            hops.append(here)
            if host(target) != host(here):
                return transfer.reply(hops=tuple(hops), permanent=permanent, redirect=target)
            here = self._next_hop(target, hops)

    def post(self, url: str, body: bytes, content_type: str, limit: int) -> Reply:
        """Send `body` to `url`; whatever the status, it is the answer. `limit` bounds the decoded answer in bytes.

        No redirect is followed, also not within the host: the reply's `redirect` names it, and the
        caller decides whether what was sent may go there. Raises what `get` raises, but for the redirects.
        """
        deadline = time.monotonic() + self._fetching.deadline_seconds
        here = wire(url)
        transfer = Transfer(here, limit, None)
        headers = [f"Content-Type: {_one_line(content_type)}", "Accept: */*", "Expect:"]  # ask once, not for leave
        self._perform(transfer, headers, deadline, body)
        target = transfer.target()
        hops = () if target is None else (here,)
        return transfer.reply(hops=hops, permanent=bool(hops) and transfer.status in PERMANENT, redirect=target)

    def _next_hop(self, target: str, hops: list[str]) -> str:
        if target in hops:
            raise GiveUp("redirect-loop", f"after {len(hops)} redirects back to {target}", url=hops[0])
        if len(hops) > self._fetching.redirects:
            raise GiveUp("too-many-redirects", f"more than {self._fetching.redirects}", url=hops[0])
        return target

    def _perform(
        self,
        transfer: Transfer,
        headers: list[str],
        deadline: float,
        body: bytes | None = None,
        *,
        heads: bool = False,
    ) -> None:
        if (refusal := self._guard.refusal(transfer.url)) is not None:
            raise GiveUp("refused-address", refusal, url=transfer.url)
        handle = self._handle()
        self._set_manners(handle)
        self._set_bounds(handle, deadline)
        handle.setopt(pycurl.URL, transfer.url)
        handle.setopt(pycurl.HTTPHEADER, headers)
        if body is not None:
            handle.setopt(pycurl.POST, 1)
            handle.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
            handle.setopt(pycurl.POSTFIELDS, body)
        handle.setopt(pycurl.MAXFILESIZE_LARGE, transfer.limit)
        handle.setopt(pycurl.HEADERFUNCTION, transfer.on_header)
        handle.setopt(pycurl.WRITEFUNCTION, transfer.on_body)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, lambda purpose, address: self._open(transfer, purpose, address))
        if heads:
            handle.setopt(pycurl.VERBOSE, 1)  # measured: 10 to 40 µs a request
            handle.setopt(pycurl.DEBUGFUNCTION, transfer.on_debug)
        try:
            handle.perform()
        except pycurl.error as error:
            transfer.explain(*error.args[:2], cause=error)
        finally:
            transfer.close_sockets()

    def _handle(self) -> pycurl.Curl:
        if getattr(self._own, "process", None) != os.getpid():
            self._own.process, self._own.handle = os.getpid(), pycurl.Curl()
        handle: pycurl.Curl = self._own.handle
        handle.reset()
        return handle

    def _answered_from(self) -> str:
        address: str = self._own.handle.getinfo(pycurl.PRIMARY_IP)
        return address

    def _set_manners(self, handle: pycurl.Curl) -> None:
        handle.setopt(pycurl.USERAGENT, self._name())
        handle.setopt(pycurl.ACCEPT_ENCODING, "")  # whatever this libcurl can decode, and nothing else
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        handle.setopt(pycurl.FOLLOWLOCATION, 0)
        handle.setopt(pycurl.PROXY, "")  # a proxy named in the environment would get round the guard
        handle.setopt(pycurl.CAINFO, self._authorities)

    def _name(self) -> str:
        contact = self._fetching.contact
        return self._fetching.user_agent + (f" (+{contact})" if contact else "")

    def _set_bounds(self, handle: pycurl.Curl, deadline: float) -> None:
        left = max(1, int((deadline - time.monotonic()) * 1000))
        handle.setopt(pycurl.TIMEOUT_MS, left)
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, min(left, int(self._fetching.connect_seconds * 1000)))
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.NOSIGNAL, 1)  # signals belong to the worker, and threads cannot have them

    def _open(
        self, transfer: Transfer, _purpose: int, address: tuple[int, int, int, tuple[str, int]]
    ) -> socket.socket | int:
        family, kind, protocol, peer = address
        refusal = self._guard.refusal_of_address(peer[0], peer[1])
        if refusal is None:
            return transfer.keep(socket.socket(family, kind, protocol))
        transfer.refusal = GiveUp("refused-address", refusal, url=transfer.url)
        return pycurl.SOCKET_BAD


def _request_headers(accept: str, etag: str | None, last_modified: str | None) -> list[str]:
    wanted = {"Accept": accept, "If-None-Match": etag, "If-Modified-Since": last_modified}
    return [f"{name}: {_one_line(value)}" for name, value in wanted.items() if value]


def _one_line(value: str) -> str:
    return "".join(character for character in value if character.isprintable())
