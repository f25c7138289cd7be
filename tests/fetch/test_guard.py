"""Which addresses are public, and which URLs may be asked."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.fetch.guard import Guard, is_public

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7"),
    *("203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
    *("2001:0:7f00:1::", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "fc00::1", "fd12:3456::1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "151.101.1.164",
    "2606:4700::1111",
    "2a00:1450::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_no_special_purpose_address_is_public_however_it_is_wrapped(ip: str) -> None:
    assert not is_public(ip)
    assert Guard().refusal_of_address(ip, 443)


@pytest.mark.parametrize("ip", PUBLIC)
def test_the_internet_may_be_asked(ip: str) -> None:
    assert is_public(ip)
    assert Guard().refusal_of_address(ip, 443) is None


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_private_address_stays_private_in_every_wrapping(address: object) -> None:
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert not is_public(wrapped)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://example.org/", "ftp"),
        ("file:///etc/passwd", "file"),
        ("gopher://example.org/", "gopher"),
        ("http://user@example.org/", "user name"),
        ("http://example.org:22/", "port 22"),
        ("https://example.org:6379/", "port 6379"),
        ("http://example.org:port/", "port"),
        ("http:///path", "no host"),
    ],
)
def test_a_refusal_names_what_is_wrong(url: str, word: str) -> None:
    assert word in (Guard().refusal(url) or "")


@pytest.mark.parametrize("url", ["http://example.org/", "https://example.org:443/", "http://example.org:80/a"])
def test_ordinary_urls_are_not_refused(url: str) -> None:
    assert Guard().refusal(url) is None


def test_an_allowed_network_may_be_asked_at_any_port_and_no_other_may() -> None:
    guard = Guard([ip_network("127.0.0.0/8")], (80, 443))
    assert guard.refusal("http://127.0.0.1:8000/") is None
    assert guard.refusal_of_address("127.0.0.1", 8000) is None
    assert guard.refusal_of_address("::ffff:127.0.0.1", 8000) is None
    assert guard.refusal_of_address("10.0.0.1", 80)
    assert guard.refusal_of_address("8.8.8.8", 8000) == "port 8000; only 80, 443 are asked"
