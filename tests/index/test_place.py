"""Where the store is, read from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.errors import ConfigError
from workers.index.mapping import VERSION
from workers.index.place import Cluster, Directory, place
from workers.settings import Settings, Store


def at(url: str) -> Cluster | Directory:
    return place(Settings(store=Store(url=url, index="news")))


def test_anything_without_a_scheme_is_a_directory() -> None:
    assert at("data/store") == Directory(path=Path("data/store"))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("elasticsearch+http://localhost:9201", "http://localhost:9201"),
        ("elasticsearch+https://es.example", "https://es.example:9200"),
        ("elasticsearch+http://[::1]:9200/", "http://[::1]:9200"),
        ("elasticsearch+https://proxy.example:443/es/", "https://proxy.example:443/es"),
    ],
)
def test_a_cluster_is_named_by_its_address(url: str, address: str) -> None:
    assert at(url) == Cluster(url=address, index="news")


def test_user_and_password_are_decoded_and_kept_out_of_the_address() -> None:
    cluster = at("elasticsearch+https://an%40a:p%3Aw@es.example:9200")
    assert cluster == Cluster(url="https://es.example:9200", user="an@a", password="p:w", index="news")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9200",
        "elasticsearch://localhost",
        "elasticsearch+ftp://localhost",
        "elasticsearch+http://:9200",
        "elasticsearch+http://localhost:port",
        "elasticsearch+http://localhost:99999",
    ],
)
def test_an_address_that_cannot_be_names_the_setting_and_what_would_be_right(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store: url: .*elasticsearch\+http"):
        at(url)


def test_reads_and_writes_have_an_alias_each_and_generations_carry_the_mappings_version() -> None:
    cluster = Cluster(url="http://x", index="news")
    assert (cluster.read_alias, cluster.write_alias) == ("news-read", "news-write")
    assert cluster.generation(1) == f"news-v{VERSION}-000001"
