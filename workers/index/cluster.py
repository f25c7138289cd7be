"""Talking to an Elasticsearch cluster, and how its failures are told: shared by the write side and the read side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from elasticsearch import ApiError, Elasticsearch, TransportError

from workers.errors import StoreDown
from workers.index.place import Cluster


def connect(cluster: Cluster) -> Elasticsearch:
    """A client for one process (make it after a fork).

    Three retries with growing pauses: the client's own default retries a 429 at once, which helps nobody.
    """
    return Elasticsearch(
        cluster.url,
        basic_auth=(cluster.user, cluster.password or "") if cluster.user else None,
        request_timeout=30,
        http_compress=True,
        max_retries=3,
        retry_on_timeout=True,
        retry_backoff_base=0.2,
        retry_backoff_cap=2.0,
    )


@contextlib.contextmanager
def asking(cluster: Cluster) -> Iterator[None]:
    """Whatever the cluster or the way to it refuses becomes StoreDown, naming the cluster and the reason."""
    try:
        yield
    except ApiError as error:
        raise StoreDown(f"Elasticsearch at {cluster.url} answered {error.meta.status}: {why(error)}") from error
    except TransportError as error:
        raise StoreDown(f"Elasticsearch at {cluster.url} cannot be reached: {error.message}") from error


def why(error: ApiError) -> str:
    """The server's own reason, without the rest of the answer."""
    details = error.body.get("error") if isinstance(error.body, dict) else None
    if isinstance(details, dict):
        return f"{details.get('type')}: {details.get('reason')}"
    return str(details or error.message)
