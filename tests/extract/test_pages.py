"""Our own pages, each with what a reader would find on it written beside."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workers.extract.story import extract
from workers.model import Article, Refused

PAGES = Path(__file__).parents[1] / "pages"
EVERY = sorted(path.stem for path in PAGES.glob("*.toml"))
FETCHED = datetime(2026, 1, 5, 12, tzinfo=UTC)


def expected(name: str) -> dict[str, Any]:
    return tomllib.loads((PAGES / f"{name}.toml").read_text(encoding="utf-8"))


NAMES = [name for name in EVERY if "article" in expected(name)]
REFUSED = [name for name in EVERY if "refused" in expected(name)]


def read(name: str) -> Article:
    article = extract((PAGES / f"{name}.html").read_bytes(), expected(name)["url"], fetched=FETCHED)
    assert isinstance(article, Article), article
    return article


def test_there_are_pages_in_several_scripts_and_layouts() -> None:
    assert len(EVERY) >= 25
    spoken = {expected(name)["article"]["language"] for name in NAMES}
    assert spoken >= {
        "en",
        "de",
        "fr",
        "es",
        "pt",
        "pl",
        "el",
        "ru",
        "uk",
        "tr",
        "ar",
        "he",
        "hi",
        "th",
        "zh",
        "ja",
        "ko",
    }


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_article_is_refused_with_its_one_word(name: str) -> None:
    outcome = extract((PAGES / f"{name}.html").read_bytes(), expected(name)["url"], fetched=FETCHED)
    assert isinstance(outcome, Refused)
    assert outcome.reason == expected(name)["refused"]


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_around_the_text_are_as_written_beside_the_page(name: str) -> None:
    article = read(name)
    fields = expected(name)["article"]
    found = {field: getattr(article, field) for field in fields}
    assert {f: list(v) if isinstance(v, tuple) else v for f, v in found.items()} == fields


@pytest.mark.parametrize("name", NAMES)
def test_the_text_begins_and_ends_where_the_article_does(name: str) -> None:
    article, text = read(name), expected(name)["text"]
    assert article.blocks[0].text.startswith(text["first"])
    assert article.blocks[-1].text == text["last"]
    assert len(article.blocks) == text.get("blocks", len(article.blocks))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_page_around_comes_along(name: str) -> None:
    article = read(name)
    assert [line for line in expected(name)["text"]["must_not_contain"] if line in article.text] == []


@pytest.mark.parametrize("name", NAMES)
def test_sub_heads_lists_and_quotations_are_marked_as_such(name: str) -> None:
    article, text = read(name), expected(name)["text"]
    marked = {kind: [b.text for b in article.blocks if b.kind == kind] for kind in ("h", "li", "quote")}
    assert marked == {"h": text.get("headings", []), "li": text.get("items", []), "quote": text.get("quotes", [])}


@pytest.mark.parametrize("name", [name for name in NAMES if "images" in expected(name)])
def test_pictures_carry_caption_and_credit_apart(name: str) -> None:
    found = [{"url": i.url, "caption": i.caption or "", "credit": i.credit or ""} for i in read(name).images]
    assert found == expected(name)["images"]


@pytest.mark.parametrize("name", [name for name in NAMES if "embeds" in expected(name)])
def test_posts_set_into_the_article_stand_beside_it_at_their_place(name: str) -> None:
    article = read(name)
    wanted = expected(name)["embeds"]
    assert len(article.embeds) == len(wanted)
    for embed, want in zip(article.embeds, wanted, strict=True):
        contained = want.pop("text_contains")
        assert contained in (embed.text or "")
        assert {field: getattr(embed, field) for field in want} == want


def test_an_article_survives_the_way_to_json_and_back() -> None:
    article = read("agency-report")
    assert Article.from_dict(article.to_dict()) == article


def test_the_text_is_the_blocks_joined_by_blank_lines() -> None:
    article = read("de-ticker")
    assert article.text == "\n\n".join(block.text for block in article.blocks)
