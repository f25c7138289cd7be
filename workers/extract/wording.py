"""Strings as newsdesk keeps them: no control characters, one Unicode form, plain spaces."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters that are not white space
    "\u00ad\ufeff\ufffe\uffff"  # soft hyphen, byte order mark, non-characters
    "\u202a-\u202e\u2066-\u2069"  # bidirectional overrides: they spoof headlines
    "\ud800-\udfff]"  # lone surrogates: not valid UTF-8 (Elasticsearch rejects the document)
)
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_NOT_WORD = re.compile(r"[\W_]+")
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_ASCII_KEY = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}
"""What `key` does, three times as quickly; it is asked for each line of a page and each block of its text."""
LETTERS_PER_WORD = 2
"""In scripts written without spaces: words of Chinese and Japanese average 1.5 to 2.5 letters."""


def tidy(text: str) -> str:
    """One line of clean text: unwanted characters dropped, NFC, white space collapsed."""
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    return " ".join(unicodedata.normalize("NFC", _UNWANTED.sub("", text)).split())


def plain(value: object, *, limit: int = 10_000) -> str | None:
    """A string from structured data as clean text: markup and entities resolved; None when it is none or empty.

    Publishers escape up to twice, so entities are resolved twice.
    """
    if not isinstance(value, str):
        return None
    text = value[:limit]
    for _ in range(2):
        if "&" in text:
            text = unescape(text)
    if "<" in text:
        text = _MARKUP.sub(" ", text)
    return tidy(text) or None


def key(text: str) -> str:
    """What two renderings of the same text have in common: letters and digits, case folded."""
    if text.isascii():
        return text.translate(_ASCII_KEY)
    return _NOT_WORD.sub("", text).casefold()


def count_words(text: str) -> int:
    """Words as a reader counts them; see LETTERS_PER_WORD for scripts without spaces."""
    letters = 0 if text.isascii() else len(_SPACELESS.findall(text))
    if not letters:
        return len(_TOKEN.findall(text))
    return len(_TOKEN.findall(_SPACELESS.sub(" ", text))) + -(-letters // LETTERS_PER_WORD)
