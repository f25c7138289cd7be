"""Common damage to XML, undone without touching the rest."""

from __future__ import annotations

import pytest

from workers.poll.mending import mended


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        (b"<rss>Fish & chips &amp; peas</rss>", b"<rss>Fish &amp; chips &amp; peas</rss>"),
        (b"<rss>caf&eacute;&nbsp;</rss>", b"<rss>caf&#233;&#160;</rss>"),
        (b"<rss>a&colon;b &#12; &#x41;</rss>", b"<rss>a&amp;colon;b  &#x41;</rss>"),
        (b"<rss>?a=1&b=2&;</rss>", b"<rss>?a=1&amp;b=2&amp;;</rss>"),
        (b"<rss><![CDATA[a & b]]> & c</rss>", b"<rss><![CDATA[a & b]]> &amp; c</rss>"),
        (b"<rss></rss><script src='x'></script>", b"<rss></rss>"),
        (b"<feed></feed>\n<!-- 12 ms -->", b"<feed></feed>"),
        (b"<rss>a\x0b\x00b</rss>", b"<rss>ab</rss>"),
    ],
)
def test_damage_is_undone(damaged: bytes, whole: bytes) -> None:
    assert mended(damaged) == whole


@pytest.mark.parametrize(
    "body",
    [b"<rss><item></rss>", b"<rss><![CDATA[cut & gone", b"", b"<rss>&amp;</rss>", b"<rss></rss><item>a</item>"],
)
def test_other_damage_is_left_to_a_parser_that_forgives(body: bytes) -> None:
    assert mended(body) is None
