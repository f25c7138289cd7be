"""What a publisher reserves against machines that learn, as headers and robots.txt say it: recorded, not judged.

newsdesk finds and shows articles, which none of these forbid; whoever does more with the text finds
here what was asked of him. Each reservation is one word and where it stands: "noai (x-robots-tag)".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from protego import Protego

from workers.fetch.manners import ROBOTS_BYTES, RobotsFile, is_unreachable, permission

KEPT = 20
"""Reservations kept of one page."""
POLICY_CHARS = 500
RULES = 100
"""Usage rules read of one group of robots.txt."""

LEARNERS = (
    *("GPTBot", "ClaudeBot", "anthropic-ai", "Google-Extended", "Applebot-Extended", "CCBot", "Bytespider"),
    *("meta-externalagent", "Amazonbot", "cohere-training-data-crawler", "AI2Bot", "Diffbot", "omgilibot", "PanguBot"),
)
"""Product tokens whose operators say that they gather text for training: OpenAI, Anthropic, Google, Apple, Common
Crawl, ByteDance, Meta, Amazon, Cohere, Ai2, Diffbot, Webz.io, Huawei. Those that only search are not among them."""

USAGE = ("content-usage", "content-signal")
"""IETF aipref (train-ai=n) and Cloudflare's Content Signals (ai-train=no): the same rule in two vocabularies."""

_PREFERENCE = re.compile(r"([a-z][a-z0-9-]{0,30})\s*=\s*([a-z]{1,3})(?![\w-])")
_NAME = re.compile(r"[a-z0-9_*-]{1,60}")
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
"""Directives of X-Robots-Tag that have a colon of their own; any other word before one names an agent."""


def reserved(headers: Mapping[str, str], robots: RobotsFile | None, *, url: str, agent: str) -> tuple[str, ...]:
    """What is reserved for the page at `url`, at most `KEPT` of it, in a stable order and each once.

    `headers` are the page's own, names in lower case; `robots` is its host's robots.txt, None where
    it is not known; `agent` is our product token. Raises GiveUp("bad-url") for what is no address.
    """
    found = [*in_headers(headers, agent), *(in_robots(robots, url, agent) if robots is not None else ())]
    return tuple(dict.fromkeys(found))[:KEPT]


# --- headers


def in_headers(headers: Mapping[str, str], agent: str) -> Iterator[str]:
    """Reservations of one answer: X-Robots-Tag, TDMRep's fields, Content-Usage and Content-Signal."""
    directives = set(_directives(headers.get("x-robots-tag", ""), agent.lower()))
    yield from (f"{word} (x-robots-tag)" for word in ("noai", "noimageai") if word in directives)
    yield from _mining(headers.get("tdm-reservation", ""), headers.get("tdm-policy", ""))
    for field in USAGE:
        yield from (f"{word} ({field})" for word in _refused(headers.get(field, "")))


def _directives(value: str, agent: str) -> Iterator[str]:
    """The words for us: those before any "agent:", and those after our own."""
    ours = True
    for part in value.lower().split(","):
        scope, colon, word = (piece.strip() for piece in part.partition(":"))
        named = bool(colon) and scope not in _VALUED and _NAME.fullmatch(scope) is not None
        if named:
            ours = scope in (agent, "*")
        if ours:
            yield word if named else scope


def _mining(reservation: str, policy: str) -> Iterator[str]:
    """W3C TDMRep (final report, 2024-05-10): 1 reserves; a policy says on what terms, and means nothing without."""
    if reservation.strip() != "1":
        return
    yield "tdm-reserved (header)"
    policy = policy.strip()
    if policy.startswith(("https://", "http://")) and len(policy) <= POLICY_CHARS and policy.isprintable():
        yield f"tdm-policy={policy} (header)"


def _refused(preferences: str) -> Iterator[str]:
    """The uses a preference refuses, as written: ai-train=no, train-ai=n; what it allows is no reservation."""
    for name, answer in _PREFERENCE.findall(preferences.lower()):
        if answer in ("n", "no"):
            yield f"{name}={answer}"


# --- robots.txt


def in_robots(robots: RobotsFile, url: str, agent: str) -> Iterator[str]:
    """Reservations of a host: its usage rules for us, and whether it keeps out those that gather for training."""
    if is_unreachable(robots) or not 200 <= (robots.status or 0) < 300:
        return
    for rules in _usage_rules(robots.body, agent.lower()):
        yield from (f"{word} (robots.txt)" for word in _applying(rules, url))
    if any(not permission(robots, url, learner).allowed for learner in LEARNERS):
        yield "ai-agents (robots.txt)"


Rule = tuple[str, tuple[str, ...]]
"""A path pattern, and what is refused under it."""


@lru_cache(maxsize=32)
def _usage_rules(body: bytes, agent: str) -> tuple[tuple[Rule, ...], ...]:
    """The rules of each vocabulary in the group for `agent`, or in that for all (RFC 9309 §2.2.1)."""
    groups: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: {field: [] for field in USAGE})
    agents, naming = {"*"}, False
    for field, value in _lines(body):
        if field == "user-agent":
            agents = {*(agents if naming else ()), *_NAME.findall(value.lower())[:1]}
            for name in agents:
                _ = groups[name]  # a group without usage rules is one too
        elif field in USAGE:
            for name in agents:
                groups[name][field].append(_rule(value))
        naming = field == "user-agent"
    chosen = groups.get(agent) or groups.get("*") or {}
    return tuple(tuple(rules[:RULES]) for rules in chosen.values())


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    for line in body[:ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon and field.strip().isascii():
            yield field.strip().lower(), value.strip()


def _rule(value: str) -> Rule:
    """The IETF puts a path before the preferences, Content Signals may; without one the whole host is meant."""
    path, rest = (*value.split(None, 1), "")[:2] if value.startswith("/") else ("/", value)
    return path, tuple(_refused(rest))


def _applying(rules: Iterable[Rule], url: str) -> Iterator[str]:
    """What the rules with the longest matching path refuse, as draft-ietf-aipref-attach has it."""
    matching = [(len(path), refused) for path, refused in rules if _matches(path, url)]
    longest = max((length for length, _ in matching), default=0)
    for length, refused in matching:
        if length == longest:
            yield from refused


def _matches(path: str, url: str) -> bool:
    if path == "/":
        return True
    if "*" not in path and "$" not in path and "%" not in path:
        return urlsplit(url)._replace(scheme="", netloc="").geturl().startswith(path)
    return not Protego.parse(f"User-agent: *\nDisallow: {path}").can_fetch(url, "*")
