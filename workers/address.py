"""Addresses of articles: one canonical form that loses nothing, and the id made from it."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import idna

from workers.errors import GiveUp

LONGEST = 2_048
"""Characters; longer addresses are traps or data, and most servers refuse them."""

TRACKING_PREFIXES = ("utm_", "at_", "mtm_", "pk_", "hsa_", "sc_cmp", "wt_zmc", "wt_mc")
"""utm_ Google Analytics; at_ Piano (BBC, France); mtm_, pk_ Matomo; hsa_ HubSpot ads; sc_cmp Snapchat; wt_ Webtrekk."""

TRACKING = frozenset(
    {
        *("fbclid", "igshid", "igsh"),  # Meta
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl"),  # Google
        *("msclkid", "ocid"),  # Microsoft
        *("yclid", "ysclid", "twclid", "ttclid", "li_fat_id", "rdt_cid", "epik"),  # Yandex, X, TikTok, LinkedIn…
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "vero_id", "oly_enc_id", "s_cid"),  # mailings
        *("ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee"),  # comScore
        *("xtor", "smid", "cmpid", "CMP", "ito", "traffic_source"),  # AT Internet, NYT, Bloomberg, Guardian, Mail, AJ
        *("guccounter", "guce_referrer", "guce_referrer_sig"),  # Yahoo's consent detour
    }
)
"""Parameters known to say only where a click came from; anything not known is kept, for it may choose the page."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_STRIPPED = re.compile(r"[\t\r\n]")  # WHATWG URL §4.4: removed wherever they stand
_EDGES = "".join(chr(code) for code in range(0x21))
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|%|[^%]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT_IN_PATH = _UNRESERVED | frozenset("/:@!$&'()*+,;=")
_KEPT_IN_QUERY = _KEPT_IN_PATH | frozenset("?")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_-])?")
_HOME = re.compile(r"/(index\.\w{2,5}|home/?)?$", re.IGNORECASE)
_TWIN_HOST = re.compile(r"^(?:(?:www\d?|m|mobile|amp|touch|wap)\.)+(?=[^.]+\.)")
_TWIN_PATH = re.compile(
    r"(?:/index\.(?:html?|php|aspx?)|/amp/?|[.;_]amp(?=\.html?$)|[.;_]amp$|/)?(?P<kind>\.html?)?$", re.IGNORECASE
)
_TWIN_PARAMETER = re.compile(
    r"(?:(?:output(?:type)?|view|mode|m|platform)=)?(?:amp|mobile)(?:=(?:1|true|yes)?)?$", re.IGNORECASE
)


class _Parts(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str
    query: str


def canonical(url: str) -> str:
    """The one form of an article's address, from which its id is made.

    Scheme and host in lower case, host in IDNA, no default port, no fragment, dot segments resolved,
    percent-encoding normalised (RFC 3986 §6.2), known tracking parameters dropped. Order and case of
    all else are kept. Raises GiveUp("bad-url") when it is not an http(s) address.
    """
    parts = _take_apart(url)
    kept = [pair for pair in parts.query.split("&") if not _is_tracking(pair)]
    return _put_together(parts._replace(query="&".join(kept)))


def wire(url: str) -> str:
    """The address as it is asked for: as `canonical`, but with every parameter. Raises GiveUp("bad-url")."""
    return _put_together(_take_apart(url))


def host(url: str) -> str:
    """The host whose turn a request takes, in lower case and IDNA. Raises GiveUp("bad-url")."""
    return _take_apart(url).host


def article_id(url: str) -> str:
    """The article's id: the first 24 hexadecimal digits of SHA-256 of its canonical address."""
    return digest(canonical(url))


def digest(canonical_url: str) -> str:
    """The id of what is in its canonical form already."""
    return hashlib.sha256(canonical_url.encode("utf-8", "replace")).hexdigest()[:24]


def match_key(url: str) -> str:
    """What the twins of one page have in common: its address without scheme, www., mobile and AMP forms.

    "www.example.org/a/", "m.example.org/a" and "example.org/amp/a" give "example.org/a"; order of parameters does not
    count. It never names an article: two pages that share it are one only where their texts say so too.
    Raises GiveUp("bad-url").
    """
    parts = _take_apart(url)
    kept = [p for p in parts.query.split("&") if p and not _is_tracking(p) and not _TWIN_PARAMETER.match(p)]
    name = _TWIN_HOST.sub("", parts.host) + (f":{parts.port}" if parts.port else "")
    path = _TWIN_PATH.sub(r"\g<kind>", parts.path.replace("/amp/", "/", 1), count=1)
    return f"{name}{path}" + ("?" + "&".join(sorted(kept)) if kept else "")


def same_site(one: str, other: str) -> bool:
    """Whether two hosts belong to one publisher, as far as names tell: one domain under a registry's suffix.

    "co.uk" and the like are taken for suffixes by their shape: a country's two letters behind three or fewer.
    """
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    if one == other or _is_number(one):
        return one == other
    labels = one.split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3 else 2
    return labels[-size:] == other.split(".")[-size:]


def sane_canonical(candidate: str, page_url: str) -> str | None:
    """The address a page's rel=canonical names, or None where it cannot be the page's own.

    Believed only on http(s), on the same site, and not when it names the home page of a page
    that is not (a common template mistake, which would merge a whole site into one article).
    """
    try:
        named, page = canonical(urljoin(wire(page_url), candidate.strip())), canonical(page_url)
    except (GiveUp, ValueError):
        return None
    if not same_site(host(named), host(page)):
        return None
    return None if _is_home(named) and not _is_home(page) else named


@lru_cache(maxsize=2_000)  # one poll asks for its parts half a dozen times
def _take_apart(url: str) -> _Parts:
    if len(url) > 4 * LONGEST:
        raise GiveUp("bad-url", f"{len(url)} characters long", url=url[:200])
    split = _split(url)
    if split.scheme not in DEFAULT_PORTS:
        raise GiveUp("bad-url", f"{split.scheme or 'no'} scheme; http or https is needed", url=url)
    if "@" in split.netloc:
        raise GiveUp("bad-url", "a user name in the address", url=url)
    port = None if split.port == DEFAULT_PORTS[split.scheme] else split.port
    parts = _Parts(
        split.scheme, _host(split.hostname or "", url), port, _path(split.path), _escape(split.query, _KEPT_IN_QUERY)
    )
    if len(_put_together(parts)) > LONGEST:
        raise GiveUp("bad-url", f"longer than {LONGEST} characters", url=url[:200])
    return parts


def _split(url: str) -> SplitResult:
    text = _STRIPPED.sub("", url).strip(_EDGES)
    head, mark, tail = re.match(r"([^?#]*)([?#]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr] # it matches any text
    try:
        split = urlsplit(head.replace("\\", "/") + mark + tail)
        _ = split.port  # read here, for it is where urllib finds a port that is no number
    except ValueError as error:
        raise GiveUp("bad-url", str(error), url=url) from error
    return split


def _host(raw: str, url: str) -> str:
    if ":" in raw:
        try:
            return f"[{IPv6Address(raw).compressed}]"
        except ValueError as error:
            raise GiveUp("bad-url", f"not an IPv6 address: {raw}", url=url) from error
    name = raw.rstrip(".").lower()
    if not name.isascii():
        name = _in_idna(name, url)
    if not _HOST.fullmatch(name) or len(name) > 253 or ".." in name:
        raise GiveUp("bad-url", f"not a host name: {raw[:80]!r}", url=url)
    return name


def _in_idna(name: str, url: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode().rstrip(".")
    except (idna.IDNAError, UnicodeError, ValueError) as error:
        raise GiveUp("bad-url", f"not a host name: {name[:80]!r}: {error}", url=url) from error


def _path(raw: str) -> str:
    kept: list[str] = []
    segments = _escape(raw, _KEPT_IN_PATH).split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _escape(text: str, kept: frozenset[str]) -> str:
    return _ESCAPE.sub(lambda found: _escaped(found.group(), kept), text)


def _escaped(piece: str, kept: frozenset[str]) -> str:
    if len(piece) == 3:
        plain = chr(int(piece[1:], 16))
        return plain if plain in _UNRESERVED else piece.upper()
    if piece in kept:
        return piece
    return "".join(f"%{byte:02X}" for byte in piece.encode("utf-8", "replace"))


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return name in TRACKING or name.lower().startswith(TRACKING_PREFIXES)


def _put_together(parts: _Parts) -> str:
    netloc = parts.host if parts.port is None else f"{parts.host}:{parts.port}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def _is_number(name: str) -> bool:
    return name.startswith("[") or name.rpartition(".")[2].isdigit()


def _is_home(url: str) -> bool:
    split = urlsplit(url)
    return not split.query and bool(_HOME.match(split.path))
