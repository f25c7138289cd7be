"""What comes back for one request, judged line by line as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pycurl

from workers.address import wire
from workers.errors import Fate, GiveUp, TryAgain
from workers.model import Heads, Reply

if TYPE_CHECKING:
    import socket

LISTS = frozenset({"link", "cache-control", "x-robots-tag", "content-usage", "content-signal"})
"""Headers that may come in several lines, each a part of one list."""

HEADER_BYTES = 64_000
"""All header lines of one answer together; real ones stay under 16 kB."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

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


class Transfer:
    """What comes back for one request; stops the transfer as soon as it cannot be wanted."""

    def __init__(self, url: str, limit: int, types: tuple[str, ...] | None) -> None:
        self.url, self.limit = url, limit
        self.status = 0
        self.refusal: Fate | None = None
        self._types = types
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._sent = bytearray()
        self._heard = bytearray()
        self._head_ended = False
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
            self._heard[:], self._head_ended = line, False
            return len(line)
        if not self._head_ended:
            self._heard += line
        if not text:
            self._head_ended = True
            return self._decide(len(line))
        name, _, value = text.partition(":")
        self._hear(name.strip().lower(), value.strip())
        return len(line)

    def _hear(self, name: str, value: str) -> None:
        """Of a repeated header the last value counts, of a list all of them (RFC 9110 §5.3)."""
        before = self._headers.get(name) if name in LISTS else None
        self._headers[name] = f"{before}, {value}" if before else value

    def on_debug(self, kind: int, piece: bytes) -> None:
        """Keep the lines we sent; curl tells them in no other way."""
        if kind == pycurl.INFOTYPE_HEADER_OUT:
            self._sent += piece

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

    def heads(self, address: str) -> Heads:
        """The lines sent, where curl was asked to tell them, and the lines heard from `address`."""
        return Heads(sent=bytes(self._sent), heard=bytes(self._heard), address=address)

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


def _status(line: str) -> int:
    code = line.split(" ", 2)[1:2]
    return int(code[0]) if code and code[0].isdecimal() else 0


def _readable(location: str) -> str:
    """A Location sent as raw UTF-8, which HTTP hands over as Latin-1."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeDecodeError:
        return location
