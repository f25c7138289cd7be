"""From a site's address to its feeds, over a small web without a server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.web import NOW, Web, page, rss, sitemap
from workers.cli.discovery import BUDGET, Discovery, Search
from workers.cli.scout import Scout
from workers.errors import Fate, TryAgain
from workers.settings import Fetching

HOME = "https://gazette.test/"
FEED = "application/rss+xml"


@pytest.fixture
def web() -> Web:
    return Web()


def search(web: Web, url: str = HOME) -> Discovery:
    rested = Scout(Fetching(), web, budget=BUDGET, pause=lambda _: None)
    found = Search(rested, now=NOW).run(url)
    assert len(web.asked) <= BUDGET
    return found


def urls(found: Discovery) -> list[str]:
    return [one.url for one in found.offers]


def test_a_feed_is_offered_as_it_is_after_two_requests(web: Web) -> None:
    web.serves(f"{HOME}any", rss("Gazette", "a", "b"), FEED)

    found = search(web, f"{HOME}any")

    assert urls(found) == [f"{HOME}any"]
    assert found.offers[0].lead.how == "itself"
    assert web.asked == [f"{HOME}robots.txt", f"{HOME}any"]


def test_the_feeds_a_page_names_are_read_ranked_and_counted(web: Web) -> None:
    web.serves(HOME, page("/comments/feed|Comments", "/sport.xml|Sport", "/all.xml|All", name="The Gazette"))
    web.serves(f"{HOME}comments/feed", rss("Comments", "c1", "c2", "c3", "c4"), FEED)
    web.serves(f"{HOME}sport.xml", rss("Sport", "s1", "s2", "s3"), FEED)
    web.serves(f"{HOME}all.xml", rss("Gazette", "a", "b"), FEED)

    found = search(web)

    assert urls(found) == [f"{HOME}all.xml", f"{HOME}sport.xml", f"{HOME}comments/feed"]
    assert [len(one.feed.entries) for one in found.offers] == [2, 3, 4]
    assert found.site.name == "The Gazette"
    assert not any("feed.xml" in asked for asked in web.asked)


def test_a_section_finds_its_own_feed_first(web: Web) -> None:
    web.serves(f"{HOME}world/asia", page("/rss.xml|Gazette", "/rss/world/asia.xml|Asia"))
    web.serves(f"{HOME}rss.xml", rss("Gazette", "a", "b", "c"), FEED)
    web.serves(f"{HOME}rss/world/asia.xml", rss("Asia", "x"), FEED)

    assert urls(search(web, f"{HOME}world/asia")) == [f"{HOME}rss/world/asia.xml", f"{HOME}rss.xml"]


def test_a_link_header_names_a_feed_too(web: Web) -> None:
    web.serves(HOME, page(), link=f'</hidden>; rel="alternate"; type="{FEED}"')
    web.serves(f"{HOME}hidden", rss("Gazette", "a"), FEED)

    assert urls(search(web)) == [f"{HOME}hidden"]


def test_a_page_that_lists_feeds_is_read_once(web: Web) -> None:
    web.serves(HOME, page(body='<a href="/rss-feeds">Our feeds</a><a href="/rss-help/feeds">Help</a>'))
    web.serves(f"{HOME}rss-feeds", page(body='<a href="/world.rss">World</a><a href="/rss-feeds/more">More</a>'))
    web.serves(f"{HOME}world.rss", rss("World", "a"), FEED)
    web.serves(f"{HOME}rss-feeds/more", page(body='<a href="/deep.rss">Deep</a>'))

    assert urls(search(web)) == [f"{HOME}world.rss"]
    assert f"{HOME}deep.rss" not in web.asked


def test_usual_addresses_are_tried_only_when_none_is_named(web: Web) -> None:
    web.serves(HOME, page())
    web.serves(f"{HOME}rss.xml", rss("Gazette", "a"), FEED)

    found = search(web)

    assert [(one.url, one.lead.how) for one in found.offers] == [(f"{HOME}rss.xml", "guessed")]


def test_a_page_that_says_200_for_everything_is_never_offered(web: Web) -> None:
    web.answers_everything("gazette.test", page(body="Sorry, nothing here"))
    web.serves(f"{HOME}robots.txt", "User-agent: *\nDisallow:\n", "text/plain")

    assert search(web).offers == ()


def test_a_feed_that_a_nonsense_address_answers_too_is_not_offered(web: Web) -> None:
    web.answers_everything("gazette.test", rss("Any", "a", "b"), FEED)
    web.serves(f"{HOME}robots.txt", "", "text/plain")
    web.serves(HOME, page())

    found = search(web)

    assert found.offers == ()
    assert found.notes == ("gazette.test answers any address with the same feed.",)


def test_an_empty_feed_is_offered_where_it_is_named_and_not_where_it_is_guessed(web: Web) -> None:
    web.serves(HOME, page("/new.xml|New"))
    web.serves(f"{HOME}new.xml", rss("New"), FEED)
    web.serves(f"{HOME}feed", rss("Empty"), FEED)

    assert urls(search(web)) == [f"{HOME}new.xml"]


def test_the_same_articles_at_two_addresses_are_one_offer(web: Web) -> None:
    web.serves(HOME, page("/feed|RSS", "/feed/rss2|RSS again", "/old|Old"))
    web.serves(f"{HOME}feed", rss("Gazette", "a", "b"), FEED)
    web.serves(f"{HOME}feed/rss2", rss("Gazette", "a", "b"), FEED)
    web.redirects(f"{HOME}old", f"{HOME}feed")

    assert urls(search(web)) == [f"{HOME}feed"]


def test_a_permanent_redirect_gives_the_address_to_keep_and_another_does_not(web: Web) -> None:
    web.serves("https://feeds.test/gazette", rss("Gazette", "a"), FEED)
    web.redirects(f"{HOME}feed.xml", "https://feeds.test/gazette")
    web.redirects(f"{HOME}today.xml", "https://feeds.test/gazette", permanent=False)

    assert urls(search(web, f"{HOME}feed.xml")) == ["https://feeds.test/gazette"]
    assert urls(search(web.anew(), f"{HOME}today.xml")) == [f"{HOME}today.xml"]


def test_news_sitemaps_of_robots_txt_are_offered_and_archives_are_not(web: Web) -> None:
    web.serves(HOME, page())
    web.serves(f"{HOME}robots.txt", f"Sitemap: {HOME}sitemap.xml\nSitemap: {HOME}news-sitemap.xml\n", "text/plain")
    web.serves(f"{HOME}news-sitemap.xml", sitemap("a", "b"), "application/xml")

    found = search(web)

    assert [(one.url, one.lead.how) for one in found.offers] == [(f"{HOME}news-sitemap.xml", "sitemap")]
    assert f"{HOME}sitemap.xml" not in web.asked

    web.serves(f"{HOME}news-sitemap.xml", sitemap("a", "b", age=timedelta(days=9)), "application/xml")
    assert search(web.anew()).offers == ()


def test_of_a_sitemap_index_the_child_of_news_is_offered(web: Web) -> None:
    children = "".join(
        f"<sitemap><loc>{HOME}{name}.xml</loc><lastmod>{(NOW - timedelta(days=days)).isoformat()}</lastmod></sitemap>"
        for name, days in (("archive-1", 0), ("news", 1), ("archive-2", 2))
    )
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>'
    web.serves(f"{HOME}sitemaps.xml", index, "application/xml")
    web.serves(f"{HOME}news.xml", sitemap("a"), "application/xml")

    assert urls(search(web, f"{HOME}sitemaps.xml")) == [f"{HOME}news.xml"]


def test_where_robots_txt_keeps_us_from_pages_only_a_feed_is_read(web: Web) -> None:
    web.serves(f"{HOME}robots.txt", "User-agent: *\nDisallow: /\n", "text/plain")
    web.serves(HOME, page("/feed|RSS"))
    web.serves(f"{HOME}feed", rss("Gazette", "a"), FEED)

    refused = search(web)

    assert refused.offers == ()
    assert "disallowed by robots.txt" in refused.notes[0]
    assert web.asked == [f"{HOME}robots.txt", HOME]
    assert urls(search(web.anew(), f"{HOME}feed")) == [f"{HOME}feed"]


def test_a_site_that_fails_is_the_reason_and_a_lead_that_fails_is_a_note(web: Web) -> None:
    with pytest.raises(Fate, match="not-found"):
        search(web)

    web.serves(HOME, page("/broken.xml|B", "/feed|A"))
    web.fails(f"{HOME}broken.xml", TryAgain("timeout", "20 s", url=f"{HOME}broken.xml"))
    web.serves(f"{HOME}feed", rss("Gazette", "a"), FEED)
    found = search(web.anew())

    assert urls(found) == [f"{HOME}feed"]
    assert found.notes == (f"timeout: 20 s: {HOME}broken.xml.",)


def test_a_search_ends_after_its_requests_and_says_so(web: Web) -> None:
    web.serves(HOME, page(body="".join(f'<a href="/feeds/{n}">{n}</a>' for n in range(9))))
    for number in range(9):
        web.serves(f"{HOME}feeds/{number}", page(body=f'<a href="/rss/{number}">x</a><a href="/rss/b{number}">y</a>'))

    found = search(web)

    assert len(web.asked) == BUDGET
    assert found.notes[-1] == f"{BUDGET} requests were made, and no more are for one search."
