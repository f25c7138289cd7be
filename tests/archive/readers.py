"""Reads WARC files as their users do, with two tools that are not ours, which must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator


class Record(NamedTuple):
    """One record, as much as both tools say of it alike."""

    kind: str
    id: str
    url: str
    date: str
    payload: bytes
    status: str
    fields: dict[str, str]


def records(path: Path) -> list[Record]:
    """Every record of a file. Both tools read it to its end, find every digest right and agree on what is in it."""
    first, second = with_warcio(path), with_fastwarc(path)
    assert first == second
    return first


def with_warcio(path: Path) -> list[Record]:
    found = []
    with path.open("rb") as source:
        for record in ArchiveIterator(source, check_digests="raise"):
            payload = record.content_stream().read()
            fields = dict(record.rec_headers.headers)
            http: Any = record.http_headers if record.rec_type in ("response", "revisit") else None
            status = http.statusline if http else ""
            found.append(_record(record.rec_type, fields, payload, status))
    return found


def with_fastwarc(path: Path) -> list[Record]:
    found = []
    with path.open("rb") as source:
        for record in FastIterator(source, parse_http=False):
            assert record.verify_block_digest()
            if record.is_http:
                record.parse_http()
            kind = str(record.record_type)
            assert kind not in ("response", "request") or record.verify_payload_digest()
            line = (record.http_headers.status_line or "") if kind in ("response", "revisit") else ""
            payload = record.reader.read()
            found.append(_record(kind, record.headers.to_dict(), payload, line.partition(" ")[2]))
    return found


def bodies(path: Path) -> list[bytes]:
    """The body of every capture, revisits resolved by the record they refer to, as a replaying tool does."""
    by_id: dict[str, Record] = {}
    out = []
    for record in records(path):
        by_id[record.id] = record
        if record.kind == "response":
            out.append(record.payload)
        elif record.kind == "revisit":
            original = by_id[record.fields["WARC-Refers-To"]]
            assert original.fields["WARC-Payload-Digest"] == record.fields["WARC-Payload-Digest"]
            assert original.url == record.fields["WARC-Refers-To-Target-URI"]
            assert original.date == record.fields["WARC-Refers-To-Date"]
            out.append(original.payload)
    return out


def _record(kind: str, fields: dict[str, str], payload: bytes, status: str) -> Record:
    url = fields.get("WARC-Target-URI", "")
    return Record(kind, fields["WARC-Record-ID"], url, fields["WARC-Date"], payload, status, fields)
