"""A document's bytes as UTF-8, whatever encoding it or its server declares, and nothing before its first character."""

from __future__ import annotations

import codecs
import re

_WIDE = (
    *((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
    *((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    *((b"<\0?\0x\0m\0", "utf-16-le"), (b"\0<\0?\0x\0m", "utf-16-be")),
    *((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"\x4c\x6f\xa7\x94", "cp037")),
)
"""Byte order marks, and "<?xm" as written in UTF-16, UTF-32 and EBCDIC."""

_REFUSED = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"))
"""What Python can decode and no feed means; some take quadratic time."""

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
"""What those who declare the left write in fact (as browsers take it, encoding.spec.whatwg.org)."""

_BY_LANGUAGE = {
    name: encoding
    for names, encoding in (
        ("be bg mk ru sr uk", "cp1251"),
        ("cs hr hu pl ro sk sl", "cp1250"),
        ("el", "cp1253"),
        ("tr", "cp1254"),
        ("he", "cp1255"),
        ("ar fa", "cp1256"),
        ("et lt lv", "cp1257"),
        ("th", "cp874"),
        ("ja", "cp932"),
        ("ko", "cp949"),
        ("zh", "gb18030"),
    )
    for name in names.split()
}
"""The encoding a language was mostly written in before UTF-8."""

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?\sencoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_LANGUAGE = re.compile(rb"(?:<(?:dc:)?language>\s{0,99}|xml:lang=[\"'])([a-z]{2})\b", re.IGNORECASE)
_PROLOGUE = re.compile(rb"<\?xml\s")
_HIGH = re.compile(rb"[\xc0-\xff]")
_HIGH_PAIR = re.compile(rb"[\xc0-\xff]{2}")
_HEAD = 20_000
_JUNK = 5_000
"""Bytes of a script's warnings that may stand before the document."""


def in_utf8(body: bytes, content_type: str = "") -> tuple[bytes, tuple[str, ...]]:
    """The document in UTF-8 without mark or leading white space, and what was wrong, one sentence each.

    UTF-16 and UTF-32 are told by their first bytes; bytes that are valid UTF-8 are UTF-8, for no other
    encoding produces it by accident. Then the server's charset and the document's own declaration are
    tried, then what the bytes and the feed's language suggest. The XML declaration is left as it was.
    """
    for mark, encoding in _WIDE:
        if body.startswith(mark):
            return body.decode(encoding, "replace").lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), ()
    body = body.removeprefix(codecs.BOM_UTF8).lstrip()
    declared = _declared(body, content_type)
    if _is_utf8(body) and not _shifts(body, declared):
        return body, ()
    for name in declared:
        text = _decoded(body, name)
        if text is not None:
            return text.encode("utf-8", "replace"), ()
    return _guessed(body)


def without_junk(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The document from its XML declaration on, where a script's warnings or a comment stand before it."""
    if not body.startswith(b"<?xml") and (found := _PROLOGUE.search(body, 1, _JUNK)):
        return body[found.start() :], (f"{found.start()} bytes before the XML declaration were passed over.",)
    return body, ()


def _declared(body: bytes, content_type: str) -> list[str]:
    """Names of encodings as Python knows them, the server's first."""
    found, names = (_CHARSET.search(content_type), _DECLARED.match(body)), []
    for name in (found[0][1] if found[0] else "", found[1][1].decode("ascii", "replace") if found[1] else ""):
        try:
            known = codecs.lookup(name).name.replace("_", "-") if name else ""
        except LookupError:
            continue
        if known and known not in _REFUSED:
            names.append(_WIDER.get(known, known))
    return names


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shifts(body: bytes, declared: list[str]) -> bool:
    """ISO 2022 and HZ write every script in ASCII bytes."""
    return any(name.startswith(("iso2022", "hz")) for name in declared) and (b"\x1b" in body or b"~{" in body)


def _decoded(body: bytes, name: str) -> str | None:
    if name in ("cp1252", "latin-1"):
        return body.decode("latin-1")  # its control characters are read as Windows-1252 where texts are cleaned
    if name.startswith(("utf-16", "utf-32")):
        return None  # told by the first bytes; here only declared
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None


def _guessed(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) > 5 * broken:
        return text.encode(), (f"{broken} characters are not valid UTF-8.",)
    found = _LANGUAGE.search(body[:_HEAD])
    name = _BY_LANGUAGE.get(found[1].decode().lower()) if found else None
    if name is None or name == "cp1251":
        name = _cyrillic(body) or name
    guess = _decoded(body, name) if name else None
    if guess is None:
        name, guess = "cp1252", body.decode("latin-1")
    return guess.encode("utf-8", "replace"), (f"Its encoding is not declared, or wrongly; it was read as {name}.",)


def _cyrillic(body: bytes) -> str | None:
    """Letters beyond ASCII stand alone in western words, and side by side in Cyrillic ones.

    Small letters, which are most, are the upper half in Windows-1251 and the lower half in KOI8-R.
    """
    high = len(_HIGH.findall(body))
    if high < 4 or 4 * len(_HIGH_PAIR.findall(body)) < high:
        return None
    upper = sum(len(half) for half in re.findall(rb"[\xe0-\xff]+", body))
    return "cp1251" if 2 * upper > high else "koi8-r"
