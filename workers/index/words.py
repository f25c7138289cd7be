"""How the embedded store cuts text into words, and the tantivy schema made of the mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import tantivy

from workers.index.mapping import FIELDS, LANGUAGES, LONGEST_VALUE, STEMMED, VERSION

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts without spaces between words, and Korean, whose particles hang on the noun: one character, one
token, and a word is looked for as a phrase of them."""

TOKEN = rf"[{UNSPACED}]|[\p{{L}}\p{{M}}\p{{N}}_&&[^{UNSPACED}]]+"

FOLDS = str.maketrans(
    {"ё": "е", "Ё": "Е", "İ": "I", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": None}
    | {chr(mark): None for mark in range(0x064B, 0x0653)}
)
"""Spellings readers do not distinguish: Russian ё, Turkish İ, Arabic alef, yeh, teh and vowel marks."""

ENDINGS = {
    "ar": (re.compile(r"\b[وفبكل]?(?:ال|لل)(?=\w{3})"), ""),
    "pt": (re.compile(r"[õã]es\b"), "ão"),
}
"""What Snowball's stemmers miss, measured on common news words: the Arabic article with what is glued before it
(انتخابات beside الانتخابات), the Portuguese plural in -ões (eleição beside eleições)."""

HEAP = 64_000_000
"""Bytes a writer collects before it must write a segment; less than this made indexing slower when measured."""

DIRECTORY = f"index-v{VERSION}-tantivy-{version('tantivy')}"
"""A new schema or engine gets a directory of its own, filled from SQLite."""


def fold(text: str, language: str | None = None) -> str:
    """`text` with spellings unified; with the stemmers' help where `language` needs it."""
    if text.isascii():
        return text
    folded = text.translate(FOLDS)
    if ending := ENDINGS.get(language or ""):
        folded = ending[0].sub(ending[1], folded)
    return folded


@cache
def cutter() -> tantivy.TextAnalyzer:
    """Words as they stand, for their offsets."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(TOKEN)).build()


@cache
def analyzer(language: str | None = None) -> tantivy.TextAnalyzer:
    """Words without case and accents; stemmed when a language with a stemmer is given."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(TOKEN)).filter(tantivy.Filter.lowercase())
    stemmer = LANGUAGES[language].snowball if language else None
    if stemmer:
        # Before the accents go: the stemmers know them.
        builder = builder.filter(tantivy.Filter.stemmer(stemmer))
    return builder.filter(tantivy.Filter.ascii_fold()).build()


@cache
def any_case() -> tantivy.TextAnalyzer:
    """A whole value without case and accents, for filters."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold()).build()


def tokens(text: str, language: str | None = None) -> list[str]:
    """What `text` is looked for by."""
    return list(analyzer(language).analyze(fold(text, language)))


def key(value: str) -> str:
    """What a facet value is filtered by."""
    return "".join(any_case().analyze(value))


def stemmed_languages() -> tuple[str, ...]:
    """The languages this store can stem."""
    return tuple(code for code, language in LANGUAGES.items() if language.snowball)


@cache
def schema() -> tantivy.Schema:
    """Texts are not stored: SQLite has them; only what is searched, filtered, counted and sorted by is here."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("when", indexed=True, fast=True)
    builder.add_integer_field("order", indexed=True, fast=True)
    for field in FIELDS:
        if field.kind == "words":
            builder.add_text_field(field.name, tokenizer_name="words")
        elif field.kind == "facet":
            builder.add_text_field(field.name, fast=True, tokenizer_name="any_case", index_option="basic")
    for code in stemmed_languages():
        for name in STEMMED:
            builder.add_text_field(f"{name}_{code}", tokenizer_name=f"stem_{code}")
    return builder.build()


def open_index(path: str) -> tantivy.Index:
    """Open or create the index in an existing directory; tokenizers are known by name and given at each opening."""
    index = tantivy.Index(schema(), path=path)
    index.register_tokenizer("words", analyzer())
    index.register_tokenizer("any_case", any_case())
    index.register_fast_field_tokenizer("any_case", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).build())
    for code in stemmed_languages():
        index.register_tokenizer(f"stem_{code}", analyzer(code))
    return index


def order(when: int, number: int) -> int:
    """A key by which newest-first is a total order: the second, then the article's own number.

    One integer, because tantivy sorts by one field and breaks ties by place in the index, which merges change.
    38 bits hold the seconds of any year to 9999 and 25 bits 33 million articles, beyond what this store is for.
    """
    return ((when // 1000) << 25) + number % 2**25


def entry(document: Mapping[str, Any], number: int) -> tantivy.Document:
    """The tantivy document of a mapping.document; `number` is unique to the article and breaks ties of time."""
    made = tantivy.Document()
    made.add_text("id", document["id"])
    made.add_integer("when", document["when"])
    made.add_integer("order", order(document["when"], number))
    for field in FIELDS:
        for text in several(document.get(field.name)) if field.kind in ("words", "facet") else ():
            if field.kind == "words":
                made.add_text(field.name, fold(text))
            elif len(text) <= LONGEST_VALUE:
                made.add_text(field.name, text)
    for code in stemmed_languages():
        for name in STEMMED:
            for text in several(document.get(f"{name}_{code}")):
                made.add_text(f"{name}_{code}", fold(text, code))
    return made


def several(value: Any) -> tuple[str, ...]:
    """None, a string or a list of them as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
