"""Generations of an Elasticsearch index: a new one is filled beside the old, then readers move over."""

from __future__ import annotations

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from workers.errors import StoreDown
from workers.index.mapping import VERSION, elastic_template
from workers.index.place import Cluster


def prepare(client: Elasticsearch, cluster: Cluster) -> None:
    """Put the template; begin the first generation where there is none. Repeatable, also by two at once."""
    client.indices.put_index_template(name=cluster.index, **elastic_template(cluster.index))
    writing = behind(client, cluster.write_alias)
    if writing is None:
        _begin_first(client, cluster)
    elif not writing.startswith(f"{cluster.index}-v{VERSION}-"):
        raise StoreDown(
            f"{cluster.write_alias} is {writing}, made by a build with another mapping; newsdesk index rebuild moves it"
        )


def behind(client: Elasticsearch, alias: str) -> str | None:
    """The index behind an alias; StoreDown when it is not exactly one."""
    try:
        indices = sorted(client.indices.get_alias(name=alias))
    except NotFoundError:
        return None
    if len(indices) > 1:
        raise StoreDown(f"{alias} points to {', '.join(indices)}; it must be one index")
    return indices[0]


def begin(client: Elasticsearch, cluster: Cluster) -> str:
    """Create the next generation, empty and behind no alias; returns its name."""
    client.indices.put_index_template(name=cluster.index, **elastic_template(cluster.index))
    pattern = f"{cluster.index}-v{VERSION}-*"
    numbers = [int(name.rpartition("-")[2]) for name in client.indices.get(index=pattern, features="aliases")]
    name = cluster.generation(max(numbers, default=0) + 1)
    client.indices.create(index=name)
    return name


def move_writes(client: Elasticsearch, cluster: Cluster, to: str) -> None:
    """From now on writes go to `to`; in one step, so no write is without a place."""
    _swap(client, cluster.write_alias, to)


def move_reads(client: Elasticsearch, cluster: Cluster, to: str) -> None:
    """From now on searches ask `to`; in one step, so no search fails."""
    _swap(client, cluster.read_alias, to)


def retire(client: Elasticsearch, cluster: Cluster, name: str) -> None:
    """Delete an old generation; StoreDown when an alias still points to it."""
    if name in (behind(client, cluster.write_alias), behind(client, cluster.read_alias)):
        raise StoreDown(f"{name} is in use; move writes and reads first")
    client.indices.delete(index=name)


def retire_unused(client: Elasticsearch, cluster: Cluster) -> None:
    """Delete generations behind no alias: a replay that was cut off left them."""
    for name, about in client.indices.get_alias(index=f"{cluster.index}-v*").items():
        if not about["aliases"]:
            client.indices.delete(index=name)


def _begin_first(client: Elasticsearch, cluster: Cluster) -> None:
    """Index and aliases in one step, so that nobody finds one without the other."""
    aliases = {cluster.write_alias: {"is_write_index": True}, cluster.read_alias: {}}
    try:
        client.indices.create(index=cluster.generation(1), aliases=aliases)
    except BadRequestError as error:
        # Another process began at the same moment.
        if error.error != "resource_already_exists_exception":
            raise


def _swap(client: Elasticsearch, alias: str, to: str) -> None:
    old = behind(client, alias)
    gone = [{"remove": {"index": old, "alias": alias}}] if old and old != to else []
    client.indices.update_aliases(actions=[*gone, {"add": {"index": to, "alias": alias, "is_write_index": True}}])
