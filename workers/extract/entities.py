"""People, organisations and places named in a text, by whatever spaCy models are installed; an optional extra.

A model is a package of its own (`pip install newsdesk[entities]`, then `python -m spacy download en_core_web_sm`), or
a folder that `extract.models` names for a language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from workers.errors import ConfigError
from workers.extract.wording import key

if TYPE_CHECKING:
    from spacy.language import Language

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("PERSON", "PER", "PRS", "PS", "persName"), "people"),
    **dict.fromkeys(("ORG", "ORGANIZATION", "OG", "orgName"), "organisations"),
    **dict.fromkeys(("GPE", "LOC", "FAC", "LC", "GPE_LOC", "placeName", "geogName"), "places"),
}
"""Labels as models name them → Article's fields; dates, numbers, nationalities, products are not kept."""
ANY = "xx"
"""Language of models for all languages, used where none of its own is installed."""
UNUSED = ("parser", "lemmatizer", "tagger", "morphologizer", "attribute_ruler", "senter", "trainable_lemmatizer")
"""Parts of a model that find no names."""
CHARS = 20_000
"""Characters of a text that are read, some 3,000 words: names that matter are named by then, and cost is linear."""
MOST = 30
"""Names of a kind that are kept."""
NAME_CHARS = 80
_TITLES = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Dame|Lord|Lady|Herr|Frau|Monsieur|Madame|M|Mme|Señora?|Don|Doña)\.?\s+|the\s+)+",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a text names, most mentioned first."""

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def entities(
    title: str, text: str, language: str | None, models: Mapping[str, str], own: Collection[str] = ()
) -> Named:
    """What headline and text name; nothing in a language without a model.

    `models` are names or folders by language (`available`); `own` are the text's authors and agency, which it does
    not speak of. Measured by `python -m bench.entities`. Raises ConfigError for a model that cannot be loaded.
    """
    base = (language or "").partition("-")[0].lower()
    name = models.get(base) or models.get(ANY)
    if not name:
        return Named()
    document = _model(name)(f"{title}.\n\n{text}"[:CHARS])
    found: dict[str, list[str]] = {"people": [], "organisations": [], "places": []}
    for entity in document.ents:
        if kind := KINDS.get(entity.label_):
            found[kind].append(entity.text)
    return Named(**{kind: gathered(names, whole=kind == "people", own=own) for kind, names in found.items()})


def gathered(names: Iterable[str], *, whole: bool, own: Collection[str] = ()) -> tuple[str, ...]:
    """Each name once, most mentioned first; with `whole`, "Smith" counts for "Jane Smith" where she is named. Pure."""
    barred = {key(name) for name in own}
    clean = [name for raw in names if (name := bare(raw)) and key(name) not in barred]
    counts = Counter(clean)
    if whole:
        for name in [name for name in counts if " " not in name]:
            longer = [other for other in counts if other.endswith(f" {name}") or other.startswith(f"{name} ")]
            if len(longer) == 1:
                counts[longer[0]] += counts.pop(name)
    return tuple(name for name, _ in counts.most_common(MOST))


def bare(name: str) -> str:
    """A name without title, article and possessive; "" for what is none."""
    line = _POSSESSIVE.sub("", _TITLES.sub("", " ".join(name.split()))).strip(' .,;:–—-"“”„«»()')
    return line if 1 < len(line) <= NAME_CHARS and any(sign.isalpha() for sign in line) else ""


def available(configured: Mapping[str, str]) -> dict[str, str]:
    """Models by language: those installed, and before them those configured. Raises ConfigError when there is none."""
    if find_spec("spacy") is None:
        raise ConfigError("extract.entities", "true", "spaCy is not installed: pip install 'newsdesk[entities]'")
    from spacy.util import get_installed_models  # noqa: PLC0415 # an optional extra

    installed = {name.partition("_")[0]: name for name in sorted(get_installed_models(), reverse=True)}
    found = {**installed, **configured}
    if not found:
        raise ConfigError("extract.entities", "true", "no spaCy model is installed: spacy download en_core_web_sm")
    return found


def preload(configured: Mapping[str, str]) -> str:
    """Load every model now, for forked processes to share; which they are, in words. Raises ConfigError."""
    found = available(configured)
    for name in found.values():
        _model(name)
    return ", ".join(f"{language} {name}" for language, name in sorted(found.items()))


@cache
def _model(name: str) -> Language:
    from spacy import load  # noqa: PLC0415 # an optional extra, loaded for the first text

    try:
        return load(name, exclude=list(UNUSED))
    except (OSError, ValueError) as error:
        raise ConfigError("extract.models", name, f"spaCy cannot load it: {error}") from error
