"""What robots.txt and status codes allow."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workers.errors import Fate, GiveUp, TryAgain
from workers.fetch.manners import RobotsFile, judge_status, keep, permission, retry_after, robots_url
from workers.model import Reply

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROBOTS = Path(__file__).parents[2].parent / "shared" / "data" / "robots"


def robots(body: str = "", status: int | None = 200) -> RobotsFile:
    return RobotsFile(status=status, body=body.encode())


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://Example.org/a?b#c", "https://example.org/robots.txt"),
        ("http://example.org:8080/", "http://example.org:8080/robots.txt"),
    ],
)
def test_the_rules_of_a_page_stand_at_the_root_of_its_host_and_port(url: str, where: str) -> None:
    assert robots_url(url) == where


def test_rules_for_us_go_before_rules_for_all() -> None:
    rules = robots("User-agent: *\nDisallow: /\n\nUser-agent: newsdesk\nDisallow: /private\nCrawl-delay: 3")
    allowed = permission(rules, "https://example.org/news", "newsdesk")
    assert allowed.allowed
    assert allowed.crawl_delay == timedelta(seconds=3)
    assert not permission(rules, "https://example.org/private/x", "newsdesk").allowed
    assert not permission(rules, "https://example.org/news", "otherbot").allowed


def test_a_refusal_says_by_whom_and_for_whom() -> None:
    refused = permission(robots("User-agent: *\nDisallow: /"), "https://example.org/", "newsdesk")
    assert refused.reason == "disallowed by robots.txt for newsdesk"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_no_robots_txt_allows_everything(status: int) -> None:
    assert permission(robots("", status), "https://example.org/", "newsdesk").allowed


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_while_robots_txt_cannot_be_had_nothing_is_asked(status: int | None) -> None:
    with pytest.raises(TryAgain) as raised:
        permission(robots("", status), "https://example.org/a", "newsdesk")
    assert raised.value.reason == "robots-unreachable"
    assert raised.value.url == "https://example.org/a"


@pytest.mark.parametrize(
    ("status", "minutes"), [(200, 360), (404, 360), (403, 360), (503, 10), (500, 10), (429, 10), (None, 10)]
)
def test_rules_are_kept_for_their_ttl_and_failures_for_minutes(status: int | None, minutes: int) -> None:
    assert keep(robots("", status), timedelta(hours=6)) == timedelta(minutes=minutes)


@pytest.mark.parametrize("delay", ["-1", "nan", "inf", "soon", "0"])
def test_a_crawl_delay_that_is_none_is_ignored(delay: str) -> None:
    rules = robots(f"User-agent: *\nCrawl-delay: {delay}")
    assert permission(rules, "https://example.org/", "newsdesk").crawl_delay is None


def test_an_absurd_crawl_delay_is_taken_for_a_day() -> None:
    rules = robots("User-agent: *\nCrawl-delay: 99999999999")
    assert permission(rules, "https://example.org/", "newsdesk").crawl_delay == timedelta(hours=24)


def test_hostile_rules_are_read_in_bounded_size() -> None:
    stars = "User-agent: *\nDisallow: /" + "*a" * 900 + "b$\n"
    rules = robots(stars * 600 + "Disallow: /" + "x" * 1_000_000)
    assert permission(rules, "https://example.org/" + "a" * 1_500, "newsdesk").allowed


def test_rules_behind_a_byte_order_mark_are_read() -> None:
    assert not permission(robots("\ufeffUser-agent: *\nDisallow: /"), "https://example.org/", "newsdesk").allowed


@pytest.mark.parametrize("status", [200, 203, 204, 301, 304])
def test_an_answer_with_what_was_asked_for_passes(status: int) -> None:
    judge_status(Reply(url="https://example.org/", status=status))


@pytest.mark.parametrize(
    ("status", "fate", "reason"),
    [
        *((404, GiveUp, "not-found"), (410, GiveUp, "gone"), (400, GiveUp, "http-4xx"), (418, GiveUp, "http-4xx")),
        *(
            (401, GiveUp, "forbidden"),
            (402, GiveUp, "forbidden"),
            (403, GiveUp, "forbidden"),
            (451, GiveUp, "forbidden"),
        ),
        *(
            (429, TryAgain, "busy"),
            (503, TryAgain, "busy"),
            (408, TryAgain, "server-error"),
            (425, TryAgain, "server-error"),
        ),
        *((500, TryAgain, "server-error"), (599, TryAgain, "server-error"), (0, TryAgain, "server-error")),
    ],
)
def test_every_other_status_has_one_fate(status: int, fate: type[Fate], reason: str) -> None:
    with pytest.raises(fate) as raised:
        judge_status(Reply(url="https://example.org/a", status=status))
    assert (raised.value.reason, raised.value.url) == (reason, "https://example.org/a")


def test_a_busy_host_is_left_alone_as_long_as_it_asks() -> None:
    reply = Reply(url="https://example.org/", status=429, headers={"retry-after": "120"})
    with pytest.raises(TryAgain) as raised:
        judge_status(reply, now=NOW)
    assert raised.value.after == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Tue, 24 Nov 2026 12:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("317100", 86_400),
        ("9" * 5000, 86_400),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(value: str, seconds: int) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "²"])
def test_a_retry_after_that_cannot_be_read_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None


def test_we_read_robots_as_the_search_engines_do() -> None:
    if not ROBOTS.exists():
        pytest.skip("shared/data not present")
    wrong, checks = [], 0
    for case in json.loads((ROBOTS / "cases.json").read_text("utf-8")):
        for check in case["checks"]:
            if not check["agent"] or case["name"].startswith("GoogleOnly_"):
                continue
            checks += 1
            try:
                allowed = permission(robots(case["robots"]), check["url"], check["agent"]).allowed
            except GiveUp:
                continue
            if allowed != check["allowed"]:
                wrong.append((case["origin"], case["name"], check))
    assert checks > 250
    assert len(wrong) <= 0.05 * checks, wrong  # the origins contradict each other in places


def test_real_robots_files_are_all_read() -> None:
    if not ROBOTS.exists():
        pytest.skip("shared/data not present")
    with gzip.open(ROBOTS / "real.jsonl.gz", "rt", encoding="utf-8") as lines:
        files = [json.loads(line) for line in lines]
    assert len(files) > 100
    for file in files:
        body = base64.b64decode(file["body_b64"]) if "body_b64" in file else file["body"].encode()
        rules = RobotsFile(status=200, body=body)
        assert permission(rules, f"https://{file['site']}/robots.txt", "newsdesk").allowed
