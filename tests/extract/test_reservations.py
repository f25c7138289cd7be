"""What a page reserves in its own head."""

from __future__ import annotations

import pytest

from workers.extract.reservations import METAS, POLICY_CHARS, reserved
from workers.extract.tree import parse


def of(*metas: str) -> tuple[str, ...]:
    tree = parse(f"<html><head>{''.join(metas)}</head><body><p>Text.</p></body></html>")
    assert tree is not None
    return reserved(tree)


def meta(name: str, content: str, attribute: str = "name") -> str:
    return f'<meta {attribute}="{name}" content="{content}">'


POLICY = meta("tdm-policy", "https://gazette.test/tdm.json")


@pytest.mark.parametrize(
    ("metas", "words"),
    [
        ((meta("robots", "noai, noimageai"),), ("noai (page)", "noimageai (page)")),
        ((meta("ROBOTS", " Index,NOAI "),), ("noai (page)",)),
        ((meta("robots", "index"), meta("robots", "noimageai")), ("noimageai (page)",)),
        ((meta("newsdesk", "noai"),), ("noai (page)",)),
        ((meta("X-Robots-Tag", "noai", "http-equiv"),), ("noai (page)",)),
        ((meta("googlebot", "noai"),), ()),
        ((meta("robots", "noindex, nofollow"),), ()),
        ((meta("description", "noai"),), ()),
        (("<meta name=robots>", "<meta>"), ()),
        ((), ()),
    ],
)
def test_what_the_head_says_to_all_or_to_us_is_kept(metas: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert of(*metas) == words


def test_a_mining_reservation_is_kept_with_its_policy() -> None:
    assert of(POLICY, meta("tdm-reservation", "1")) == (
        "tdm-reserved (page)",
        "tdm-policy=https://gazette.test/tdm.json (page)",
    )


@pytest.mark.parametrize("value", ["0", "", "true"])
def test_only_1_reserves_mining_and_a_policy_alone_means_nothing(value: str) -> None:
    assert of(POLICY, meta("tdm-reservation", value)) == ()


@pytest.mark.parametrize("policy", ["javascript:alert(1)", "tdm.json", "https://x.test/" + "a" * POLICY_CHARS])
def test_a_policy_that_is_no_sound_address_is_left_out(policy: str) -> None:
    assert of(meta("tdm-reservation", "1"), meta("tdm-policy", policy)) == ("tdm-reserved (page)",)


def test_of_several_policies_the_first_is_kept() -> None:
    assert of(meta("tdm-reservation", "1"), POLICY, meta("tdm-policy", "https://other.test/"))[1:] == (
        "tdm-policy=https://gazette.test/tdm.json (page)",
    )


def test_only_so_many_metas_are_looked_at() -> None:
    assert of(*["<meta name=x content=y>"] * METAS, meta("robots", "noai")) == ()
