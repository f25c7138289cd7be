"""What the rooms hand to each other: frozen, keyword-only, named by the moment it is known.

`Feed` is configured, `Entry` announced, `Reply` heard, `Page` fetched, `Article` understood;
`Query` is asked, `Answer` given. Times are aware UTC datetimes; absent is None or ().
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as configured in feeds.toml; `name` is its identity."""

    name: str
    url: str
    source: str
    """The publication's name as a reader knows it; the `source` facet."""
    language: str | None = None
    country: str | None = None
    section: str | None = None
    every: timedelta | None = None
    """How often to poll; None means the service's default."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `every` in seconds."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        every = plain.get("every")
        return cls(**{**plain, "every": None if every is None else timedelta(seconds=every)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as a feed announced it."""

    url: str
    guid: str | None = None
    title: str | None = None
    summary: str | None = None
    """Plain text, no markup."""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    language: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; times as UTC ISO 8601."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            **{
                **plain,
                "authors": tuple(plain.get("authors", ())),
                "tags": tuple(plain.get("tags", ())),
                "published": moment(plain.get("published")),
                "updated": moment(plain.get("updated")),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, read."""

    kind: str
    """Format as detected: rss090, rss20, rss10, atom03, atom10, json11, sitemap…; "" when unrecognised."""
    title: str | None = None
    link: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    hub: str | None = None
    """Where it can be subscribed to (WebSub), and `topic`, the address it has there."""
    topic: str | None = None
    every: timedelta | None = None
    """How long it asks us to wait between two polls, and `every_where` it says so: ttl or sy:updatePeriod."""
    every_where: str = ""
    skip_hours: tuple[int, ...] = ()
    """Hours (0 to 23, GMT) in which RSS's skipHours asks not to be polled."""
    skip_days: tuple[int, ...] = ()
    """Days (Monday is 0) on which skipDays asks not to be polled."""
    problems: tuple[str, ...] = ()
    """What was wrong with the document and read all the same, one sentence each."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; times as UTC ISO 8601."""
        return _plain_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What we remember of a feed between two polls."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    title: str | None = None
    failures: int = 0
    """Consecutive failed polls."""
    polled: datetime | None = None
    next_poll: datetime | None = None
    next_reason: str | None = None
    """Why the next poll is at that time, in words."""
    gap: timedelta | None = None
    """The usual time between two of its articles; None until it is known."""
    listed: int = 0
    """Entries in its latest document."""
    last_new: datetime | None = None
    """When it last announced an article, or when it was first read."""
    turnover: timedelta | None = None
    """How long its document takes to be half replaced, as last seen; None while nothing could be lost."""
    every: timedelta | None = None
    """What its document asks for (ParsedFeed), kept for polls that bring none."""
    every_where: str = ""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str | None = None
    topic: str | None = None
    errands: tuple[str, ...] = ()
    """What is asked before the feed itself is asked again: "sitemap URL", "home URL", "candidate URL", "hub URL"."""
    seen_until: datetime | None = None
    """Of a sitemap index: the latest change of a sitemap that was asked for."""
    url: str | None = None
    """Where it is asked since it moved; None: at the configured address."""
    moved_to: str | None = None
    """Where permanent redirects point since `moved_since`, `moved_times` in a row; not believed yet."""
    moved_since: datetime | None = None
    moved_times: int = 0
    found: str | None = None
    """A feed found on its site after it was no longer at its address; for the operator to decide."""
    gone: bool = False
    """The publisher said 410: polled no more until the operator asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """How one poll went."""

    at: datetime
    outcome: str
    """One word: new, unchanged, empty, failed, gone."""
    status: int | None = None
    entries: int = 0
    """Listed in the document; 0 where none had to be read."""
    new: int = 0
    """Announced for the first time, by any feed."""
    seconds: float = 0.0
    """From the question to the verdict."""
    size: int = 0
    """Bytes of the body, decoded."""
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """What surrounded a body on the wire: the lines sent and the lines heard, as curl hands them (unfolded)."""

    sent: bytes
    heard: bytes
    """Of the last answer alone: interim ones (1xx) and trailers are left out."""
    address: str = ""
    """The IP address that answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a host answered to one request (hops within the same host included)."""

    url: str
    """The address that answered, after redirects within the host."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; the last value of a repeated header, of those that are lists all values."""
    body: bytes = b""
    """Decoded (content-encoding removed), at most the cap."""
    redirect: str | None = None
    """Set when the host points to another host: ask there, in that host's turn."""
    hops: tuple[str, ...] = ()
    """Addresses that redirected us, in order."""
    permanent: bool = False
    """Every hop so far was a 301 or 308."""
    seconds: float = 0.0
    """From the question to the whole answer, waiting for turns left out."""
    pushed: bool = False
    """A hub brought it (WebSub): nothing was asked."""
    heads: Heads | None = None
    """Kept only where it was asked for: for the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as fetched, kept until it is extracted."""

    url: str
    """As announced."""
    final_url: str
    content_type: str
    fetched: datetime
    body: bytes
    reserved: tuple[str, ...] = ()
    """What the publisher reserves by header or robots.txt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that belongs to the article."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """Something of another author set into the article: a post, a video, a frame."""

    kind: str
    """twitter, instagram, facebook, youtube, telegram, tiktok… or frame."""
    url: str | None = None
    author: str | None = None
    text: str | None = None
    published: datetime | None = None
    position: int | None = None
    """How many blocks of the article's text stand before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the text in reading order."""

    kind: Literal["p", "h", "quote", "li"]
    """Paragraph, sub-head, quotation, list item."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an article said before it was changed."""

    number: int
    fetched: datetime
    """When it was read so."""
    modified: datetime | None = None
    """When the publisher says it was changed to that."""
    title: str
    subtitle: str | None = None
    text: str

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of what `Article.to_dict` makes of it."""
        return cls(**{**plain, "fetched": moment(plain["fetched"]), "modified": moment(plain.get("modified"))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to an article on its journey."""

    at: datetime
    """When it was over."""
    room: str
    """poll, fetch, extract, index."""
    outcome: str
    """The constant word of the log and the metrics: announced, fetched, refused, indexed…"""
    seconds: float | None = None
    """How long it took; it began so long before `at`."""
    worker: str | None = None
    """Host and process that did it."""
    detail: str | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of what `Article.to_dict` makes of it."""
        return cls(**{**plain, "at": moment(plain["at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as understood. `to_dict` is the JSON contract of DESIGN §6."""

    id: str
    url: str
    final_url: str
    canonical_url: str
    """What the page calls itself, where that can be believed; the id is made of it."""
    match_key: str = ""
    """What its address has in common with those of its twins (www, mobile, AMP)."""
    title: str
    subtitle: str | None = None
    text: str
    """The blocks' texts, joined by blank lines: never cut, never changed."""
    blocks: tuple[Block, ...] = ()
    authors: tuple[str, ...] = ()
    byline: str | None = None
    """As printed: "Hervé Bar for AFP"."""
    agency: str | None = None
    published: datetime | None = None
    published_source: str | None = None
    """Where `published` was read: json-ld, meta, microdata, page, feed."""
    modified: datetime | None = None
    first_seen: datetime
    fetched: datetime
    """When the page was read; in milliseconds, the document's version."""
    language: str | None = None
    language_confidence: float | None = None
    """0 to 1: how sure the text and what the page says of it are of `language`."""
    source: str
    feed: str
    site: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    country: str | None = None
    """Of the publication, ISO 3166-1."""
    countries: tuple[str, ...] = ()
    """The text speaks of, ISO 3166-1, most mentioned first."""
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Named in the text, most mentioned first; empty where no model for its language is installed."""
    images: tuple[Image, ...] = ()
    embeds: tuple[Embed, ...] = ()
    word_count: int = 0
    paywalled: bool | None = None
    live: bool | None = None
    """A page that is written on while it is read: a live blog."""
    reserved: tuple[str, ...] = ()
    """Uses the publisher reserves, and where it says so: "noai (x-robots-tag)"; recorded for whoever uses the text."""
    story: str | None = None
    """The id of the article that names its group of near-copies; its own where it has none."""
    revision: int = 1
    revisions: tuple[Revision, ...] = ()
    """What it said before, oldest first; the article itself is the newest."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Where a field was read: json-ld, opengraph, microdata, meta, page, feed, text, host; by name of the field."""
    journey: tuple[Event, ...] = ()
    """From its announcement to the store, oldest first; the journeys of all its readings."""
    extractor: str

    @property
    def version(self) -> int:
        """Milliseconds since 1970 of the fetch: a newer reading replaces an older one, never the reverse."""
        return int(self.fetched.timestamp() * 1000)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; times as UTC ISO 8601 with the zone, absent as null or []."""
        return _plain_fields(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; keys it does not know are ignored."""
        known = {f.name for f in fields(cls)}
        values = {k: v for k, v in plain.items() if k in known}
        for name in ("published", "modified", "first_seen", "fetched"):
            values[name] = moment(values.get(name))
        values["blocks"] = tuple(Block(**b) for b in plain.get("blocks") or ())
        values["images"] = tuple(Image(**i) for i in plain.get("images") or ())
        values["embeds"] = tuple(
            Embed(**{**e, "published": moment(e.get("published"))}) for e in plain.get("embeds") or ()
        )
        values["revisions"] = tuple(Revision.from_dict(r) for r in plain.get("revisions") or ())
        values["journey"] = tuple(Event.from_dict(e) for e in plain.get("journey") or ())
        values["provenance"] = dict(plain.get("provenance") or {})
        for name in ("authors", "tags", "reserved", "countries", "people", "organisations", "places"):
            values[name] = tuple(plain.get(name) or ())
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a page gave no article: an expected outcome, so a value and not an error."""

    reason: str
    """One word: not-article, too-short, unsupported-type, paywall-only, soft-404, consent-wall…"""
    detail: str = ""
    url: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return _plain_fields(self)


# --- what is asked and answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, stemmed: "fires" also finds "fire"."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words next to each other, exactly as written (case and accents aside)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Documents that do not match `clause`."""

    clause: Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every clause matches; no clause matches everything."""

    clauses: tuple[Clause, ...] = ()


Clause = Word | Phrase | Not | All

FACETS = ("source", "language", "section", "author", "agency", "day")
"""The facets every store gives, in the page's order; `day` is a UTC day, 2026-11-24."""

Sort = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the answer is limited to: any of the values within a field, all fields together."""

    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    agency: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    not_source: tuple[str, ...] = ()
    not_language: tuple[str, ...] = ()
    since: datetime | None = None
    """Published at or after."""
    until: datetime | None = None
    """Published before (exclusive)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, read: what was typed, as a tree and filters."""

    text: str = ""
    """As typed."""
    match: Clause = All()
    filters: Filters = Filters()
    sort: Sort = "relevance"
    limit: int = 20
    cursor: str | None = None
    warnings: tuple[str, ...] = ()
    """What could not be understood and was left out, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of an excerpt; `match` says that it is what was searched for."""

    text: str
    match: bool = False


Excerpt = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One article in an answer."""

    id: str
    url: str
    title: Excerpt
    excerpts: tuple[Excerpt, ...] = ()
    """Up to two highlighted sentences; the text's beginning where nothing matched in it."""
    source: str
    language: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    agency: str | None = None
    published: datetime | None = None
    first_seen: datetime
    image: Image | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value with the number of matching articles that carry it."""

    value: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """The most frequent values of one field; counts ignore the field's own filter (multi-select)."""

    field: str
    values: tuple[FacetValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hits, facets and how to go on."""

    query: Query
    total: int
    exact: bool = True
    """False: at least `total`."""
    hits: tuple[Hit, ...] = ()
    facets: tuple[Facet, ...] = ()
    next_cursor: str | None = None
    took_ms: float = 0.0
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return _plain_fields(self)


# --- how a batch of writes went, one verdict a document


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store did with one article."""

    id: str
    outcome: Literal["written", "stale", "later", "rejected"]
    """stale: the store already has a newer reading, which is success; later: try again; rejected: never."""
    reason: str = ""


# --- plain values


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 string as an aware UTC datetime."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _plain_fields(value: Any) -> dict[str, Any]:
    return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}


def to_plain(value: Any) -> Any:
    """Dataclasses, tuples and times as dicts, lists and ISO strings, ready for JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (tuple, list)):
        return [to_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: to_plain(v) for k, v in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return _plain_fields(value)
    return value
