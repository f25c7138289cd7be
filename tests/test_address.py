"""Canonical addresses, ids and believable rel=canonical."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.address import article_id, canonical, host, match_key, same_site, sane_canonical, wire
from workers.errors import GiveUp

SHARED = Path(__file__).parents[1].parent / "shared"

urls = st.builds(
    lambda scheme, name, path, query: f"{scheme}://{name}.example.org/{path}?{query}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,10}", fullmatch=True),
    st.text(max_size=40),
    st.text(max_size=40),
)


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        ("HTTP://News.Example.ORG", "http://news.example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org/a/b/..", "https://example.org/a/"),
        ("https://example.org/%7euser/caf%c3%a9", "https://example.org/~user/caf%C3%A9"),
        ("https://example.org/café menu", "https://example.org/caf%C3%A9%20menu"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org\\a", "https://example.org/a"),
        ("  https://exa\nmple.org/a\t ", "https://example.org/a"),
        ("https://[2001:DB8::0:1]/", "https://[2001:db8::1]/"),
        ("https://example.org/a?utm_source=rss&id=7&fbclid=x", "https://example.org/a?id=7"),
        ("https://example.org/a?at_medium=RSS&at_campaign=rss", "https://example.org/a"),
    ],
)
def test_spellings_of_an_address_have_one_form(written: str, one_form: str) -> None:
    assert canonical(written) == one_form


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/Story/",
        "https://example.org/story?ID=Ab&b=&a=1&a=2",
        "https://example.org/story?page=2",
        "https://www.example.org//double//slash",
        "https://example.org/a;v=1?x=a%2Fb+c",
        "https://example.org/story?cmp=unknown-parameters-stay",
    ],
)
def test_nothing_that_may_choose_the_page_is_dropped(url: str) -> None:
    assert canonical(url) == url


def test_what_is_asked_for_keeps_every_parameter() -> None:
    assert wire("https://example.org/a?utm_source=rss&id=7#x") == "https://example.org/a?utm_source=rss&id=7"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "story.html",
        "ftp://example.org/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:port/",
        "https://example.org:99999/",
        "https://[::zz]/",
        "https://exa mple.org/",
        "https://a..example.org/",
        "https://example.org/" + "x" * 3000,
        "https://" + "ä" * 300 + ".org/",
    ],
)
def test_what_is_no_web_address_is_given_up_with_the_reason(url: str) -> None:
    with pytest.raises(GiveUp) as refused:
        canonical(url)
    assert refused.value.reason == "bad-url"
    assert refused.value.detail


@given(urls)
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once
    assert wire(wire(url)) == wire(url)
    assert once.isascii()


@given(urls, st.sampled_from(["utm_source=a", "fbclid=b", "gclid=c"]), st.text(max_size=10))
def test_tracking_and_fragment_do_not_change_the_id(url: str, tracking: str, fragment: str) -> None:
    bare = url.replace("#", "") + "&end=1"
    assert article_id(f"{bare}&{tracking}#{fragment}") == article_id(bare)


@given(st.text(max_size=200))
def test_any_text_gives_an_address_or_bad_url(text: str) -> None:
    try:
        address = canonical(text)
    except GiveUp as refused:
        assert refused.reason == "bad-url"  # noqa: PT017 # both outcomes are right, each must be well-formed
    else:
        assert address.startswith(("http://", "https://"))
        assert host(address)


def test_an_id_is_twenty_four_hexadecimal_digits_and_stable() -> None:
    assert article_id("https://Example.org/a#b") == article_id("https://example.org/a")
    assert article_id("https://example.org/") == "8198d1bac40a1033653a78e4"


@pytest.mark.parametrize(
    ("candidate", "page", "believed"),
    [
        ("https://example.org/story", "https://example.org/story?utm_source=x", "https://example.org/story"),
        ("/story", "https://example.org/amp/story", "https://example.org/story"),
        ("https://www.example.org/story", "https://m.example.org/story", "https://www.example.org/story"),
        ("https://example.org/", "https://example.org/story", None),
        ("https://example.org/index.html", "https://example.org/story", None),
        ("https://example.org/", "https://example.org/", "https://example.org/"),
        ("https://elsewhere.net/story", "https://example.org/story", None),
        ("https://127.0.0.2/story", "https://127.0.0.1/story", None),
        ("http://1.2.3.4/story", "http://9.9.3.4/story", None),
        ("javascript:void(0)", "https://example.org/story", None),
        ("https://[broken/", "https://example.org/story", None),
    ],
)
def test_a_rel_canonical_is_believed_only_where_it_can_be_the_page(
    candidate: str, page: str, believed: str | None
) -> None:
    assert sane_canonical(candidate, page) == believed


def test_the_browsers_url_cases_never_crash_and_mostly_agree() -> None:
    file = SHARED / "data" / "urls.json"
    if not file.exists():
        pytest.skip("shared/data not present")
    web = [case for case in json.loads(file.read_text("utf-8")) if case.get("protocol") in ("http:", "https:")]
    agreed, compared = 0, 0
    for case in web:
        if case["base"] is not None or case["username"] or case["password"]:
            continue
        try:
            ours = wire(case["input"])
        except GiveUp:
            continue
        compared += 1
        agreed += host(ours) == case["hostname"].rstrip(".")
    assert compared > 50
    assert agreed / compared > 0.8


@pytest.mark.parametrize(
    "twin",
    [
        "https://example.org/2026/Story-a1",
        "http://www.example.org/2026/Story-a1/",
        "https://m.example.org/2026/Story-a1?utm_source=feed",
        "https://amp.example.org/2026/Story-a1",
        "https://example.org/2026/Story-a1/amp",
        "https://example.org/2026/Story-a1/amp/",
        "https://example.org/amp/2026/Story-a1",
        "https://example.org/2026/Story-a1?amp",
        "https://example.org/2026/Story-a1?amp=1",
        "https://example.org/2026/Story-a1?outputType=amp",
        "https://www.example.org/2026/Story-a1.amp",
        "https://example.org/2026/Story-a1/index.html",
    ],
)
def test_twins_of_a_page_share_their_match_key(twin: str) -> None:
    assert match_key(twin) == "example.org/2026/Story-a1"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/2026/story-a1",
        "https://example.org/2026/Story-a1?page=2",
        "https://example.org/2026/Story-a1-amp-up",
        "https://news.example.org/2026/Story-a1",
        "https://example.org:8080/2026/Story-a1",
        "https://example.org/2026/Story-a1.html?ampere=1",
    ],
)
def test_other_pages_have_another_match_key(other: str) -> None:
    assert match_key(other) != "example.org/2026/Story-a1"


def test_the_order_of_parameters_does_not_make_another_page() -> None:
    assert match_key("https://example.org/a?b=1&a=2") == match_key("https://www.example.org/a?a=2&b=1")
    assert match_key("https://example.org/a.amp.html") == match_key("https://example.org/a.html")
    assert match_key("https://m.co/a") == "m.co/a"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("www.example.org", "news.example.org", True),
        ("bbc.co.uk", "guardian.co.uk", False),
        ("news.bbc.co.uk", "www.bbc.co.uk", True),
        ("example.org", "example.com", False),
        ("127.0.0.1", "127.0.0.2", False),
        ("spiegel.de", "m.spiegel.de", True),
    ],
)
def test_hosts_of_one_publisher_share_the_domain_below_the_registry(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same
