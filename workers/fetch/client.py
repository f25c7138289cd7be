"""One HTTP request: bounded in time and size, and never to an address the guard refuses."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import certifi
import pycurl

from workers.errors import Fate, GiveUp, TryAgain
from workers.fetch.address import host, wire
from workers.fetch.guard import Guard
from workers.model import Reply

if TYPE_CHECKING:
    from workers.settings import Fetching

HEADER_BYTES = 64_000
"""All header lines of one answer together; real ones stay under 16 kB."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

_E_TOO_LARGE = 100  # CURLE_TOO_LARGE, a header line beyond libcurl's own bound; pycurl gives it no name

_TLS_ERRORS = frozenset(
    {
        *(pycurl.E_SSL_CONNECT_ERROR, pycurl.E_SSL_CERTPROBLEM, pycurl.E_SSL_CIPHER, pycurl.E_PEER_FAILED_VERIFICATION),
        *(pycurl.E_SSL_CACERT_BADFILE, pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_INVALIDCERTSTATUS),
    }
)
_TRANSIENT = {
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "connect",
    **dict.fromkeys(_TLS_ERRORS, "tls"),
}


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
    ) -> Reply:
        """Ask for `url`, following redirects within its host; whatever the status, it is the answer.

        `etag` and `last_modified` are sent back as they were received. `limit` bounds the decoded
        body in bytes. With `types`, a 2xx of another Content-Type is refused before its body is
        read; an answer without one is taken. A redirect to another host is not followed: the
        reply's `redirect` names it.

        Raises TryAgain("timeout", "dns", "connect", "tls", "broken-transfer") and
        GiveUp("bad-url", "refused-address", "too-large", "unsupported-type", "redirect-loop",
        "too-many-redirects"), each with the URL. The whole takes at most `deadline_seconds`.
        """
        deadline = time.monotonic() + self._fetching.deadline_seconds
        headers = _request_headers(accept, etag, last_modified)
        here, permanent = wire(url), True
        hops: list[str] = []
        while True:
            transfer = _Transfer(here, limit, types)
            self._perform(transfer, headers, deadline)
            target = transfer.target()
            if target is None:
                return transfer.reply(hops=tuple(hops), permanent=permanent and bool(hops))
            permanent = permanent and transfer.status in PERMANENT
            hops.append(here)
            if host(target) != host(here):
                return transfer.reply(hops=tuple(hops), permanent=permanent, redirect=target)
            here = self._next_hop(target, hops)

    def _next_hop(self, target: str, hops: list[str]) -> str:
        if target in hops:
            raise GiveUp("redirect-loop", f"after {len(hops)} redirects back to {target}", url=hops[0])
        if len(hops) > self._fetching.redirects:
            raise GiveUp("too-many-redirects", f"more than {self._fetching.redirects}", url=hops[0])
        return target

    def _perform(self, transfer: _Transfer, headers: list[str], deadline: float) -> None:
        if (refusal := self._guard.refusal(transfer.url)) is not None:
            raise GiveUp("refused-address", refusal, url=transfer.url)
        handle = self._handle()
        self._set_manners(handle)
        self._set_bounds(handle, deadline)
        handle.setopt(pycurl.URL, transfer.url)
        handle.setopt(pycurl.HTTPHEADER, headers)
        handle.setopt(pycurl.MAXFILESIZE_LARGE, transfer.limit)
        handle.setopt(pycurl.HEADERFUNCTION, transfer.on_header)
        handle.setopt(pycurl.WRITEFUNCTION, transfer.on_body)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, lambda purpose, address: self._open(transfer, purpose, address))
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
        self, transfer: _Transfer, _purpose: int, address: tuple[int, int, int, tuple[str, int]]
    ) -> socket.socket | int:
        family, kind, protocol, peer = address
        refusal = self._guard.refusal_of_address(peer[0], peer[1])
        if refusal is None:
            return transfer.keep(socket.socket(family, kind, protocol))
        transfer.refusal = GiveUp("refused-address", refusal, url=transfer.url)
        return pycurl.SOCKET_BAD


class _Transfer:
    """What comes back for one request; stops the transfer as soon as it cannot be wanted."""

    def __init__(self, url: str, limit: int, types: tuple[str, ...] | None) -> None:
        self.url, self.limit = url, limit
        self.status = 0
        self.refusal: Fate | None = None
        self._types = types
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._body = bytearray()
        self._sockets: list[socket.socket] = []

    def keep(self, opened: socket.socket) -> socket.socket:
        """Hold a socket until curl, which works on a duplicate of it, is done."""
        self._sockets.append(opened)
        return opened

    def close_sockets(self) -> None:
        """Close our ends; the connection lives on in curl's duplicates."""
        while self._sockets:
            self._sockets.pop().close()

    def on_header(self, line: bytes) -> int:
        """Take one header line; -1 stops the transfer."""
        self._header_bytes += len(line)
        if self._header_bytes > HEADER_BYTES:
            return self._refuse("too-large", f"more than {HEADER_BYTES} bytes of headers")
        text = line.decode("latin-1").strip()
        if line.startswith(b"HTTP/"):
            self.status = _status(text)
            self._headers.clear()
        elif not text:
            return self._decide(len(line))
        else:
            name, _, value = text.partition(":")
            self._headers[name.strip().lower()] = value.strip()
        return len(line)

    def on_body(self, piece: bytes) -> int:
        """Take a decoded piece of the body; -1 stops the transfer."""
        if len(self._body) + len(piece) > self.limit:
            return self._refuse("too-large", f"more than {self.limit} bytes of body")
        self._body += piece
        return len(piece)

    def target(self) -> str | None:
        """Where a redirect points, absolute; None when this is no redirect. Raises GiveUp("bad-url")."""
        location = self._headers.get("location")
        if self.status not in REDIRECTS or not location:
            return None
        return wire(urljoin(self.url, _readable(location)))

    def reply(self, *, hops: tuple[str, ...], permanent: bool, redirect: str | None = None) -> Reply:
        """The answer as the rooms see it."""
        return Reply(
            url=self.url,
            status=self.status,
            headers=dict(self._headers),
            body=bytes(self._body),
            redirect=redirect,
            hops=hops,
            permanent=permanent,
        )

    def explain(self, code: int, message: str, *, cause: pycurl.error) -> None:
        """Raise what a failure of curl means here; return when it is only our own stop at a redirect."""
        if self.refusal is not None:
            raise self.refusal from cause
        if code in (pycurl.E_WRITE_ERROR, pycurl.E_FILESIZE_EXCEEDED) and self._redirects():
            return
        if code in (pycurl.E_FILESIZE_EXCEEDED, _E_TOO_LARGE):
            raise GiveUp("too-large", message, url=self.url) from cause
        if code in (pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL):
            raise GiveUp("bad-url", message, url=self.url) from cause
        raise TryAgain(_TRANSIENT.get(code, "broken-transfer"), message, url=self.url) from cause

    def _decide(self, taken: int) -> int:
        if self._redirects():
            return -1  # the body of a redirect is of no use, and can be a bomb
        if self._types and 200 <= self.status < 300:
            media = self._headers.get("content-type", "").partition(";")[0].strip().lower()
            if media and media not in self._types:
                return self._refuse("unsupported-type", media)
        return taken

    def _redirects(self) -> bool:
        return self.status in REDIRECTS and bool(self._headers.get("location"))

    def _refuse(self, reason: str, detail: str) -> int:
        self.refusal = GiveUp(reason, detail, url=self.url)
        return -1


def _request_headers(accept: str, etag: str | None, last_modified: str | None) -> list[str]:
    wanted = {"Accept": accept, "If-None-Match": etag, "If-Modified-Since": last_modified}
    return [f"{name}: {_one_line(value)}" for name, value in wanted.items() if value]


def _one_line(value: str) -> str:
    return "".join(character for character in value if character.isprintable())


def _status(line: str) -> int:
    code = line.split(" ", 2)[1:2]
    return int(code[0]) if code and code[0].isdecimal() else 0


def _readable(location: str) -> str:
    """A Location sent as raw UTF-8, which HTTP hands over as Latin-1."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeDecodeError:
        return location
