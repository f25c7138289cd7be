"""A week of invented news in nine languages, for looking at pages; every place and name is made up."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.search.web.fakes import (
    NOW,
    FakeJournal,
    FakeReader,
    article,
    busy,
    feed,
    journey,
    letter,
    polls,
)
from workers.ledger.yields import SiteYield, Yield
from workers.model import Article, Block, Embed, FeedMemory, Image, PollRecord, Revision

SOURCES = {
    "northern-herald": ("The Northern Herald", "en"),
    "fels-courier": ("The Fels Courier", "en"),
    "meridian-wire": ("Meridian Wire", "en"),
    "courrier-du-cap": ("Le Courrier du Cap", "fr"),
    "strom-tagblatt": ("Tagblatt am Strom", "de"),
    "vestnik-zaliva": ("Вестник Залива", "ru"),
    "gaceta-estrecho": ("La Gaceta del Estrecho", "es"),
    "al-mina": ("صحيفة الميناء", "ar"),
    "haiwan": ("海湾日报", "zh"),
    "minato": ("みなと新聞", "ja"),
    "hof": ("עיתון החוף", "he"),
}

LEAD = "velmar-truce"


def week() -> tuple[Article, ...]:
    """The whole corpus, newest first."""
    told = tomllib.loads(Path(__file__).with_name("week.toml").read_text(encoding="utf-8"))
    return (_lead(told["lead"]), *(_article(f"n{n}", row) for n, row in enumerate(told["article"], start=1)))


def desk() -> tuple[FakeReader, FakeJournal]:
    """A store and a ledger in the middle of a working week."""
    journal = FakeJournal()
    for name, (source, language) in SOURCES.items():
        journal.subscribe(feed(name, source=source, language=language), _memory(name), _polls(name), **_counts(name))
    articles = week()
    journal.tell(journey(articles[0].url, document=LEAD, feed="northern-herald"))
    journal.set_aside(
        *(letter(number, reason="not-found", detail="status 404") for number in (1, 2, 3)),
        letter(4, reason="paywall-only", stage="extract", feed="meridian-wire", detail="the open page held 38 words"),
        letter(5, reason="robots", feed="gaceta-estrecho", detail="robots.txt disallows /especial/"),
        letter(6, reason="robots", feed="gaceta-estrecho", detail="robots.txt disallows /especial/"),
    )
    journal.says(busy())
    before = Yield(outcomes={"extracted": 312, "too-short": 9}, words=150_000)
    journal.gives(
        SiteYield(site="northern-herald.example", today=Yield(outcomes={"extracted": 41}, words=19_000), before=before),
        SiteYield(site="gaceta-estrecho.example", today=Yield(outcomes={"too-short": 12}), before=before),
    )
    return FakeReader(*articles), journal


def _lead(told: dict[str, Any]) -> Article:
    """A full report: sub-heads, a quotation, a list, an embed in the middle, two authors, agency, picture."""
    blocks = tuple(Block(kind=kind, text=text) for kind, text in told["blocks"])
    plain = _article(LEAD, told | {"text": "\n\n".join(block.text for block in blocks)})
    embed = Embed(
        kind="twitter",
        url="https://social.example/ilse/1",
        author="Ilse Marrow (@ilsemarrow)",
        text=told["embed"],
        published=NOW - timedelta(hours=2),
        position=6,
    )
    return replace(
        plain,
        url=told["url"] + "?utm_source=feed",
        final_url=told["url"],
        canonical_url=told["url"],
        subtitle=told["subtitle"],
        blocks=blocks,
        byline=told["byline"],
        published_source="json-ld",
        tags=tuple(told["tags"]),
        country="VE",
        images=(Image(url=told["picture"], caption=told["caption"], credit=told["credit"]),),
        embeds=(embed,),
        countries=("VE", "CO"),
        people=("Ilse Marrow", "General Oren Vasquez"),
        organisations=("Velmar Truce Commission",),
        live=True,
        language_confidence=0.87,
        provenance={"title": "page", "authors": "json-ld", "published": "json-ld", "images": "opengraph"},
        revision=2,
        revisions=(_before(plain, told),),
    )


def _before(article: Article, told: dict[str, Any]) -> Revision:
    """What the lead said first: another headline, and a paragraph that was put otherwise."""
    first, second, *rest = (text for _, text in told["blocks"])
    text = "\n\n".join((f"{first} This will be updated.", second.replace("the", "a"), *rest))
    return Revision(number=1, fetched=NOW - timedelta(hours=3), title=f"{article.title}, officials say", text=text)


def _article(id_: str, told: dict[str, Any]) -> Article:
    source, language = SOURCES[told["feed"]]
    url = f"https://{told['feed']}.example/2026/{id_}"
    seen = NOW - timedelta(minutes=max(told["minutes"] - 4, 1))
    return article(
        told["title"],
        id=id_,
        url=url,
        final_url=url,
        canonical_url=url,
        text=told["text"],
        blocks=tuple(Block(kind="p", text=part) for part in told["text"].split("\n\n")),
        authors=tuple(told.get("authors", ())),
        agency=told.get("agency"),
        published=NOW - timedelta(minutes=told["minutes"]),
        first_seen=seen,
        fetched=seen,
        language=language,
        source=source,
        feed=told["feed"],
        section=told.get("section"),
    )


def _polls(name: str) -> tuple[PollRecord, ...]:
    steady = ("unchanged", "new:2", "unchanged", "unchanged", "new:1", "new:4", "unchanged", "new:1") * 3
    outcomes = {
        "northern-herald": ("new:3", "new:1", "unchanged", "new:6", "new:2", "unchanged") * 5,
        "gaceta-estrecho": ("failed", "failed", "failed", *steady),
        "hof": ("unchanged",) * 9 + ("new:1", "failed", "new:2"),
        "minato": ("empty", "new:1", "unchanged"),
        "haiwan": ("gone", "failed", *steady[:10]),
    }
    return polls(*outcomes.get(name, steady))


def _memory(name: str) -> FeedMemory:
    reasons = {
        "northern-herald": "an article every 12 min: asked every 60 s",
        "minato": "the publisher asked for 1 h (max-age)",
        "gaceta-estrecho": "3rd failure in a row: status 503; again in 60 min",
    }
    if name == "haiwan":
        return FeedMemory(polled=NOW - timedelta(days=2), gone=True, failures=2)
    plain = FeedMemory(
        polled=NOW - timedelta(minutes=4),
        next_poll=NOW + timedelta(minutes=55 if name in ("minato", "gaceta-estrecho") else 6),
        next_reason=reasons.get(name, "an article every 4 h: asked every 100 s"),
        gap=timedelta(minutes=12 if name == "northern-herald" else 240),
        last_new=NOW - timedelta(days=40 if name == "hof" else 0, minutes=20),
        failures=3 if name == "gaceta-estrecho" else 0,
    )
    if name == "gaceta-estrecho":
        return replace(plain, found="https://gaceta-estrecho.example/rss/portada.xml", hub="https://hub.example/")
    return replace(plain, moved_to="https://meridian-wire.example/feed.xml") if name == "meridian-wire" else plain


def _counts(name: str) -> dict[str, int]:
    place = list(SOURCES).index(name) + 1
    return {"indexed": 18_412 // place, "dead": 7 * place % 11}
