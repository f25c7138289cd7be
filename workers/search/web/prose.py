"""An article's text in reading order, with what others said set where it stood."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.model import Block

if TYPE_CHECKING:
    from workers.model import Article, Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to set: a paragraph, a sub-head, a quotation, a list, or an embed."""

    kind: Literal["p", "h", "quote", "list", "embed"]
    texts: tuple[str, ...] = ()
    """One text, or the items of a list."""
    embed: Embed | None = None


def pieces(article: Article) -> tuple[Piece, ...]:
    """The text's blocks, list items gathered into lists, each embed after the blocks that stood before it.

    An article whose reader kept no blocks is set by its blank lines; an embed without a position
    stands at the end.
    """
    blocks = article.blocks or _paragraphs(article.text)
    standing: defaultdict[int, list[Piece]] = defaultdict(list)
    for embed in article.embeds:
        place = len(blocks) if embed.position is None else min(max(embed.position, 0), len(blocks))
        standing[place].append(Piece(kind="embed", embed=embed))
    laid: list[Piece] = []
    for place, block in enumerate(blocks):
        laid += standing[place]
        _lay(block, laid)
    return (*laid, *standing[len(blocks)])


def _paragraphs(text: str) -> tuple[Block, ...]:
    return tuple(Block(kind="p", text=part.strip()) for part in text.split("\n\n") if part.strip())


def _lay(block: Block, laid: list[Piece]) -> None:
    if block.kind != "li":
        laid.append(Piece(kind=block.kind, texts=(block.text,)))
    elif laid and laid[-1].kind == "list":
        laid[-1] = Piece(kind="list", texts=(*laid[-1].texts, block.text))
    else:
        laid.append(Piece(kind="list", texts=(block.text,)))
