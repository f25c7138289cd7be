"""A text as 32 numbers: texts that share much share many of them."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

SIZE = 32
"""Hashes of a sketch: the smallest of its shingles (bottom-k sketch, Broder 1997; Cohen and Kaplan 2007)."""
WORDS = 4
"""Words of a shingle. Measured on 221 real texts: unrelated ones share at most 3 of 32; of copies with a fifth of
their words changed, none shares fewer than 5, with three tenths 1 %, with four tenths 30 % fewer than 4."""
LETTERS = 8
"""Letters of a shingle in scripts written without spaces."""
FEWEST = 40
"""Shingles; a shorter text says too little to be told from another."""
BITS = 40
"""Kept of a hash: among 100,000 texts one of them is met by chance three times in a million."""

_ENDS = bytes(sign if sign >= 0x80 or chr(sign).isalnum() else 0x20 for sign in range(256))
"""Of UTF-8: what is no letter or digit of ASCII parts words."""
_MARK = re.compile(
    rb"\xe2[\x80\x81].|\xc2[\xa0-\xbf]|\xe3\x80.|\xef\xbc[\x81-\x8f\x9a-\x9f]|\xd8[\x8c\x9b\x9f]|\xe0\xa5[\xa4\xa5]",
    re.DOTALL,
)
"""What parts words beyond ASCII: U+2000 to 207F, 00A0 to 00BF, 3000 to 303F, wide, Arabic and Indian marks."""
_FAR = re.compile(rb"[\xe0\xe1\xe3-\xe9]")
"""Where one of these may begin; most texts have none."""
_LETTER = re.compile(rb"(\xe0[\xb8-\xbb].|\xe1[\x80-\x82\x9e\x9f].|\xe3[\x81-\xbf].|[\xe4-\xe9]..)", re.DOTALL)
"""Of scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han; bytes are searched in a quarter of the time."""
_SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
"""Odd constants of well-mixing hashes (Knuth's golden ratio; MurmurHash3's finalizer)."""


def sketch(text: str) -> str:
    """A text's sketch as it is kept and sent: 10 hexadecimal digits a hash, the smallest first; "" of a short text.

    The first four digits say where it is listed, the other six are looked for there. Case, punctuation and white
    space do not count. Measured by `python -m bench.stories`.
    """
    parted, size = _parted(text.casefold())
    hashes = _smallest(_shingles(_words(parted), size))
    if len(hashes) < FEWEST:
        return ""
    kept = (hashes[:SIZE] & np.uint64((1 << BITS) - 1)).astype(">u8").view(np.uint8)
    return kept.reshape(-1, 8)[:, -5:].tobytes().hex()


def _parted(text: str) -> tuple[bytes, int]:
    """Words, or letters where words are not parted, with blanks between; and how many of them make a shingle."""
    raw, letters = text.encode("utf-8", "replace"), 0
    if not text.isascii():
        raw = _MARK.sub(b" ", raw)
        if _FAR.search(raw):
            raw, letters = _LETTER.subn(rb" \1 ", raw)
    return raw.translate(_ENDS), LETTERS if 2 * letters > len(text) else WORDS


def _words(parted: bytes) -> Hashes:
    """A hash of each word: its bytes as a polynomial, all at once (Karp and Rabin 1987), as differences of one sum."""
    signs = np.frombuffer(parted, np.uint8)
    inside = np.zeros(len(signs) + 2, np.bool_)
    inside[1:-1] = signs != ord(" ")
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    begin, end = edges[::2], edges[1::2]
    powers, back = _powers(1 << len(signs).bit_length())
    sums = np.zeros(len(signs) + 1, np.uint64)
    np.cumsum(signs * powers[: len(signs)], out=sums[1:])
    hashes: Hashes = (sums[end] - sums[begin]) * back[begin]
    return hashes ^ (hashes >> np.uint64(32))


@lru_cache(maxsize=24)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The first powers of a number and of its inverse, modulo 2^64."""
    base = int(_SPREAD[0])
    return tuple(  # type: ignore[return-value] # two of them
        np.cumprod(np.full(size, number, np.uint64)) for number in (base, pow(base, -1, 1 << 64))
    )


def _shingles(words: Hashes, size: int) -> Hashes:
    """The hashes of all runs of `size` words."""
    runs = max(0, len(words) - size + 1)
    hashes = np.zeros(runs, np.uint64)
    for place in range(size):
        hashes *= _SPREAD[1]
        hashes += words[place : place + runs]
        hashes ^= hashes >> np.uint64(33)
    hashes *= _SPREAD[2]
    hashes ^= hashes >> np.uint64(29)
    return hashes


def _smallest(hashes: Hashes) -> Hashes:
    """FEWEST of them at least where there are so many, each once, in ascending order."""
    few = 4 * FEWEST  # sorting all of a long text costs more than all else; a shingle seldom comes four times
    if len(hashes) > few:
        smallest = np.unique(np.partition(hashes, few)[:few])
        if len(smallest) >= FEWEST:
            return smallest
    return np.unique(hashes)
