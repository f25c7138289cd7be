"""Bytes of a page into text, once, for every reader."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_PAGE = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
META_WITHIN = 4096
"""Bytes in which a <meta charset> is looked for; HTML asks for 1,024, pages put long comments before it."""
SAMPLE = 5000
"""Bytes from each end that the guess of last resort is made from."""
_SEVEN_BIT = frozenset({"iso2022_jp", "hz", "utf-7", "iso2022_kr"})
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
"""What pages mean when they name the narrower one (WHATWG Encoding, "names and labels")."""


def decode(body: bytes, content_type: str = "") -> str:
    """The page's text: byte order mark, else UTF-8 if it is valid, else as declared, else guessed.

    Valid UTF-8 goes before the declaration because bytes of another encoding are practically never
    valid UTF-8, while wrong declarations are common. Bytes that fit nowhere become U+FFFD; never raises.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    declared = _declared(body, content_type)
    if declared not in _SEVEN_BIT:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass  # not UTF-8: the declaration decides
    for name in filter(None, (declared, _guessed(body) if declared is None else None)):
        return body.decode(name, "replace")
    return body.decode("utf-8", "replace")


def _declared(body: bytes, content_type: str) -> str | None:
    header = _IN_HEADER.search(content_type)
    in_page = _IN_PAGE.search(body[:META_WITHIN])
    labels = (header[1] if header else "", in_page[1].decode("ascii", "replace") if in_page else "")
    return next((name for label in labels if (name := _codec(label))), None)


def _codec(label: str) -> str | None:
    """The text codec a label names, None for an unknown one and for byte transforms such as zlib_codec."""
    try:
        info = codecs.lookup(label) if label else None
    except LookupError:
        return None
    if info is None or not getattr(info, "_is_text_encoding", False) or info.name in ("idna", "punycode"):
        return None
    if info.name.startswith(("utf-8", "utf-16", "utf-32", "unicode_escape", "raw_unicode")):
        return None  # a declaration readable as ASCII cannot be UTF-16; UTF-8 was tried already
    return _WIDER.get(info.name, info.name)


def _guessed(body: bytes) -> str | None:
    best = from_bytes(body[:SAMPLE] + body[-SAMPLE:]).best()
    return best.encoding if best else None
