"""A page as WARC 1.1 records: the response (or a revisit), the request, and what newsdesk knew of it; and back."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from io import BytesIO
from typing import Any

from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from workers.model import Entry, Feed, Heads, Page, moment, to_plain

LEVEL = 6
"""zlib's own default; 9 takes half as long again for 1 % less (measured on 200 real pages)."""
GZIP = 31
"""zlib's `wbits` for one gzip member: each record is one, so that a reader can begin at any of them."""
ORIGINAL = b"X-Archive-Orig-"
"""What header lines are called that no longer hold for the body as it lies here; web.archive.org's word for it."""
CODED = frozenset({b"content-encoding", b"transfer-encoding"})
ABOUT = "application/json"

_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?) +(\d{3})\s*(.*)", re.DOTALL)
_REQUEST = re.compile(rb"(\S+ \S+) HTTP/([23])\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A page as it came, with what was known of it then: all that reading it again needs."""

    article: str
    """Its id in the ledger."""
    page: Page
    status: int
    hops: tuple[str, ...] = ()
    """Addresses of the same host that redirected to it, in order."""
    announced: datetime
    entry: Entry
    feed: Feed | None = None
    """As configured when the page was fetched."""

    def about(self) -> dict[str, Any]:
        """JSON-ready, without the body."""
        page = {name: value for name, value in to_plain(self.page).items() if name != "body"}
        return {**to_plain(self), "page": page, "entry": self.entry.to_dict()}

    @classmethod
    def from_about(cls, plain: Mapping[str, Any], body: bytes) -> Capture:
        """The inverse of `about`; keys it does not know are ignored."""
        page, feed, announced = plain["page"], plain.get("feed"), moment(plain["announced"])
        fetched = moment(page["fetched"])
        assert announced is not None
        assert fetched is not None
        return cls(
            article=plain["article"],
            page=Page(**{**page, "fetched": fetched, "reserved": tuple(page["reserved"]), "body": body}),
            status=plain["status"],
            hops=tuple(plain["hops"]),
            announced=announced,
            entry=Entry.from_dict(plain["entry"]),
            feed=Feed.from_dict(feed) if feed else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The record that already has a body: what a revisit of it refers to."""

    id: str
    url: str
    date: str
    offset: int
    """In the same file, always: every file can be read, moved or deleted alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A page's records, each a gzip member, in the order they are written."""

    id: str
    """Of the response or revisit record."""
    date: str
    digest: str
    data: bytes
    original: Original | None = None


def digest(body: bytes) -> str:
    """As WARC tools expect it: SHA-1 in base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def pack(capture: Capture, heads: Heads, found: str, original: Original | None = None) -> Packed:
    """A page as records; `found` is the body's digest. With `original` the body is referred to instead of written."""
    page = capture.page
    date = _date(page.fetched)
    writer = WARCWriter(None, gzip=False, warc_version="1.1")
    common = {"WARC-Target-URI": page.final_url, "WARC-Date": date}
    protocol = (
        {"WARC-Protocol": f"h{heads.heard[5:6].decode()}"} if heads.heard.startswith((b"HTTP/2", b"HTTP/3")) else {}
    )
    answered = {**common, **({"WARC-IP-Address": heads.address} if heads.address else {}), **protocol}
    heard = _Head(replayable(heads.heard, len(page.body)))
    if original is None:
        body = {"payload": BytesIO(page.body), "length": len(page.body)}
        fields = {**answered, "WARC-Payload-Digest": found}
        first = writer.create_warc_record(
            page.final_url, "response", http_headers=heard, warc_headers_dict=fields, **body
        )
    else:
        fields = {**answered, "WARC-Refers-To": original.id}
        first = writer.create_revisit_record(
            page.final_url, found, original.url, original.date, http_headers=heard, warc_headers_dict=fields
        )
    id_ = first.rec_headers.get_header("WARC-Record-ID")
    beside = {**common, "WARC-Concurrent-To": id_}
    asked = _Head(requested(heads.sent))
    second = writer.create_warc_record(page.final_url, "request", http_headers=asked, warc_headers_dict=beside)
    about = {**capture.about(), "body": original.offset if original else None}
    third = _plain(writer, page.final_url, "metadata", about, beside)
    data = b"".join(member(record) for record in (first, second, third))
    return Packed(id=id_, date=date, digest=found, data=data, original=original)


def warcinfo(file: str) -> bytes:
    """The record every file begins with."""
    info = {
        "software": f"newsdesk/{version('newsdesk')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "obey",
        "description": (
            "bodies decoded; header lines as received, but for X-Archive-Orig-, "
            "which names those that held for the body as it was sent"
        ),
    }
    return member(WARCWriter(None, gzip=False, warc_version="1.1").create_warcinfo_record(file, info))


def member(record: Any) -> bytes:
    """One record as one gzip member."""
    out = BytesIO()
    WARCWriter(out, gzip=False, warc_version="1.1").write_record(record)
    return zlib.compress(out.getvalue(), LEVEL, GZIP)


def parse(raw: bytes) -> Any:
    """The record in an inflated member, as warcio reads it. Raises ArchiveLoadFailed for what is none."""
    return ArcWarcRecordLoader().parse_record_stream(BytesIO(raw), known_format="warc")


def read_about(record: Any) -> dict[str, Any]:
    """What the metadata record of a page says. Raises ValueError for one that is not ours."""
    about: dict[str, Any] = json.loads(record.raw_stream.read())
    return about


def replayable(head: bytes, size: int) -> bytes:
    """A response's head with which any tool can replay the body of `size` bytes that follows it, decoded.

    curl hands over bodies decoded (and counts its cap so), so the lines that say how the body was coded for its
    journey keep their values under another name, as Common Crawl and HTTrack do; HTTP/2 and 3, which have no text
    of their own, are written as HTTP/1.1. Every other line stays as it was received.
    """
    first, *lines = head.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    names = [line.partition(b":")[0].strip().lower() for line in lines]
    stated = [
        line.partition(b":")[2].strip() for line, name in zip(lines, names, strict=True) if name == b"content-length"
    ]
    moved = CODED | {b"content-length"} if CODED & set(names) or stated != [b"%d" % size] else frozenset()
    kept = [ORIGINAL + line if name in moved else line for line, name in zip(lines, names, strict=True)]
    length = [b"Content-Length: %d" % size] if moved else []
    return b"\r\n".join((_http1(first), *kept, *length, b"", b""))


def requested(head: bytes) -> bytes:
    """A request's head, an HTTP/2 one as HTTP/1.1."""
    first, end, rest = head.partition(b"\r\n")
    return _REQUEST.sub(rb"\1 HTTP/1.1", first) + end + rest


def _http1(line: bytes) -> bytes:
    found = _STATUS.fullmatch(line)
    if found is None or b"." in found[1]:
        return line
    known = int(found[2]) in HTTPStatus._value2member_map_
    return b"HTTP/1.1 %b %b" % (
        found[2],
        found[3] or (HTTPStatus(int(found[2])).phrase.encode() if known else b"Unknown"),
    )


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """Header lines that are written as they are; warcio would percent-encode what is not ASCII."""

    def __init__(self, lines: bytes) -> None:
        super().__init__("", [])
        self._lines = lines

    def compute_headers_buffer(self, _filter: Any = None) -> None:
        """What is written."""
        self.headers_buff = self._lines

    def __bool__(self) -> bool:
        return True


def _plain(writer: Any, url: str, kind: str, about: Mapping[str, Any], fields: Mapping[str, str]) -> Any:
    payload = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")
    return writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(payload),
        length=len(payload),
        warc_content_type=ABOUT,
        warc_headers_dict=dict(fields),
    )


def _date(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
