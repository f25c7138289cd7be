"""Bytes of pages in the encodings pages come in."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.extract.decode import decode

JAPANESE = "<p>港町の灯台、百年ぶりに公開</p>"
FRENCH = "<p>Le café du marché déménage à l'été — dit-on…</p>"


@pytest.mark.parametrize(("encoding", "text"), [("utf-16-le", FRENCH), ("utf-16-be", JAPANESE), ("utf-8", JAPANESE)])
def test_a_byte_order_mark_decides(encoding: str, text: str) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}[encoding]
    assert decode(mark + text.encode(encoding), "text/html; charset=iso-8859-1") == text


@pytest.mark.parametrize("label", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_the_header_names_the_encoding(label: str) -> None:
    assert decode(JAPANESE.encode(label), f'text/html; charset="{label}"') == JAPANESE


def test_the_page_names_the_encoding_where_the_header_does_not() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>Трамвай</p>'
    assert decode(page.encode("cp1251"), "text/html") == page


def test_latin_1_means_windows_1252_as_browsers_read_it() -> None:
    assert decode(FRENCH.encode("cp1252"), "text/html; charset=ISO-8859-1") == FRENCH


def test_valid_utf_8_is_believed_before_a_wrong_declaration() -> None:
    assert decode(JAPANESE.encode(), "text/html; charset=iso-8859-1") == JAPANESE


def test_undeclared_bytes_are_guessed() -> None:
    text = "<p>В Верхнереченске открыли музей старых трамваев, сообщила администрация города.</p>" * 5
    assert decode(text.encode("cp1251")) == text


@pytest.mark.parametrize("label", ["zlib_codec", "utf-7", "rot13", "idna", "unicode_escape", "x" * 5000, "utf-16"])
def test_a_trick_encoding_does_no_harm(label: str) -> None:
    assert decode(b"<p>plain words</p>", f"text/html; charset={label}") == "<p>plain words</p>"


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=euc-kr"]))
def test_any_bytes_at_all_become_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)
