"""What headers and robots.txt reserve."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.fetch.manners import RobotsFile
from workers.fetch.reservations import KEPT, POLICY_CHARS, reserved

URL = "https://gazette.test/news/harbour?page=1"
ROBOTS = Path(__file__).parents[2].parent / "shared" / "data" / "robots"


def of_headers(**headers: str) -> tuple[str, ...]:
    return reserved({name.replace("_", "-"): value for name, value in headers.items()}, None, url=URL, agent="newsdesk")


def of_robots(text: str, url: str = URL, status: int | None = 200) -> tuple[str, ...]:
    return reserved({}, RobotsFile(status=status, body=text.encode()), url=url, agent="newsdesk")


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("noai, noimageai", ("noai", "noimageai")),
        ("NOAI", ("noai",)),
        ("index, follow,noimageai", ("noimageai",)),
        ("newsdesk: noindex, noai", ("noai",)),
        ("Newsdesk: noai", ("noai",)),
        ("*: noai", ("noai",)),
        ("otherbot: noai", ()),
        ("otherbot: nofollow, noai, newsdesk: noimageai", ("noimageai",)),
        ("noai, otherbot: noimageai", ("noai",)),
        ("max-snippet: 20, noai", ("noai",)),
        ("unavailable_after: Fri, 25 Jun 2027 15:00:00 PST, noai", ("noai",)),
        ("noindex, none, noarchive", ()),
        ("noaircraft", ()),
        ("", ()),
    ],
)
def test_a_robots_tag_reserves_what_it_says_to_all_or_to_us(tag: str, words: tuple[str, ...]) -> None:
    assert of_headers(x_robots_tag=tag) == tuple(f"{word} (x-robots-tag)" for word in words)


def test_a_mining_reservation_is_kept_with_its_policy() -> None:
    assert of_headers(tdm_reservation="1", tdm_policy="https://gazette.test/tdm.json") == (
        "tdm-reserved (header)",
        "tdm-policy=https://gazette.test/tdm.json (header)",
    )


@pytest.mark.parametrize("value", ["0", "", "yes", "2", "11"])
def test_only_1_reserves_mining_and_a_policy_alone_means_nothing(value: str) -> None:
    assert of_headers(tdm_reservation=value, tdm_policy="https://gazette.test/tdm.json") == ()


@pytest.mark.parametrize(
    "policy", ["javascript:alert(1)", "/tdm.json", "https://x.test/\x00", "https://x.test/" + "a" * POLICY_CHARS]
)
def test_a_policy_that_is_no_sound_address_is_left_out(policy: str) -> None:
    assert of_headers(tdm_reservation="1", tdm_policy=policy) == ("tdm-reserved (header)",)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("content-usage", "train-ai=n", ("train-ai=n",)),
        ("content-usage", "search=y, train-ai=n;exceptions, foo", ("train-ai=n",)),
        ("content-signal", "search=yes,ai-train=no,ai-input=no", ("ai-train=no", "ai-input=no")),
        ("content-signal", "AI-Train=NO", ("ai-train=no",)),
        ("content-signal", "ai-train=yes", ()),
        ("content-signal", "ai-train=nonsense", ()),
        ("content-usage", "=n, ;;; train-ai=", ()),
    ],
)
def test_usage_preferences_are_kept_where_they_refuse(field: str, value: str, words: tuple[str, ...]) -> None:
    assert reserved({field: value}, None, url=URL, agent="newsdesk") == tuple(f"{word} ({field})" for word in words)


@pytest.mark.parametrize(
    ("robots", "words"),
    [
        ("User-agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /", ("ai-train=no",)),
        ("user-agent: *\ncontent-signal : ai-train=no # why", ("ai-train=no",)),
        ("Content-Signal: ai-train=no", ("ai-train=no",)),
        ("User-agent: *\nContent-Usage: / train-ai=n", ("train-ai=n",)),
        ("User-agent: *\nContent-Usage: train-ai=n", ("train-ai=n",)),
        ("User-agent: *\nContent-Usage: /\ttrain-ai=n", ("train-ai=n",)),
        ("User-agent: *\nContent-Usage: / train-ai=n\nContent-Usage: /news/ train-ai=y", ()),
        ("User-agent: *\nContent-Usage: / train-ai=y\nContent-Usage: /news/ train-ai=n", ("train-ai=n",)),
        ("User-agent: *\nContent-Usage: /sport train-ai=n", ()),
        ("User-agent: *\nContent-Usage: /*page= train-ai=n", ("train-ai=n",)),
        ("User-agent: *\nContent-Usage: /*.pdf$ train-ai=n", ()),
        ("User-agent: otherbot\nContent-Signal: ai-train=no", ()),
        ("User-agent: otherbot\nUser-agent: newsdesk\nContent-Signal: ai-train=no", ("ai-train=no",)),
        ("User-agent: *\nContent-Signal: ai-train=no\n\nUser-agent: newsdesk\nAllow: /", ()),
        ("User-agent: *\nContent-Signal: ai-train=no\nUser-agent: newsdesk\nContent-Signal: search=no", ("search=no",)),
        ("\ufeffUser-agent: *\nContent-Signal: ai-train=no", ("ai-train=no",)),
        ("# Content-Signal: ai-train=no", ()),
        ("", ()),
    ],
)
def test_usage_rules_of_robots_txt_hold_for_their_agent_and_path(robots: str, words: tuple[str, ...]) -> None:
    assert of_robots(robots) == tuple(f"{word} (robots.txt)" for word in words)


@pytest.mark.parametrize(
    ("robots", "kept_out"),
    [
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /", True),
        ("User-agent: google-extended\nDisallow: /news/", True),
        ("User-agent: GPTBot\nDisallow: /account", False),
        ("User-agent: GPTBot\nDisallow:", False),
        ("User-agent: Googlebot\nDisallow: /", False),
        ("User-agent: newsdesk\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
    ],
)
def test_a_page_kept_from_those_that_train_is_marked(robots: str, kept_out: bool) -> None:
    assert of_robots(robots) == (("ai-agents (robots.txt)",) if kept_out else ())


@pytest.mark.parametrize("status", [None, 404, 429, 503])
def test_a_robots_txt_that_was_not_had_reserves_nothing(status: int | None) -> None:
    assert of_robots("User-agent: *\nContent-Signal: ai-train=no", status=status) == ()


def test_headers_come_before_robots_txt_and_each_word_once() -> None:
    robots = RobotsFile(status=200, body=b"Content-Signal: ai-train=no\nContent-Signal: ai-train=no")
    headers = {"x-robots-tag": "noai, noai", "content-signal": "ai-train=no"}
    assert reserved(headers, robots, url=URL, agent="newsdesk") == (
        "noai (x-robots-tag)",
        "ai-train=no (content-signal)",
        "ai-train=no (robots.txt)",
    )


def test_a_publisher_cannot_fill_the_index_with_reservations() -> None:
    many = ", ".join(f"use-{letter}{other}=no" for letter in "abcdef" for other in "abcdef")
    kept = of_headers(content_signal=many)
    assert len(kept) == KEPT
    hostile = "User-agent: *\n" + "".join(f"Content-Usage: /{'*a' * 500}{i} train-ai=n\n" for i in range(400))
    assert of_robots(hostile, "https://gazette.test/" + "a" * 1_500) == ()


@given(st.text(max_size=80), st.text(alphabet="User-agent:*\nContent-Usage/ %$ai=n", max_size=200))
def test_no_header_and_no_robots_txt_is_an_error(header: str, text: str) -> None:
    headers = dict.fromkeys(("x-robots-tag", "content-usage", "content-signal", "tdm-reservation"), header)
    rules = RobotsFile(status=200, body=f"{text}\nContent-Usage: {header} ai=n".encode("utf-8", "replace"))
    assert len(reserved(headers, rules, url=URL, agent="newsdesk")) <= KEPT


def test_real_robots_files_are_all_read() -> None:
    if not ROBOTS.exists():
        pytest.skip("shared/data not present")
    with gzip.open(ROBOTS / "real.jsonl.gz", "rt", encoding="utf-8") as lines:
        files = [json.loads(line) for line in lines]
    assert len(files) > 100
    marked = 0
    for file in files:
        body = base64.b64decode(file["body_b64"]) if "body_b64" in file else file["body"].encode()
        found = reserved({}, RobotsFile(status=200, body=body), url=f"https://{file['site']}/", agent="newsdesk")
        assert set(found) <= {"ai-agents (robots.txt)"}
        marked += bool(found)
    assert 0 < marked < len(files) / 4
