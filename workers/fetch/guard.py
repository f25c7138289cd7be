"""Which addresses may be asked at all: the internet, never our own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workers.address import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NEVER = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
        *("::/96", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "64:ff9b:1::/48"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
"""IANA's special-purpose registries (RFC 6890) and what `ipaddress.is_global` of Python 3.11 takes for public:
multicast, IPv4-compatible ::/96, site-local fec0::/10, 3fff::/20, 5f00::/16, 192.88.99.0/24."""

_NAT64 = ip_network("64:ff9b::/96")


def is_public(ip: str) -> bool:
    """Whether a numeric address is on the public internet, whatever it is wrapped in.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged as that one; one that
    tunnels to IPv4 (6to4, Teredo) must be public inside and outside.
    Raises ValueError when `ip` is no numeric address.
    """
    return all(_is_plainly_public(address) for address in _meant(ip))


class Guard:
    """The rules for one installation: which private networks it may ask after all, and which ports.

    `allow_networks` are meant for tests and intranets; addresses in them may be asked at any port.
    """

    def __init__(self, allow_networks: Iterable[Network] = (), ports: Iterable[int] = (80, 443)) -> None:
        self._allowed = tuple(allow_networks)
        self._ports = frozenset(ports)

    def refusal(self, url: str) -> str | None:
        """Why this URL may not be asked, as far as its text shows; None when it may."""
        try:
            split = urlsplit(url)
            port = split.port
        except ValueError as error:
            return str(error)
        if split.scheme not in DEFAULT_PORTS:
            return f"scheme {split.scheme!r}; only http and https are asked"
        if "@" in split.netloc:
            return "a user name in the address"
        if not split.hostname:
            return "no host"
        port = DEFAULT_PORTS[split.scheme] if port is None else port
        if port not in self._ports and not self._allowed:
            return f"port {port}; only {self._known_ports()} are asked"
        return None

    def refusal_of_address(self, ip: str, port: int) -> str | None:
        """Why no connection may be opened to this numeric address and port; None when it may.

        Asked at the moment of connecting, with the address the socket will get: a name that
        resolves differently the second time (DNS rebinding) gains nothing.
        """
        meant = _meant(ip)
        if all(any(address in network for network in self._allowed) for address in meant):
            return None
        if not is_public(ip):
            return f"{ip} is not a public address"
        return None if port in self._ports else f"port {port}; only {self._known_ports()} are asked"

    def _known_ports(self) -> str:
        return ", ".join(str(port) for port in sorted(self._ports))


def _is_plainly_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in NEVER)


def _meant(ip: str) -> tuple[Address, ...]:
    address = ip_address(ip.partition("%")[0])  # an IPv6 scope ("fe80::1%eth0") changes nothing here
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    inside = (address.sixtofour, *(address.teredo or ()))
    return (address, *(one for one in inside if one is not None))
