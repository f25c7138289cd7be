"""What the page needs from the rest of newsdesk, and nothing more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from jinja2 import Environment

from workers.ledger.journal import Journal
from workers.model import Answer, Article, Query, Sort

Clock = Callable[[], datetime]
"""The present moment, aware and in UTC."""

Describe = Callable[[Query], str]
"""How a query was understood, in words."""


class Health(Protocol):
    """A store's account of itself."""

    @property
    def ok(self) -> bool:
        """Whether searches would be answered now."""

    @property
    def detail(self) -> str:
        """Why, in words."""

    @property
    def documents(self) -> int | None:
        """How many articles it holds; None when it cannot say."""


class Reader(Protocol):
    """The read side of a store. `search` and `get` raise StoreDown when the store cannot be reached."""

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        """Hits, counts and how to go on."""

    def get(self, id_: str, /) -> Article | None:
        """One article; None when the store does not have it."""

    def health(self) -> Health:
        """Never raises."""


class Read(Protocol):
    """Typed text and the chosen order as a question; never raises, what it cannot read becomes a warning."""

    def __call__(
        self, text: str, *, now: datetime, sort: Sort | None = None, limit: int = 20, cursor: str | None = None
    ) -> Query:
        """Read the text as of `now`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a route may use."""

    reader: Reader
    journal: Journal
    read: Read
    describe: Describe
    clock: Clock
    templates: Environment

    def render(self, template: str, /, **values: object) -> str:
        """A template as HTML; `now` is known to every template."""
        return self.templates.get_template(template).render(now=self.clock(), **values)


def desk_of(request: Request) -> Desk:
    """The desk this application was made with."""
    desk: Desk = request.app.state.desk
    return desk


OpenDesk = Annotated[Desk, Depends(desk_of)]
"""How a route asks for the desk."""
