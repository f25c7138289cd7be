"""An item while its children are read: what was found so far, and what a later text may replace."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from workers.poll.items import Item


@dataclass(slots=True, kw_only=True)
class Draft(Item):
    """An item with what must be remembered until its last child is read."""

    depths: dict[str, int] = field(default_factory=dict)
    """How deep the text stood that was kept under a name."""
    title_depth: int = -1
    has_summary: bool = False
    has_content: bool = False
    contents: list[etree._Element] = field(default_factory=list)
    terms: list[tuple[str | None, str | None, str | None]] = field(default_factory=list)
    """Categories as term, scheme, label."""
    title_base: str | None = None
    summary_base: str | None = None

    def keeps(self, name: str, depth: int) -> bool:
        """Whether a text at this depth takes the place of what was kept."""
        if depth > self.depths.get(name, depth):
            return False
        self.depths[name] = depth
        return True

    def tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """A category, once."""
        if (term or scheme or label) and (term, scheme, label) not in self.terms:
            self.terms.append((term, scheme, label))

    def named(self, value: str) -> None:
        """A category's text: the term of the one just begun, or a category of its own."""
        if not value:
            return
        if self.terms and not self.terms[-1][0]:
            self.terms[-1] = (value, *self.terms[-1][1:])
        else:
            self.tag(value, None, None)
