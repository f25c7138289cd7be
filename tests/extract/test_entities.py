"""Names in texts, by a model that is trained here in a second: the way is that of every other model."""

from __future__ import annotations

import random

import pytest

from workers.errors import ConfigError
from workers.extract.entities import MOST, Named, available, bare, entities, gathered

spacy = pytest.importorskip("spacy", reason="the extra newsdesk[entities] is not installed")

PEOPLE = ("Ada Miller", "Ben Roe", "Carla Stone", "Dan Fisher", "Eve Carter", "Finn Baker")
GROUPS = ("Harbour Trust", "River Council", "Ferry Union", "Coast Guard", "Bridge Office")
TOWNS = ("Felsport", "Marrow", "Oldbridge", "Tidewell", "Quayside")
PATTERNS = (
    ("{} said the ferry was late .", PEOPLE, "PERSON"),
    ("The chair , {} , spoke first .", PEOPLE, "PERSON"),
    ("The {} closed the pier .", GROUPS, "ORG"),
    ("Members of the {} voted .", GROUPS, "ORG"),
    ("Snow fell in {} overnight .", TOWNS, "GPE"),
    ("A road to {} was closed .", TOWNS, "GPE"),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of English trained on invented sentences, saved as any model is."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    examples = []
    for pattern, names, label in PATTERNS:
        for name in names:
            start = pattern.index("{}")
            spans = {"entities": [(start, start + len(name), label)]}
            examples.append(spacy.training.Example.from_dict(pipeline.make_doc(pattern.format(name)), spans))
    chance = random.Random(1)
    spacy.util.fix_random_seed(1)
    pipeline.initialize(lambda: examples)
    for _ in range(12):
        chance.shuffle(examples)
        for start in range(0, len(examples), 8):
            pipeline.update(examples[start : start + 8])
    folder = tmp_path_factory.mktemp("model") / "en_tests"
    pipeline.to_disk(folder)
    return str(folder)


def test_a_text_names_people_organisations_and_places(model: str) -> None:
    text = "Ada Miller said the ferry was late . The Ferry Union closed the pier . Snow fell in Tidewell overnight ."
    assert entities("Snow fell in Felsport overnight .", text, "en-GB", {"en": model}) == Named(
        people=("Ada Miller",), organisations=("Ferry Union",), places=("Felsport", "Tidewell")
    )


def test_its_author_is_not_whom_it_speaks_of(model: str) -> None:
    text = "Ada Miller said the ferry was late . Ben Roe said the ferry was late ."
    assert entities("Late", text, "en", {"en": model}, own=["ADA MILLER"]).people == ("Ben Roe",)


def test_a_language_without_a_model_names_nothing_and_one_for_all_languages_stands_in(model: str) -> None:
    text = "Ada Miller said the ferry was late ."
    assert entities("Late", text, "fr", {"en": model}) == Named()
    assert entities("Late", text, None, {"en": model}) == Named()
    assert entities("Late", text, "fr", {"xx": model}).people == ("Ada Miller",)


def test_a_last_name_counts_for_the_one_person_of_that_name() -> None:
    names = ["Jane Smith", "Smith", "Mrs Smith’s", "Ben Roe", "Ben Roe"]
    assert gathered(names, whole=True) == ("Jane Smith", "Ben Roe")
    assert gathered(["Jane Smith", "John Smith", "Smith"], whole=True) == ("Jane Smith", "John Smith", "Smith")
    assert gathered(["Smith", "Jane Smith"], whole=False) == ("Smith", "Jane Smith")


def test_only_so_many_names_are_kept() -> None:
    assert len(gathered((f"Name {number}" for number in range(99)), whole=True)) == MOST


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Dr. Ada  Miller's", "Ada Miller"),
        ("the Harbour Trust", "Harbour Trust"),
        ("“Felsport”,", "Felsport"),
        ("Frau Dr. Meier", "Meier"),
        ("12", ""),
        ("X", ""),
        ("word " * 40, ""),
    ],
)
def test_a_name_is_kept_without_title_and_possessive(raw: str, name: str) -> None:
    assert bare(raw) == name


def test_without_any_model_the_setting_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spacy.util.get_installed_models", list)
    with pytest.raises(ConfigError, match="no spaCy model is installed"):
        available({})
    monkeypatch.setattr(
        "spacy.util.get_installed_models", lambda: ["en_core_web_sm", "xx_ent_wiki_sm", "en_core_web_lg"]
    )
    assert available({"de": "somewhere"}) == {"en": "en_core_web_lg", "xx": "xx_ent_wiki_sm", "de": "somewhere"}


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no_such_model"):
        entities("Late", "Ada Miller said so.", "en", {"en": "no_such_model"})
