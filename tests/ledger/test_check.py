"""`newsdesk index check`: the ledger beside the store."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.articles import article
from tests.ledger.test_ledger import announce, claimed
from workers.cli import app, stores
from workers.index.place import StoreHealth
from workers.ledger.jobs import DROP_BODY, Settlement
from workers.ledger.ledger import Ledger
from workers.model import Article, Feed

pytestmark = pytest.mark.integration


class Shelf:
    """A store that has only what is named."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids

    def get(self, id_: str) -> Article | None:
        return article(id_) if id_ in self.ids else None

    def health(self) -> StoreHealth:
        return StoreHealth(ok=True, detail="here", documents=len(self.ids))

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("there", "code"), [(("a", "d2"), 0), (("a",), 1)])
def test_what_the_ledger_calls_indexed_must_be_in_the_store(
    ledger: Ledger, feed: Feed, monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], code: int
) -> None:
    announce(ledger, feed, "a", "b", "c")
    for job, document in (("a", "a"), ("b", "d2")):
        fields = {"doc": document}
        ledger.settle(claimed(ledger, "fetch", job), Settlement(to="done", outcome="x", body=DROP_BODY, fields=fields))
    monkeypatch.setattr(stores, "ledger", lambda: ledger)
    monkeypatch.setattr(stores, "open_reader", lambda _: Shelf(*there))

    checked = CliRunner().invoke(app, ["index", "check"])

    assert checked.exit_code == code
    assert "2 indexed, says the ledger" in checked.stdout
    assert ("missing d2, of the article b" in checked.stdout) is bool(code)
