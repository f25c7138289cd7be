"""What is asked of hubs, and what their answers mean."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.model import Reply
from workers.poll.websub import (
    LEASE,
    Announced,
    Subscription,
    announced,
    carries,
    is_live,
    is_signed,
    missed,
    plan,
    refusal,
    request_form,
    verification,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://gazette.test/feed.xml"
HUB, OTHER = Announced("https://hub.test/", URL), Announced("https://other.test/", URL)


def subscription(**parts: Any) -> Subscription:
    values = {"feed": "Gazette", "hub": HUB.hub, "topic": URL, "callback": "c1", "secret": "s1", "asked": NOW}
    return Subscription(**{**values, **parts})


def verified(lease: timedelta = LEASE, **parts: Any) -> Subscription:
    return subscription(state="verified", unanswered=0, began=NOW, ends=NOW + lease, **parts)


# --- what a publisher announces


@pytest.mark.parametrize(
    ("link", "hub", "topic", "found"),
    [
        ("", "https://hub.test/", URL, HUB),
        ("", "https://hub.test/", None, HUB),
        ("", None, URL, None),
        (f'<https://hub.test/>; rel="hub", <{URL}>; rel="self"', None, None, HUB),
        (f"<https://hub.test/>;rel=hub,<{URL}>;rel=self", None, None, HUB),
        ('<https://hub.test/>; rel="hub"', "https://other.test/", "https://gazette.test/b", ("https://hub.test/", "b")),
        ('</feed/a,b>; rel="self", <//hub.test/>; rel="hub"', None, None, ("https://hub.test/", "feed/a,b")),
        ('<https://hub.test/>; title="a, b"; rel="next hub"', None, None, HUB),
        ('<https://hub.test/>; rev="hub"', None, None, None),
        ('<https://gazette.test/wp-json/>; rel="https://api.w.org/"', "https://hub.test/", None, HUB),
        ('<http://first.test/>; rel="hub", <https://hub.test/>; rel="hub"', None, None, HUB),
        ("", "http://pubsubhubbub.appspot.com/", None, ("https://pubsubhubbub.appspot.com/", "feed.xml")),
        (
            "",
            "http://pubsubhubbub.appspot.com.evil.test/",
            None,
            ("http://pubsubhubbub.appspot.com.evil.test/", "feed.xml"),
        ),
        ('<ftp://first.test/>; rel="hub", <http://hub.test/>; rel="hub"', None, None, ("http://hub.test/", "feed.xml")),
        ('<javascript:alert(1)>; rel="hub"', None, None, None),
        ('<https://[half/>; rel="hub"', None, None, None),
        ('<http:///nohost>; rel="hub"', None, None, None),
        ("<https://hub.test/" + "a" * 3_000 + '>; rel="hub"', None, None, None),
        ('<https://hub.test/>; rel="unclosed', None, None, None),
        ("<" * 20_000, None, None, None),
        ('<a>"' * 10_000, None, None, None),
    ],
)
def test_the_hub_of_a_feed_is_the_first_that_can_be_asked(
    link: str, hub: str | None, topic: str | None, found: tuple[str, str] | None
) -> None:
    expected = found and (found[0], found[1] if "://" in found[1] else f"https://gazette.test/{found[1]}")
    assert announced({"link": link}, hub, topic, URL) == expected


@given(st.text(alphabet='<>;,="/:[]%\x00é rel hub', max_size=80), st.text(max_size=40), st.text(max_size=40))
def test_no_announcement_is_an_error(link: str, hub: str, topic: str) -> None:
    found = announced({"link": link}, hub, topic, URL)
    assert found is None or found.hub.startswith(("http://", "https://"))


def test_links_of_a_document_may_be_relative() -> None:
    assert announced({}, "/hub", "feed.xml", URL) == ("https://gazette.test/hub", URL)


# --- what is asked of the hub


DENIED = subscription(state="denied", unanswered=0)
RENEWAL = LEASE * 2 / 3


@pytest.mark.parametrize(
    ("current", "wanted", "after", "asks"),
    [
        (None, HUB, 0 * HOUR, "anew"),
        (None, None, 0 * HOUR, ""),
        (subscription(), None, 2 * DAY, ""),
        (subscription(), HUB, 0.9 * HOUR, ""),
        (subscription(), HUB, HOUR, "again"),
        (subscription(unanswered=3), HUB, 3.9 * HOUR, ""),
        (subscription(unanswered=3), HUB, 4 * HOUR, "again"),
        (subscription(unanswered=1_000), HUB, 23.9 * HOUR, ""),
        (subscription(unanswered=1_000), HUB, DAY, "again"),
        (DENIED, HUB, 23.9 * HOUR, ""),
        (DENIED, HUB, DAY, "again"),
        (verified(), HUB, RENEWAL - HOUR, ""),
        (verified(), HUB, RENEWAL, "again"),
        (verified(), HUB, LEASE + DAY, "again"),
        (verified(timedelta(minutes=1)), HUB, timedelta(minutes=50), ""),
        (verified(timedelta(minutes=1)), HUB, HOUR, "again"),
        (replace(verified(), asked=NOW + RENEWAL, unanswered=1), HUB, RENEWAL + 0.9 * HOUR, ""),
        (replace(verified(), asked=NOW + RENEWAL, unanswered=1), HUB, RENEWAL + HOUR, "again"),
        (verified(), OTHER, 0.9 * HOUR, ""),
        (verified(), OTHER, HOUR, "anew"),
        (verified(), Announced(HUB.hub, "https://gazette.test/new"), HOUR, "anew"),
        (DENIED, OTHER, HOUR, ""),
    ],
)
def test_a_hub_is_asked_when_it_is_time_and_no_sooner(
    current: Subscription | None, wanted: Announced | None, after: timedelta, asks: Literal["", "again", "anew"]
) -> None:
    asked = plan("Gazette", current, wanted, NOW + after)
    if not asks:
        assert asked is None
        return
    assert asked is not None
    assert asked.asked == NOW + after
    assert (asked.hub, asked.topic) == wanted
    kept = current is not None and (asked.callback, asked.secret) == (current.callback, current.secret)
    assert kept == (asks == "again")


def test_a_new_subscription_has_a_callback_and_a_secret_nobody_can_guess() -> None:
    one, other = (plan("Gazette", None, HUB, NOW) for _ in range(2))
    assert one is not None
    assert other is not None
    assert len({one.callback, one.secret, other.callback, other.secret}) == 4
    assert all(re.fullmatch(r"[\w-]{40,100}", drawn) for drawn in (one.callback, one.secret))


def test_a_renewal_leaves_the_lease_as_it_is_until_the_hub_agrees() -> None:
    later = NOW + RENEWAL
    renewed = plan("Gazette", verified(delivered=NOW), HUB, later)
    assert renewed is not None
    assert is_live(renewed, later)
    assert carries(renewed, later)


def test_the_request_is_the_form_of_the_recommendation() -> None:
    form = request_form(subscription(topic=URL + "?a=b&c=ü"), "https://news.example.org")
    assert parse_qs(form.decode("ascii"), strict_parsing=True) == {
        "hub.mode": ["subscribe"],
        "hub.topic": [URL + "?a=b&c=ü"],
        "hub.callback": ["https://news.example.org/hub/c1"],
        "hub.lease_seconds": ["864000"],
        "hub.secret": ["s1"],
    }


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (202, b"", None),
        (204, b"", None),
        (400, b"no such\n topic", "status 400: no such topic"),
        (307, b"", "status 307"),
        (503, b"\xff" * 4_000, "status 503: " + "\ufffd" * 200),
    ],
)
def test_a_hub_that_does_not_take_the_request_is_quoted_briefly(status: int, body: bytes, words: str | None) -> None:
    assert refusal(Reply(url=HUB.hub, status=status, body=body)) == words


# --- what the hub says


def said(**parts: str) -> dict[str, str]:
    values = {"mode": "subscribe", "topic": URL, "challenge": "x1", "lease_seconds": "864000", **parts}
    return {f"hub.{name}": value for name, value in values.items()}


@pytest.mark.parametrize(
    "question",
    [
        said(mode="unsubscribe"),
        said(mode="publish"),
        said(topic="https://gazette.test/other"),
        said(topic=""),
        said(challenge=""),
        said(challenge="x" * 2_001),
        said(mode="denied", topic="https://gazette.test/other"),
        {},
    ],
)
def test_what_we_did_not_ask_we_do_not_agree_to(question: dict[str, str]) -> None:
    assert verification(subscription(), question, NOW) is None


@pytest.mark.parametrize("before", [subscription(), verified(), replace(verified(), ends=NOW - HOUR)])
def test_the_challenge_of_a_hub_we_asked_is_echoed_and_its_lease_begins(before: Subscription) -> None:
    later = NOW + HOUR
    answer = verification(before, said(lease_seconds="7200"), later)
    assert answer is not None
    after, challenge = answer
    assert challenge == "x1"
    assert (after.state, after.unanswered, after.began, after.ends) == ("verified", 0, later, later + 2 * HOUR)


def test_a_topic_that_comes_back_decoded_is_the_same_topic() -> None:
    asked = subscription(topic="https://gazette.test/%7Efeed?q=caf%C3%A9")
    assert verification(asked, said(topic="https://gazette.test/~feed?q=café"), NOW)


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("60", timedelta(minutes=1)),
        ("2592000", 30 * DAY),
        ("99999999999999999999", 30 * DAY),
        ("0", DAY),
        ("-5", DAY),
        ("soon", DAY),
        ("²", DAY),
        ("", DAY),
    ],
)
def test_a_lease_is_what_the_hub_says_within_reason(seconds: str, lease: timedelta) -> None:
    answer = verification(subscription(), said(lease_seconds=seconds), NOW)
    assert answer is not None
    assert answer[0].ends == NOW + lease


def test_a_denial_ends_the_subscription_until_it_is_asked_for_again() -> None:
    answer = verification(verified(delivered=NOW), {"hub.mode": "denied", "hub.topic": URL}, NOW)
    assert answer is not None
    denied = answer[0]
    assert denied.state == "denied"
    assert not is_live(denied, NOW)
    assert verification(denied, said(), NOW) is None
    again = plan("Gazette", denied, HUB, NOW + DAY)
    assert again is not None
    assert verification(again, said(), NOW + DAY)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_holds_for_its_body_and_secret_alone(method: str) -> None:
    signature = signed("s1", b"<rss/>", method)
    assert is_signed("s1", signature, b"<rss/>")
    assert is_signed("s1", signature.upper(), b"<rss/>")
    assert not is_signed("s1", signature, b"<rss />")
    assert not is_signed("s2", signature, b"<rss/>")


@pytest.mark.parametrize(
    "signature",
    [None, "", "sha256", "sha256=", "sha256=é", "md5=" + hmac.new(b"s1", b"", hashlib.md5).hexdigest(), "new=00"],
)
def test_what_is_no_signature_signs_nothing(signature: str | None) -> None:
    assert not is_signed("s1", signature, b"")


def signed(secret: str, body: bytes, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


# --- how far the hub can be relied upon


@pytest.mark.parametrize(
    ("found", "live", "carried"),
    [
        (None, False, False),
        (subscription(), False, False),
        (verified(), True, False),
        (verified(delivered=NOW), True, True),
        (missed(verified(delivered=NOW)), True, False),
        (replace(verified(delivered=NOW), ends=NOW + HOUR), False, False),
        (replace(DENIED, delivered=NOW), False, False),
    ],
)
def test_a_hub_is_relied_upon_once_it_brought_something_and_while_its_lease_lasts(
    found: Subscription | None, live: bool, carried: bool
) -> None:
    assert is_live(found, NOW + HOUR) == live
    assert carries(found, NOW + HOUR) == carried


@pytest.mark.parametrize("found", [subscription(), verified(delivered=NOW), DENIED])
def test_a_subscription_survives_being_kept(found: Subscription) -> None:
    assert Subscription.from_dict(found.to_dict()) == found
