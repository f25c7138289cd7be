"""A document's encoding, told by its bytes before anything that is declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.poll.charset import in_utf8, without_junk

CYRILLIC = "<rss><channel><title>Новости дня</title><item><title>Президент встретился с министром</title></item></rss>"
WESTERN = "<rss><channel><title>L’été à la plage déjà terminé</title></channel></rss>"


def read(body: bytes, content_type: str = "") -> str:
    return in_utf8(body, content_type)[0].decode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be", "cp037"])
def test_encodings_that_show_in_the_first_bytes_need_no_declaration(encoding: str) -> None:
    body = ("<?xml version='1.0'?>" + ("<rss>x</rss>" if encoding == "cp037" else CYRILLIC)).encode(encoding)
    assert read(body).endswith("</rss>")


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "us-ascii", "no-such-encoding", "zlib", "utf-16"])
def test_valid_utf8_is_utf8_whatever_it_declares(declared: str) -> None:
    body = f"<?xml version='1.0' encoding='{declared}'?>{CYRILLIC}".encode()
    assert in_utf8(body, f"text/xml; charset={declared}") == (body, ())


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r"])
@pytest.mark.parametrize("declared", ["utf-8", ""])
def test_cyrillic_declared_as_utf8_or_not_at_all_is_recognised(encoding: str, declared: str) -> None:
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    body = (declaration + CYRILLIC).encode(encoding)
    text, problems = in_utf8(body)
    assert CYRILLIC in text.decode()
    assert "not declared, or wrongly" in problems[0]


def test_undeclared_western_text_is_latin() -> None:
    assert "été à la plage déjà" in read(WESTERN.encode("cp1252"))


def test_the_feeds_language_tells_its_old_encoding() -> None:
    body = "<rss><channel><language>ja</language><title>速報ニュース</title></channel></rss>".encode("shift-jis")
    assert "速報ニュース" in read(body)


def test_the_servers_charset_goes_before_the_documents() -> None:
    body = ("<?xml version='1.0' encoding='iso-8859-1'?>" + CYRILLIC).encode("koi8-r")
    assert CYRILLIC in read(body, "application/xml; charset=koi8-r")
    assert CYRILLIC not in read(body)


def test_a_few_broken_bytes_make_no_other_encoding_of_a_text() -> None:
    body = CYRILLIC.encode()
    text, problems = in_utf8(body[:31] + body[32:])
    assert "встретился с министром" in text.decode()
    assert problems == ("1 characters are not valid UTF-8.",) or "characters are not valid UTF-8" in problems[0]


def test_chinese_is_read_in_the_wider_encoding_it_is_written_in() -> None:
    body = ("<?xml version='1.0' encoding='gb2312'?><rss>" + "镕" + "</rss>").encode("gb18030")
    assert "镕" in read(body)


def test_escape_sequences_are_decoded_where_they_are_declared() -> None:
    body = "<?xml version='1.0' encoding='iso-2022-jp'?><rss>速報</rss>".encode("iso-2022-jp")
    assert "速報" in read(body)


def test_a_warning_before_the_declaration_is_passed_over() -> None:
    assert without_junk(b"Warning: x\n<?xml version='1.0'?><rss/>")[0] == b"<?xml version='1.0'?><rss/>"
    assert without_junk(b"<rss/>") == (b"<rss/>", ())


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_and_no_header_break_it(body: bytes, header: str) -> None:
    assert read(body, f"text/xml; charset={header}") is not None
