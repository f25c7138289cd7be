from __future__ import annotations

import tempfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.captures import capture, heads
from tests.archive.readers import bodies, records
from workers.archive import files
from workers.archive.files import Place
from workers.archive.records import GZIP, Capture, Original, digest, pack, replayable, requested, warcinfo
from workers.model import Entry

BODY = "<p>Ein Märchen – 物語</p>".encode()


def packed(one: Capture, *fields: bytes, original: Original | None = None, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    body = one.page.body
    return pack(one, heads(body, *fields, status=status), digest(body), original).data


def first(data: bytes) -> bytes:
    return zlib.decompressobj(GZIP).decompress(data)


def test_a_page_comes_back_as_it_went_in() -> None:
    one = capture(body=BODY, hops=("https://gazette.test/old",))

    assert files.read(BytesIO(packed(one)), Place(file="f", offset=0, length=0, body=0)) == one


def test_a_page_without_a_known_feed_comes_back_too() -> None:
    one = capture(feed=None, entry=Entry(url="https://gazette.test/a"))

    assert files.read(BytesIO(packed(one)), Place(file="f", offset=0, length=0, body=0)) == one


def test_a_page_is_a_response_the_request_beside_it_and_what_was_known(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warcinfo("a.warc.gz") + packed(capture(body=BODY)))

    info, response, request, metadata = records(path)

    assert [info.kind, response.kind, request.kind, metadata.kind] == ["warcinfo", "response", "request", "metadata"]
    assert response.payload == BODY
    assert (response.status, response.fields["WARC-IP-Address"]) == ("200 OK", "192.0.2.7")
    assert response.date == "2026-11-24T12:00:00.123456Z"
    assert request.fields["WARC-Concurrent-To"] == metadata.fields["WARC-Concurrent-To"] == response.id
    assert b'"title": "Page a"' in metadata.payload
    assert b"software: newsdesk/" in info.payload


def test_a_revisit_refers_to_the_record_that_has_the_body(tmp_path: Path) -> None:
    begin, one, two = warcinfo("a.warc.gz"), capture("a", BODY), capture("b", BODY)
    whole = pack(one, heads(BODY), digest(BODY))
    original = Original(id=whole.id, url=one.page.final_url, date=whole.date, offset=len(begin))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(begin + whole.data + packed(two, original=original))

    assert [record.kind for record in records(path)].count("revisit") == 1
    assert bodies(path) == [BODY, BODY]
    with path.open("rb") as source:
        found = list(files.pages(source, path.name))
        assert [files.read(source, one.place) for one in found] == [one, two]


def test_header_lines_stay_as_they_were_received(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    lines = (b"x-LOWER: 1", b"X-Latin: caf\xe9", b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"X-Empty:")
    path.write_bytes(packed(capture(body=BODY), *lines))

    assert b"\r\n".join(lines) in first(path.read_bytes())
    assert records(path)[0].payload == BODY


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        (
            b"HTTP/1.0 200 OK\nServer: x\ncontent-length: 5\n\n",
            b"HTTP/1.0 200 OK\r\nServer: x\r\ncontent-length: 5\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\n",
            (
                b"HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Encoding: br\r\nX-Archive-Orig-Content-Length: 3\r\n"
                b"Content-Length: 5\r\n\r\n"
            ),
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nVary: *\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX-Archive-Orig-transfer-encoding: chunked\r\nVary: *\r\nContent-Length: 5\r\n\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\n"),
        (b"HTTP/2 200 \r\ncontent-length: 5\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        (b"HTTP/3 299\r\ncontent-length: 5\r\n\r\n", b"HTTP/1.1 299 Unknown\r\ncontent-length: 5\r\n\r\n"),
    ],
)
def test_only_what_no_longer_holds_for_the_body_is_renamed(received: bytes, kept: bytes) -> None:
    assert replayable(received, 5) == kept


def test_a_request_of_http_2_is_written_as_http_1() -> None:
    assert requested(b"GET /a HTTP/2\r\nHost: x\r\n\r\n") == b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    assert requested(b"GET /a HTTP/1.1\r\n\r\n") == b"GET /a HTTP/1.1\r\n\r\n"


def test_that_a_page_came_over_http_2_is_said_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(capture(body=BODY), b"x: 1", status=b"HTTP/2 200 "))

    response = records(path)[0]

    assert (response.status, response.fields["WARC-Protocol"], response.payload) == ("200 OK", "h2", BODY)


def test_half_a_character_of_a_stranger_stops_nothing() -> None:
    one = capture(entry=Entry(url="https://gazette.test/a", title="broken \ud800"))

    back = files.read(BytesIO(packed(one)), Place(file="f", offset=0, length=0, body=0))

    assert back == replace(one, entry=replace(one.entry, title="broken ?"))


LINES = st.lists(
    st.tuples(
        st.binary(max_size=20).filter(lambda name: not set(name) & set(b":\r\n\0")),
        st.binary(max_size=40).filter(lambda value: not set(value) & set(b"\r\n\0")),
    ),
    max_size=6,
)


@given(lines=LINES, body=st.binary(max_size=200))
def test_any_tool_reads_the_body_behind_any_header_lines(lines: list[tuple[bytes, bytes]], body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.warc.gz"
        path.write_bytes(packed(capture(body=body), *(b"X%b: %b" % line for line in lines)))

        assert records(path)[0].payload == body
