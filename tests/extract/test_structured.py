"""JSON-LD as publishers write it."""

from __future__ import annotations

import pytest

from workers.extract import structured

URL = "https://paper.example/a/story"


def article(*scripts: str) -> structured.Thing:
    return structured.article(structured.things(scripts), [URL])


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "H"}',
        '[{"@type": "BreadcrumbList"}, {"@type": "NewsArticle", "headline": "H"}]',
        '{"@graph": [{"@type": "WebSite"}, {"@type": ["Thing", "NewsArticle"], "headline": "H"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "http://schema.org/NewsArticle", "headline": "H"}}',
        '{"@type": "NewsArticle", "headline": "H",}',
        '<!-- {"@type": "NewsArticle", "headline": "H"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "H"}\n//]]>',
        '{"@type": "NewsArticle", "headline": "H"};',
        '{"@type": "NewsArticle", "description": "two\nlines", "headline": "H"}',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;H&quot;}",
    ],
)
def test_the_article_is_found_however_it_is_wrapped(script: str) -> None:
    assert article(script)["headline"] == "H"


@pytest.mark.parametrize(
    "script", ["", "{", "not json", "[" * 100_000, "null", "17", '{"@type": 5}', '{"@graph": {"@graph": 1}}']
)
def test_what_is_no_json_says_nothing(script: str) -> None:
    assert article(script) == {}


def test_a_broken_script_does_not_hide_the_next() -> None:
    assert article("{broken", '{"@type": "Article", "headline": "H"}')["headline"] == "H"


def test_of_several_articles_the_one_that_names_the_page_is_meant() -> None:
    teaser = '{"@type": "NewsArticle", "headline": "Teaser", "url": "https://paper.example/b", "author": "A"}'
    own = (
        '{"@type": "NewsArticle", "headline": "Own", "mainEntityOfPage": {"@id": "https://www.paper.example/a/story/"}}'
    )
    assert article(teaser, own)["headline"] == "Own"


def test_related_items_are_not_looked_into() -> None:
    assert article('{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Other"}]}') == {}


def test_strings_are_taken_from_objects_and_lists() -> None:
    value = [{"name": "A"}, "B", {"name": ["C", {"name": "D"}]}, 5, None, {"other": "E"}]
    assert list(structured.strings(value, "name")) == ["A", "B", "C", "D"]
