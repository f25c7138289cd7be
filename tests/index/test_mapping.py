"""The description of an indexed article, and what is derived from it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.articles import NOON, article
from workers.index import words
from workers.index.mapping import (
    FACET_FIELDS,
    FIELDS,
    LANGUAGES,
    document,
    elastic_mapping,
    elastic_template,
    language_of,
    objection,
)
from workers.model import FACETS, Article, Embed, Image


def test_every_field_of_an_article_is_described_with_a_reason() -> None:
    described = {field.name for field in FIELDS if field.value is None}
    assert described == {field.name for field in fields(Article)}
    assert all(field.why for field in FIELDS)


def test_every_key_of_a_document_is_in_the_strict_mapping() -> None:
    mapping = elastic_mapping()
    assert mapping["dynamic"] == "strict"
    for code in (None, *LANGUAGES):
        assert set(document(article("x", language=code))) <= set(mapping["properties"])


def test_every_facet_of_the_model_has_a_field_that_is_a_facet() -> None:
    kinds = {field.name: field.kind for field in FIELDS}
    assert {kinds[FACET_FIELDS[name]] for name in FACETS} == {"facet"}


def test_the_template_leaves_room_for_the_operators_own_settings() -> None:
    template = elastic_template("news")
    assert template["index_patterns"] == ["news-v*"]
    assert template["composed_of"] == template["ignore_missing_component_templates"] == ["news@custom"]
    # A setting in the template itself would win over the operator's.
    assert not {"codec", "refresh_interval", "number_of_shards"} & set(template["template"]["settings"])


def test_a_document_holds_the_whole_article() -> None:
    whole = article("x", text="word " * 300_000, images=(Image(url="https://i.example"),), tags=("a", "b"))
    assert Article.from_dict(document(whole)) == whole


def test_an_article_without_a_date_counts_from_when_it_was_first_seen() -> None:
    seen = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    plain = document(article("x", published=None, first_seen=seen))
    assert (plain["published"], plain["day"], plain["when"]) == (None, "2026-11-20", int(seen.timestamp() * 1000))


def test_the_day_is_the_day_in_utc() -> None:
    from_elsewhere = datetime.fromisoformat("2026-11-21T01:30:00+03:00")
    assert document(article("x", published=from_elsewhere))["day"] == "2026-11-20"


def test_captions_and_posts_are_kept_apart_from_the_text() -> None:
    rich = article(
        "x",
        images=(Image(url="u", caption="Hills", credit="AFP"), Image(url="v")),
        embeds=(Embed(kind="frame"), Embed(kind="twitter", author="Ann", text="Look")),
    )
    assert document(rich)["around"] == ["Hills", "AFP", "Ann", "Look"]
    assert document(rich)["text"] == rich.text


def test_only_the_articles_language_gets_a_stemmed_field() -> None:
    plain = document(article("x", "Titre", "Texte", subtitle="Chapeau", language="fr"))
    assert {key for key in plain if key.startswith(("title_", "text_"))} == {"title_fr", "text_fr"}
    assert plain["text_fr"] == ["Chapeau", "Texte"]


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("pt-BR", "pt"), ("nb", "no"), ("NN_no", "no"), ("zh", None), ("", None), (None, None)],
)
def test_a_language_tag_leads_to_its_stemmer(tag: str | None, code: str | None) -> None:
    assert language_of(tag) == code


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert document(article("x", "a\ud83d!", "ok"))["title"] == "a?!"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"id": ""}, "id"),
        ({"id": "é" * 257}, "id"),
        ({"fetched": datetime(1969, 1, 1, tzinfo=UTC)}, "fetched"),
        ({"word_count": -1}, "word_count"),
        ({"revision": 2**63}, "revision"),
    ],
)
def test_what_no_store_can_take_is_named(wrong: dict[str, Any], named: str) -> None:
    assert (objection(replace(article("x"), **wrong)) or "").startswith(named)


def test_an_ordinary_article_meets_no_objection() -> None:
    assert objection(article("é" * 256)) is None


# --- as the embedded store cuts words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Été NAÏVE", ["ete", "naive"]),
        ("don’t stop", ["don", "t", "stop"]),
        ("停战 ok", ["停", "战", "ok"]),
        ("หยุด", ["ห", "ย", "ุ", "ด"]),
        ("हिन्दी", ["हिन्दी"]),
        ("Ещё", ["еще"]),
        ("İstanbul", ["istanbul"]),
        ("أيضاً", ["ايضا"]),
        ("😀 — …", []),
    ],
)
def test_words_are_cut_without_case_accents_or_signs(text: str, tokens: list[str]) -> None:
    assert words.tokens(text) == tokens


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "fires", "fire"),
        ("ru", "выборов", "выборы"),
        ("ar", "والانتخابات", "انتخابات"),
        ("pt", "eleições", "eleição"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, one: str, other: str) -> None:
    assert words.tokens(one, language) == words.tokens(other, language) != words.tokens(one)


def test_newest_first_is_a_total_order() -> None:
    then = int(NOON.timestamp() * 1000)
    earlier = int((NOON - timedelta(seconds=1)).timestamp() * 1000)
    assert words.order(then, 7) > words.order(then, 6) > words.order(earlier, 2**25 - 1)
    assert words.order(int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000), 2**25 - 1) < 2**63
    assert words.order(int(datetime(1, 1, 1, tzinfo=UTC).timestamp() * 1000), 0) > -(2**63)
