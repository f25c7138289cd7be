"""The article's pictures, caption and credit apart, the lead picture first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from workers.extract import structured
from workers.extract.agencies import agency
from workers.extract.head import Head
from workers.extract.outline import OUTSIDE, Spot
from workers.extract.wording import key, tidy
from workers.model import Image

IMAGES = 50
CAPTION_CHARS = 2_000
SMALL = 100
"""Pixels; a picture stated to be narrower is an icon or a portrait beside the byline."""
_CREDIT_CLASS = re.compile(
    r"(?:credit|copyright|photographer|attribution|byline|source|quelle|fotograf|urheber|rights|agency|crédit|author)",
    re.IGNORECASE,
)
_CAPTION_CLASS = re.compile(r"caption|legend|bildunterschrift|bildtext|pie-?de-?foto", re.IGNORECASE)
_NOT_ARTICLE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|teaser\w*|promo\w*|sidebar|comments?|avatar|author\w*|newsletter|logo|share|social|"
    r"most-?read|more-?(?:news|stories)|outbrain|taboola|advert\w*|banner|nav)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:^|(?<=[\s.!?»”\"(\[|–—-]))(?:photo(?:graph)?(?:\s+by|\s+credit)?|foto|image(?:\s+credit)?|bild|picture|credits?|crédits?|"
    r"photographie|source|quelle|fuente|fonte|фото|источник|写真|摄|图|الصورة|©|\(c\))\s*[:：©/]\s*(?P<credit>[^\n]{2,120})$",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"\s*(?P<credit>(?:©|\(c\)|copyright)\s*[^\n.]{2,100})\.?$", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*[(\[](?P<credit>[^()\[\]]{2,100})[)\]]\.?$")
_SLASHED = re.compile(r"(?:(?<=[.!?»”\"])\s+|^)(?P<credit>[^.!?\n/]{0,60}(?:/[^.!?\n/]{2,40}){1,3})$")
_WEB_TAIL = re.compile(r"(?<=[.!?»”\"])\s+(?P<credit>[A-ZА-Я][\w-]{1,30}\.(?:com|org|net|ru|de|fr|info|eu|gov|int))$")


def read_pictures(spots: Sequence[Spot], head: Head, announced: str | None) -> tuple[Image, ...]:
    """The lead picture (og:image, matched to its figure), then the article's figures in order.

    `spots` are the figures with their place in the text; those that stand outside the article and after its
    beginning are other articles' teasers. `announced` is the feed's picture, used when the page names none.
    """
    figures = [image for spot in spots if _belongs(spot) and (image := _figure(spot.element, head.url))]
    lead = _lead(head, announced)
    if lead is None:
        return _once(figures)
    same = next((image for image in figures if _same(image.url, lead.url)), None)
    first = figures[0] if figures and spots[0].before == 0 else None
    captioned = same or (first if first and first.caption and lead.caption is None else None)
    if captioned is not None:
        lead = Image(url=lead.url, caption=captioned.caption or lead.caption, credit=captioned.credit or lead.credit)
        figures = [image for image in figures if image is not captioned]
    return _once([lead, *figures])


def caption_keys(tree: HtmlElement) -> frozenset[str]:
    """Keys of every caption and its lines: text that belongs to pictures wherever it stands."""
    texts: list[str] = []
    for element in tree.iter("figcaption"):
        texts.append(" ".join(element.itertext()))
        texts.extend(" ".join(child.itertext()) for child in element)
    return frozenset(name for text in texts if len(name := key(text[:CAPTION_CHARS])) > 3)


def split_caption(text: str, marked: str | None = None) -> tuple[str | None, str | None]:
    """A caption as printed → (caption, credit).

    `marked` is the part of it that the page sets apart as credit (an element of that name, or a bold tail). Else
    the end of the text is read: "Photo: X", "© X", "(AP Photo/X)", "X / Agency", "Kremlin.ru".
    """
    if marked and text.endswith(marked):
        return _nothing_to_none(text[: -len(marked)]), _bare_credit(marked)
    for pattern, believed in _ENDS:
        if (found := pattern.search(text)) and believed(found["credit"]):
            return _nothing_to_none(text[: found.start()]), _bare_credit(found["credit"])
    return (None, text) if agency(text) else (_nothing_to_none(text), None)


def _belongs(spot: Spot) -> bool:
    if not spot.inside and spot.before > 0:
        return False
    for around in (spot.element, *spot.element.iterancestors()):
        if around.tag in OUTSIDE:
            return False
        label = f"{around.get('class') or ''} {around.get('id') or ''}"
        if around.tag not in ("body", "html", "main", "article") and len(label) < 300 and _NOT_ARTICLE.search(label):
            return False
    return True


def _figure(element: HtmlElement, base: str) -> Image | None:
    picture = next(element.iter("img", "amp-img"), None)
    address = _address(picture, base) if picture is not None else None
    if picture is None or address is None or _stated_width(picture) < SMALL:
        return None
    caption, credit = _caption(element)
    return Image(url=address, caption=caption, credit=credit)


def _caption(figure: HtmlElement) -> tuple[str | None, str | None]:
    holder = next(figure.iter("figcaption"), None)
    if holder is None:
        holder = next((e for e in figure.iter("div", "p", "span") if _CAPTION_CLASS.search(e.get("class") or "")), None)
    if holder is None:
        return None, _credit_in(figure)
    text = tidy(" ".join(holder.itertext()))[:CAPTION_CHARS]
    credit = _credit_in(holder)
    caption, found = split_caption(text, credit)
    return caption, found or (_bare_credit(credit) if credit else _credit_in(figure))


def _credit_in(holder: HtmlElement) -> str | None:
    """The part a page sets apart as credit: an element so named, else a bold or italic tail."""
    for element in holder.iterdescendants():
        label = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        if element.tag in ("cite", "small") or (len(label) < 200 and _CREDIT_CLASS.search(label)):
            text = tidy(" ".join(element.itertext()))
            if 1 < len(text) <= 150:
                return text
    last = holder[-1] if len(holder) else None
    if last is not None and last.tag in ("strong", "b", "em", "i") and not (last.tail or "").strip():
        text = tidy(" ".join(last.itertext()))
        return text if 1 < len(text) <= 80 else None
    return None


def _address(picture: HtmlElement, base: str) -> str | None:
    for name in ("src", "data-src", "data-lazy-src", "data-original"):
        value = (picture.get(name) or "").strip()
        if value and not value.startswith("data:"):
            return _absolute(value, base)
    widest = (picture.get("srcset") or picture.get("data-srcset") or "").split(",")[-1].split()
    return _absolute(widest[0], base) if widest else None


def _absolute(address: str, base: str) -> str | None:
    try:
        whole = urljoin(base, tidy(address))
    except ValueError:
        return None
    return whole if whole.startswith(("http://", "https://")) and len(whole) <= 4_000 else None


def _stated_width(picture: HtmlElement) -> int:
    width = (picture.get("width") or "").removesuffix("px")
    return int(width) if width.isascii() and width.isdigit() else SMALL


def _lead(head: Head, announced: str | None) -> Image | None:
    for image in structured.strings(head.article.get("image"), "url", "contentUrl", "@id"):
        stated = _absolute(image, head.url)
        break
    else:
        stated = None
    address = _absolute(head.meta("og:image", "og:image:url", "twitter:image") or "", head.url)
    address = address if address and address != head.url else stated or announced
    return Image(url=address) if address else None


def _same(one: str, other: str) -> bool:
    """Two addresses of one picture: renditions differ in query and size, not in the file's name."""
    a, b = urlsplit(one).path.rstrip("/").rsplit("/", 1)[-1], urlsplit(other).path.rstrip("/").rsplit("/", 1)[-1]
    stem_a, stem_b = (re.sub(r"[-_]?\d{2,4}x\d{2,4}|[-_]scaled|\.\w{3,4}$", "", name).casefold() for name in (a, b))
    return one == other or (len(stem_a) > 4 and stem_a == stem_b)


def _once(images: Iterable[Image]) -> tuple[Image, ...]:
    return tuple({image.url: image for image in reversed(list(images)[:IMAGES])}.values())[::-1]


def _names(text: str) -> bool:
    """Names set apart by slashes, "Jane Roe / Reuters", and not a sentence with "and/or" in it."""
    parts = [part.strip() for part in text.split("/")]
    return all(part and not part[0].islower() and len(part.split()) <= 5 for part in parts)


def _is_credit(text: str) -> bool:
    return any(agency(part) for part in re.split(r"[/,|]|\s+via\s+|\s+-\s+", text)) or bool(
        re.search(
            r"\b(?:photo|foto|getty|image[sn]?|file|archiv\w*|picture|photograph\w*|via|imago)\b|©|фото",
            text,
            re.IGNORECASE,
        )
    )


def _bare_credit(text: str) -> str | None:
    bare = re.sub(
        r"^(?:photo(?:graph)?(?:\s+by|\s+credit)?|foto|image(?:\s+credit)?|bild|picture|credits?|crédits?|source|quelle|fuente|"
        r"fonte|фото|источник|写真|©|\(c\))\s*[:：/©]\s*|^(?:©|\(c\)|copyright)\s*",
        "",
        text.strip(" |–—-·"),
        flags=re.IGNORECASE,
    )
    return _nothing_to_none(bare.strip("()[] "))


def _nothing_to_none(text: str) -> str | None:
    return text.strip(" |–—-·/") or None


_ENDS = ((_BRACKETED, _is_credit), (_SIGNED, bool), (_COPYRIGHT, bool), (_WEB_TAIL, bool), (_SLASHED, _names))
"""How captions end in a credit, and what makes each of them one."""
