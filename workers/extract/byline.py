"""Who wrote it: a byline as printed, read into persons and the agency they wrote for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workers.extract.agencies import agency
from workers.extract.wording import key, tidy

BYLINE_CHARS = 300
NAME_CHARS = 60
NAME_WORDS = 6
AUTHORS = 20

LEAD_IN = re.compile(
    r"^(?:(?:written|reporting|reported|posted|published|story|text|words|opinion|analysis|article|created|edited)\s+by|"
    r"(?:posted|published|veröffentlicht|erstellt|publié|publicado)\b.{0,50}?\b(?:by|von|par|por)|"
    r"(?:veröffentlicht|geschrieben|verfasst|erstellt|eingestellt|pressemitteilung|(?:ein|eine)\s+(?:artikel|beitrag|kommentar|kolumne|analyse|gastbeitrag)|"
    r"text|artikel|beitrag|gastbeitrag|kolumne)\s+von|"
    r"(?:publié|écrit|rédigé)\s+par|(?:publicado|escrito)\s+por|escribe|scritto da|geschreven door|"
    r"(?:text|texte|words|fotos?|photos?)\s*(?:&|und|and|et)\s*(?:text|fotos?|photos?|interview)|"
    r"by|von|vom|par|por|di|door|av|af|przez|yazan|themenstarter|"
    r"tekst|text|texte|texto|autor(?:in|es|a)?|auteurs?|authors?|автор(?:ы)?|بقلم|كتب|文|作者|記者|记者|撰文|取材)"
    r"(?:\s*[:：/]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
"""What introduces a name: "By", "Von", "Par", "Автор:", "記者"."""
_SET_IN_TITLE_CASE = re.compile(
    r"^(?:By|Von|Par|Por|Di|Door|Av|Af|BY|VON|PAR|POR|DI|Автор(?:ы)?|Text|Texte|Texto|Autor(?:in)?|Ein|Eine|Verfasst|Written|"
    r"Posted|Erstellt|Eingestellt|Article|Auteur|Author|Autore|Escribe)\b"
)
_LOWER = re.compile(r"^(?:by|von|par|por|di|door|av)\s+(?=[A-ZÀ-Þ])")

_FOR = re.compile(r"\s+(?:for|für|pour|para|per|voor|för|for the|для|via|dla)\s+(?:the\s+)?", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[（]([^()\[\]（）]{1,60})[)\]）]")
_CONTACT = re.compile(r"\S+@\S+|@\w+|https?://\S+|www\.\S+")
_DATE_TAIL = re.compile(
    r"[\s,|–-]{1,3}(?:\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}\b|\d{4}-\d\d-\d\d\b|\d{1,2}\.? +[^\W\d]{3,9}\.?,? +\d{4}\b|"
    r"(?:on +)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? +\d{1,2}(?:st|nd|rd|th)?,? +\d{4}\b|"
    r"(?:am|on) +\d|(?:am +|on +)?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|"
    r"(?:am +)?(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)\b|(?:mo|di|mi|do|fr|sa|so)\.?, +\d|"
    r"(?:published|updated|publiziert|aktualisiert|veröffentlicht|stand|publicado|actualizado|publié|mis à jour|hace|"
    r"tiempo de lectura|lesezeit|last updated|reading time)\b|"
    r"(?:edition|datum|date|tags?|illustration|fotos?|photos?|redaktion|kategorie|category|quelle|source)\s?:|"
    r"(?:illustration|fotos?|photos?|bild(?:er)?) (?:von|by|par)\b).*$",
    re.IGNORECASE,
)
"""What follows the names: when it was published, how long it takes to read."""
_STRONG = re.compile(r"\s*[;|•·、／\n]\s*|\s*/\s*|\s+[-–—]\s+|\s*&\s*|\s*\+\s*")
_AND = re.compile(r"\s+(?:and|und|et|och|og|en|и|та|with|mit|avec)\s+", re.IGNORECASE)
_SHORT_AND = re.compile(r"\s+(?:y|e|i|és|ve|và)\s+")
_COMMA = re.compile(r"\s*[,،，]\s*")
_PLACE = re.compile(r"\s+(?:in|from|aus|à|en|da|de notre)\s+[A-ZÀ-Þ][\w.\-’' ]*$")
_ROLE = re.compile(
    r"\b(?:staff|reporters?|correspondents?|editors?|editorial|journalists?|writers?|columnists?|contributors?|bureau|desk|"
    r"newsroom|team|news|online|media|press|tv|magazine|nachrichten|zeitung|agenc(?:y|ies)|wires?|admin|administrator|author|guest|redaktion\w*|redakteur\w*|"
    r"korrespondent\w*|reporterin|journalistin|agentur\w*|rédaction|rédacteur|journaliste|correspondante?|envoyé\w*|"
    r"redacción|redactora?|corresponsal|periodista|agencias?|redazione|agenzi[ae]|redação|redacao|da redação|redactie|"
    r"redaksi\w*|redakcja|редакция|корреспондент|news service|updated|published|read|min|minutes?|photos?|fotos?|"
    r"photograph\w*|images?|video|illustrations?|follow|exclusive|special|subscribe|share)\b",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    (
        *("von", "van", "vom", "zu", "zur", "der", "den", "de", "del", "della", "dell", "di", "da", "do", "dos", "das"),
        *(
            "du",
            "des",
            "la",
            "le",
            "el",
            "al",
            "bin",
            "bint",
            "ibn",
            "ben",
            "abu",
            "ter",
            "ten",
            "af",
            "av",
            "y",
            "e",
            "i",
        ),
    )
)
_ORGANISATION = re.compile(
    r"\b(?:gmbh|ag|e\.? ?v|inc|ltd|llc|corp\w*|institut\w*|\w*verband\w*|verein|stiftung|foundation|landesanstalt|"
    r"universit\w+|magazin\w*|feuerwehr|abteilung|union|agentur|werbeagentur|verlag|group|gruppe|ministeri\w+|zentrum|cent(?:er|re)|"
    r"germany|deutschland|presse|noticias|diario|journal|club|council|department|company|support|webteam|beiträge|inhalte|"
    r"posted|name|user|datum|polityka|insight|hire|veröffentlicht|collectif|archiv\w*)\b|^(?:die|der|das|the|le|la|el|los|über|about)\s|\.(?:de|com|net|org|at|ch|pl|info|tv|eu|io|uk|fr|es|it|news)$",
    re.IGNORECASE,
)
"""Words of organisations and of pages' forms, and names of sites: nobody is called so."""
_INITIALS = re.compile(r"^[A-Z]{2,3}$")
_PEN_NAME = re.compile(r"^[^\W_][\w.-]{2,29}$")
_NOBODY = re.compile(
    r"^www\.|admin|redaktion|redakcja|editor|webmaster|posted|author|autor|name|guest|gast|anonym|user|team|staff|e-?mail|\d{2}[.:]|"
    r"veröffentlicht|published|kommentar|comment|follow|news|press|online|foto|photo|\.(?:de|com|net|org|at|ch|pl)$",
    re.IGNORECASE,
)
"""Account names of sites, and what forms call a field."""
_NAME = re.compile(r"^[^\W\d_](?:[^\W\d_]|[\s.'’‘\-‐·‧・])*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """A byline, read."""

    printed: str | None = None
    """As printed, without "By": "Hervé Bar for AFP"."""
    authors: tuple[str, ...] = ()
    agency: str | None = None


def read_byline(printed: str, sites: Collection[str] = ()) -> Byline:
    """Persons and agency in one byline.

    `sites` are keys (wording.key) of the publication's own names, which are nobody's. Dates, roles, places,
    addresses and organisations are left out: an author is a person's name or nothing.
    """
    text = _without_lead_in(tidy(_CONTACT.sub(" ", printed[:BYLINE_CHARS])).strip(" ,;|-–—©"))
    text = _without_lead_in(_DATE_TAIL.sub("", text).strip(" ,;|-–—©"))
    wire: str | None = None
    for inner in _BRACKETS.findall(text):
        wire = wire or _first_agency(inner)
    people: list[str] = []
    for part in _parts(_BRACKETS.sub(" ", text)):
        if named := agency(_PLACE.sub("", part)):
            wire = wire or named
        elif (name := person(part, sites)) and name not in people:
            people.append(name)
    if len(people) > 3 and not any(" " in name for name in people):
        people.clear()  # a list of rubrics
    return Byline(printed=text or None, authors=tuple(people[:AUTHORS]), agency=wire)


def merge(bylines: Iterable[Byline]) -> Byline:
    """Several bylines of one article as one: JSON-LD lists a name an entry."""
    bylines = tuple(bylines)
    authors = dict.fromkeys(name for line in bylines for name in line.authors)
    printed = ", ".join(dict.fromkeys(line.printed for line in bylines if line.printed))
    return Byline(
        printed=printed or None,
        authors=tuple(authors)[:AUTHORS],
        agency=next((line.agency for line in bylines if line.agency), None),
    )


_LETTERS = re.compile(r"[^\W\d_]+")
"""A word of a name; those set in capitals are names all the same (HAROLD QUILL)."""


def person(part: str, sites: Collection[str] = ()) -> str | None:
    """`part` as a person's name, None when it is something else: a role, a date, the site, a sentence."""
    name = _PLACE.sub("", _without_lead_in(part.strip(' .,;:|-–—·*"“”'))).strip(" ,")
    if not 2 <= len(name) <= NAME_CHARS or len(name.split()) > NAME_WORDS or not _NAME.match(name):
        return None
    if key(name) in sites or _ROLE.search(name) or _ORGANISATION.search(name) or _has_plain_words(name):
        return None
    if _INITIALS.match(name):
        return None
    return _LETTERS.sub(lambda word: word[0].capitalize(), name) if name.isupper() and " " in name else name


def pen_name(printed: str) -> str | None:
    """The single word, often in small letters, that an author goes by on a blog; None where it is none.

    Only for what a page marks as the author: any word could be one.
    """
    text = _without_lead_in(tidy(printed[:BYLINE_CHARS]).strip(" ,;|-–—©"))
    text = _without_lead_in(_DATE_TAIL.sub("", text).strip(" ,;|-–—©"))
    return text if _PEN_NAME.match(text) and not _NOBODY.search(text) else None


def introduces(text: str) -> bool:
    """A line that begins as bylines do, and is short enough to be one."""
    if len(text) > 120 or not LEAD_IN.match(text):
        return False
    if (small := _LOWER.match(text)) is not None:
        names = text[small.end() :].split()
        return 2 <= len(names) <= 4 and all(name[0].isupper() or name in _PARTICLES for name in names)
    return _SET_IN_TITLE_CASE.match(text) is not None


def _without_lead_in(text: str) -> str:
    for _ in range(2):
        text = LEAD_IN.sub("", text, count=1)
    return "" if LEAD_IN.fullmatch(text + " ") or LEAD_IN.match(text + " x") else text.strip()


def _has_plain_words(text: str) -> bool:
    """Words in lower case that names do not have: "Artikel von", "Please enter your name here"."""
    words = text.split()
    if len(words) == 2 and words[0].istitle() and words[1].islower() and words[1] not in _PARTICLES:
        return False  # "Mobasir hassan": a name typed in haste
    return words[-1].islower() or any(word.islower() and word not in _PARTICLES for word in words)


def _first_agency(text: str) -> str | None:
    return next((name for part in re.split(r"[/,+|]|\s+-\s+", text) if (name := agency(part))), None)


def _parts(text: str) -> list[str]:
    """The byline's pieces, each one name, agency, role or place."""
    if agency(text):
        return [text]
    own, *commissioned = _FOR.split(text)
    # "X for The Mail on Sunday": of those written for only an agency matters.
    pieces = [
        *_STRONG.split(own),
        *(piece for half in commissioned for piece in _STRONG.split(half) if _first_agency(piece)),
    ]
    parts: list[str] = []
    for piece in pieces:
        parts.extend([piece] if agency(piece) else _names(piece))
    return [part for part in parts if part]


def _names(piece: str) -> list[str]:
    listed = [name for group in _COMMA.split(piece) for name in _AND.split(group)]
    if len(listed) == 2 and _COMMA.search(piece) and all(len(n.split()) == 1 and n and not agency(n) for n in listed):
        return [f"{listed[1]} {listed[0]}"]  # "Bar, Hervé"
    names: list[str] = []
    for name in listed:
        halves = _SHORT_AND.split(name)
        names.extend(halves if all(len(half.split()) > 1 or agency(half) for half in halves) else [name])
    full = any(len(name.split()) > 1 and not _ROLE.search(name) for name in names if not agency(name))
    # "Hans Müller, Berlin": beside a full name a single word is a place or a rubric.
    return [n for n in names if agency(n) or not (full and _COMMA.search(piece) and len(n.split()) == 1)]
