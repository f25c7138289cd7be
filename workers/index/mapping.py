"""The one description of an indexed article; both stores derive their schema and documents from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from workers.model import Article

VERSION = 4
"""Raise it with every change below: it names the indices, and old ones are refilled beside the new."""

LONGEST_VALUE = 512
"""Characters of a facet value; a longer one is stored and shown but neither counted nor filtered by."""

LONGEST_ID = 512
"""Bytes; Elasticsearch refuses a whole bulk for one longer `_id`."""

Kind = Literal["words", "facet", "label", "date", "number", "flag", "kept"]
"""words: searched, every word as written; facet: counted and filtered by; label: exact look-up;
kept: stored with the article and not indexed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the document."""

    name: str
    kind: Kind
    why: str
    weight: float = 0.0
    """How much a match counts beside a match in the text (1.0); only for words."""
    value: Callable[[Article], Any] | None = None
    """How it is made; None: it is the article's own field of that name."""


def moment_of(article: Article) -> datetime:
    """When the article counts as published: its date, else when it was first seen.

    An article without a date is news all the same; it must sort, filter and count somewhere.
    """
    return article.published or article.first_seen


def milliseconds(when: datetime) -> int:
    """Since 1970, UTC."""
    return int(when.timestamp() * 1000)


def around(article: Article) -> list[str]:
    """Captions, credits and embedded posts: what a reader remembers of a page though the author did not write it."""
    captions = [part for image in article.images for part in (image.caption, image.credit) if part]
    return captions + [part for embed in article.embeds for part in (embed.author, embed.text) if part]


FIELDS = (
    Field(name="id", kind="label", why="the `_id` again, because a sort needs a tie-breaker with doc values"),
    Field(name="url", kind="label", why="as the feed announced it: what an operator asks by"),
    Field(name="final_url", kind="label", why="where the page was in the end: merging must never hide an address"),
    Field(name="canonical_url", kind="label", why="what the page calls itself: the `_id` comes from it"),
    Field(name="match_key", kind="label", why="what the addresses of its twins have in common"),
    Field(name="title", kind="words", weight=3.0, why="a word in the headline says most about the article"),
    Field(name="subtitle", kind="words", weight=1.5, why="the standfirst says the same at greater length"),
    Field(name="text", kind="words", weight=1.0, why="the whole of it, never cut"),
    Field(name="around", kind="words", weight=0.3, value=around, why="found by caption or quoted post, after the rest"),
    Field(name="blocks", kind="kept", why="the text's structure, for showing; its words are in `text`"),
    Field(name="authors", kind="facet", why="several a document; each one a value"),
    Field(name="byline", kind="kept", why="as printed; the people in it are `authors`"),
    Field(name="agency", kind="facet", why="who reported first"),
    Field(name="published", kind="date", why="null where no date was found, never a guess"),
    Field(name="published_source", kind="label", why="to find what was dated by a weak source"),
    Field(name="modified", kind="date", why="corrections"),
    Field(name="first_seen", kind="date", why="when we knew"),
    Field(name="fetched", kind="date", why="the reading; its milliseconds are the document's version"),
    Field(name="when", kind="number", value=lambda a: milliseconds(moment_of(a)), why="order, ranges and cursors"),
    Field(name="day", kind="facet", value=lambda a: moment_of(a).astimezone(UTC).date().isoformat(), why="UTC day"),
    Field(name="language", kind="facet", why="also chooses the stemmed fields"),
    Field(name="language_confidence", kind="kept", why="for showing"),
    Field(name="source", kind="facet", why="the publication"),
    Field(name="feed", kind="label", why="which feed brought it"),
    Field(name="site", kind="label", why="what the page calls its publication"),
    Field(name="section", kind="facet", why="the desk: world, sport"),
    Field(name="tags", kind="label", why="the publisher's key words, several a document"),
    Field(name="country", kind="label", why="of the publication"),
    Field(name="countries", kind="label", why="the text speaks of"),
    Field(name="people", kind="label", why="named in the text"),
    Field(name="organisations", kind="label", why="named in the text"),
    Field(name="places", kind="label", why="named in the text"),
    Field(name="images", kind="kept", why="for showing; captions are in `around`"),
    Field(name="embeds", kind="kept", why="for showing; their words are in `around`"),
    Field(name="word_count", kind="number", why="to leave out briefs"),
    Field(name="paywalled", kind="flag", why="true, false, or null where nobody said"),
    Field(name="live", kind="flag", why="to leave out, or to find, live blogs"),
    Field(name="reserved", kind="label", why="uses the publisher keeps to itself: noai, tdm-reserved"),
    Field(name="story", kind="label", why="the group of reports on one event"),
    Field(name="revision", kind="number", why="which reading of a changed article"),
    Field(name="revisions", kind="kept", why="what it said before, for showing; never searched"),
    Field(name="provenance", kind="kept", why="where each field was read, for showing"),
    Field(name="journey", kind="kept", why="how it came here, for `trace`"),
    Field(name="extractor", kind="label", why="to find what an old version of ours understood"),
)

WORDS = tuple(field for field in FIELDS if field.kind == "words")

FACET_FIELDS: Mapping[str, str] = {
    name: "authors" if name == "author" else name
    for name in ("source", "language", "section", "author", "agency", "day")
}
"""The reader's name of a facet (model.FACETS) → the document's field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language is stemmed in each store; None: that store has only the words as written."""

    elastic: str
    """A built-in analyzer that needs no plugin."""
    snowball: str | None
    script: str = "LATIN"
    """As Unicode character names begin; a word in another script is not looked for in this language."""


LANGUAGES: Mapping[str, Language] = {
    "ar": Language(elastic="arabic", snowball="arabic", script="ARABIC"),
    "bg": Language(elastic="bulgarian", snowball=None, script="CYRILLIC"),
    "cs": Language(elastic="czech", snowball=None),
    "da": Language(elastic="danish", snowball="danish"),
    "de": Language(elastic="german", snowball="german"),
    "el": Language(elastic="greek", snowball="greek", script="GREEK"),
    "en": Language(elastic="english", snowball="english"),
    "es": Language(elastic="spanish", snowball="spanish"),
    "fa": Language(elastic="persian", snowball=None, script="ARABIC"),
    "fi": Language(elastic="finnish", snowball="finnish"),
    "fr": Language(elastic="french", snowball="french"),
    "hi": Language(elastic="hindi", snowball=None, script="DEVANAGARI"),
    "hu": Language(elastic="hungarian", snowball="hungarian"),
    "id": Language(elastic="indonesian", snowball=None),
    "it": Language(elastic="italian", snowball="italian"),
    "ja": Language(elastic="cjk", snowball=None, script="CJK"),
    "ko": Language(elastic="cjk", snowball=None, script="HANGUL"),
    "nl": Language(elastic="dutch", snowball="dutch"),
    "no": Language(elastic="norwegian", snowball="norwegian"),
    "pt": Language(elastic="portuguese", snowball="portuguese"),
    "ro": Language(elastic="romanian", snowball="romanian"),
    "ru": Language(elastic="russian", snowball="russian", script="CYRILLIC"),
    "sv": Language(elastic="swedish", snowball="swedish"),
    "th": Language(elastic="thai", snowball=None, script="THAI"),
    "tr": Language(elastic="turkish", snowball="turkish"),
}

STEMMED = ("title", "text")
"""These have a stemmed field a language beside the one with words as written: title_en, text_en."""

CUT_BY_DICTIONARY = ("th",)
"""Languages whose stemmed field also serves phrases in Elasticsearch: its standard tokenizer cannot cut them."""

STEM_WEIGHT = 0.7
"""A stemmed match counts this much of an exact one in the same place."""


def language_of(code: str | None) -> str | None:
    """The key of LANGUAGES for a BCP 47 tag ("pt-BR" → "pt"), or None where we have no stemmer."""
    base = (code or "").lower().replace("_", "-").split("-")[0]
    base = {"nb": "no", "nn": "no"}.get(base, base)
    return base if base in LANGUAGES else None


def objection(article: Article) -> str | None:
    """Why neither store may take this article, in words; None when it is fine."""
    if not article.id or len(article.id.encode("utf-8", "replace")) > LONGEST_ID:
        return f"id must have 1 to {LONGEST_ID} bytes; got {article.id[:40]!r}"
    if article.version < 0:
        return f"fetched must not lie before 1970; got {article.fetched.isoformat()}"
    for name in ("word_count", "revision"):
        if not 0 <= getattr(article, name) < 2**63:
            return f"{name} must be a 64-bit number, not negative; got {getattr(article, name)}"
    return None


def document(article: Article) -> dict[str, Any]:
    """The article's JSON plus the derived fields; half a surrogate pair becomes "?", as UTF-8 cannot hold it."""
    plain = article.to_dict()
    plain |= {field.name: field.value(article) for field in FIELDS if field.value}
    if language := language_of(article.language):
        plain[f"title_{language}"] = article.title
        plain[f"text_{language}"] = [part for part in (article.subtitle, article.text) if part]
    cleaned: dict[str, Any] = json.loads(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
    return cleaned


# --- as Elasticsearch wants it

PUNCTUATION_INSIDE_WORDS = "'’.:,·"
"""The standard tokenizer keeps "Israel's" and "bbc.co.uk" whole; a reader looks for Israel and for bbc."""

ANALYSIS: Mapping[str, Any] = {
    "char_filter": {
        "letters": {
            "type": "mapping",
            "mappings": [f"\\u{ord(sign):04x}=>\\u0020" for sign in PUNCTUATION_INSIDE_WORDS] + ["ё=>е", "Ё=>Е"],
        }
    },
    "analyzer": {
        "words": {
            "type": "custom",
            "char_filter": ["letters"],
            "tokenizer": "standard",
            "filter": ["lowercase", "arabic_normalization", "asciifolding"],
        }
    },
    "normalizer": {"any_case": {"type": "custom", "filter": ["lowercase", "asciifolding"]}},
}

TYPES: Mapping[Kind, Mapping[str, Any]] = {
    "words": {"type": "text", "analyzer": "words"},
    "facet": {
        "type": "keyword",
        "ignore_above": LONGEST_VALUE,
        # Filters are typed by people: source:"the moscow times" must find The Moscow Times.
        "fields": {"any": {"type": "keyword", "ignore_above": LONGEST_VALUE, "normalizer": "any_case"}},
    },
    "label": {"type": "keyword", "ignore_above": 4096},
    "date": {"type": "date"},
    "number": {"type": "long"},
    "flag": {"type": "boolean"},
    "kept": {"type": "object", "enabled": False},
}


def elastic_mapping() -> dict[str, Any]:
    """`mappings` of an index: strict, so that a field nobody described is an error and not a surprise."""
    properties: dict[str, Any] = {field.name: dict(TYPES[field.kind]) for field in FIELDS}
    for code, language in LANGUAGES.items():
        for name in STEMMED:
            properties[f"{name}_{code}"] = {"type": "text", "analyzer": language.elastic}
    return {"dynamic": "strict", "_meta": {"version": VERSION}, "properties": properties}


def elastic_template(index: str) -> dict[str, Any]:
    """The index template for every generation of `index`.

    Operators put shards, codec or refresh into a component template named `<index>@custom`; it may be absent.
    """
    return {
        "index_patterns": [f"{index}-v*"],
        "composed_of": [f"{index}@custom"],
        "ignore_missing_component_templates": [f"{index}@custom"],
        "template": {
            "settings": {"auto_expand_replicas": "0-1", "mapping.total_fields.limit": 300, "analysis": ANALYSIS},
            "mappings": elastic_mapping(),
        },
        "_meta": {"version": VERSION},
    }
