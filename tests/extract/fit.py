"""Fits the weights of workers.extract.weighing to pages read by hand, and says how they do on pages they did not see.

`python -m tests.extract.fit` prints a table to put into the module. Every line of a page of aeb and fundus is marked by
how much of it stands in the text read by hand; lines of traf pages only where a passage that must or must not be in
the text is in them. A line's weight is the root of its length. Logistic regression, ridge, Newton's method.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.extract.measure import UNKNOWN, pages
from tests.extract.scores import Page, Pairs, Reading, passages, shingles, word_list, words
from workers.extract import caps, embeds
from workers.extract.authors import read_authors
from workers.extract.body import DOUBT, candidate, settle
from workers.extract.decode import decode
from workers.extract.head import drop_large_data, read_head
from workers.extract.headline import site_names, titles
from workers.extract.lines import Line, read_lines
from workers.extract.story import known
from workers.extract.tree import drop_invisible, drop_other_stories, parse
from workers.extract.weighing import Known, doubt, traits_of
from workers.extract.wording import key
from workers.model import Block

SOURCES = ("aeb", "traf", "fundus")
RIDGE = 5.0
FOLDS = 5

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page, with the traits of its lines beside each of trafilatura's two readings."""

    page: Page
    lines: tuple[Line, ...]
    known: Known
    candidates: tuple[tuple[Block, ...], ...]
    """The quick reading and the thorough one."""
    traits: tuple[Numbers, ...]
    """For each candidate: a row a line, of NaN for a pointer."""
    truth: Numbers
    """For each line: how much of it is the article's; NaN where nobody said."""


def sample(page: Page, html: bytes) -> tuple[Sample, tuple[str, ...]] | None:
    """A page as the body reader meets it, and the traits' names."""
    tree = parse(caps.tame(decode(html)))
    if tree is None:
        return None
    head = read_head(tree, page["url"] or UNKNOWN)
    drop_large_data(tree)
    drop_invisible(tree)
    embeds.take_out(tree, head.url)
    named = titles(head)
    titled = frozenset(map(key, named)) - {""}
    drop_other_stories(tree, titled)
    told = known(tree, head, named, read_authors(tree, head, site_names(head), titled))
    lines = read_lines(tree)
    readings = tuple(candidate(tree, lines, head, told, fast=fast) for fast in (True, False))
    rows = [traits_of(lines, [key(block.text) for block in blocks], told) for blocks in readings]
    names = next((tuple(row) for row in rows[0] if row), None)
    if names is None:
        return None
    pointer = [float("nan")] * len(names)
    traits = tuple(np.array([list(row.values()) if row else pointer for row in listed]) for listed in rows)
    made = Sample(page=page, lines=lines, known=told, candidates=readings, traits=traits, truth=_truth(page, lines))
    return made, names


def fit(samples: Sequence[Sample]) -> Numbers:
    """The weights, the constant last."""
    rows = np.vstack([traits for s in samples for traits in s.traits])
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    truth = np.concatenate([s.truth for s in samples for _ in s.traits])
    lengths = np.concatenate([[max(line.words, 1) for line in s.lines] for s in samples for _ in s.traits])
    said = ~np.isnan(truth) & ~np.isnan(rows).any(axis=1)
    rows, truth, share = rows[said], truth[said], np.sqrt(lengths[said]) / 2
    weights = np.zeros(rows.shape[1])
    ridge = np.diag([RIDGE] * (rows.shape[1] - 1) + [1e-3])
    for _ in range(50):
        chance = _chance(weights, rows)
        slope = rows.T @ (share * (chance - truth)) + ridge @ weights
        bend = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def unseen(samples: Sequence[Sample]) -> Pairs:
    """Every page's text by weights fitted without its fold."""
    read: list[tuple[Reading, Page]] = []
    for fold in range(FOLDS):
        weights = fit([s for number, s in enumerate(samples) if number % FOLDS != fold])
        read += [(Reading(seconds=0, text=_text(weights, s)), s.page) for s in samples[fold::FOLDS]]
    return read


def _text(weights: Numbers, s: Sample) -> str:
    for blocks, traits in zip(s.candidates, s.traits, strict=True):
        chances = np.nan_to_num(_chance(weights, np.hstack([traits, np.ones((len(traits), 1))]))).tolist()
        if doubt(s.lines, [key(block.text) for block in blocks], chances) < DOUBT:
            break
    return "\n\n".join(block.text for block in settle(blocks, s.lines, chances, s.known)) if blocks else ""


def _chance(weights: Numbers, rows: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-(rows @ weights)))


def _truth(page: Page, lines: Sequence[Line]) -> Numbers:
    if page["text"]:
        whole = word_list(page["text"])
        runs = {tuple(whole[i : i + 3]) for i in range(len(whole) - 2)}
        return np.array([_share(word_list(line.text), runs, " ".join(["", *whole, ""])) for line in lines])
    truth = np.full(len(lines), np.nan)
    for value, said in ((1.0, page["must_contain"]), (0.0, page["must_not_contain"])):
        for passage in said or ():
            wanted = " ".join(passage.split())
            truth[[index for index, line in enumerate(lines) if wanted in line.text]] = value
    return truth


def _share(line: Sequence[str], runs: set[tuple[str, ...]], whole: str) -> float:
    """Share of a line's three-word runs that the text has; a shorter line stands in it or not."""
    if len(line) < 3:
        return float(" ".join(["", *line, ""]) in whole) if line else float("nan")
    own = [tuple(line[i : i + 3]) for i in range(len(line) - 2)]
    return sum(run in runs for run in own) / len(own)


def main() -> None:
    """Print the table and the scores."""
    logging.disable(logging.ERROR)
    made = [one for source in SOURCES for page, html in pages(source) if (one := sample(page, html))]
    samples, names = [one for one, _ in made], made[0][1]
    read = unseen(samples)
    of = {source: [(r, p) for r, p in read if p["source"] == source] for source in SOURCES}
    told = f"traf {passages(of['traf']):.4f} aeb {shingles(of['aeb']):.4f} fundus {words(of['fundus']):.4f}"
    table = dict(zip([*names, "always"], (round(float(weight), 2) for weight in fit(samples)), strict=True))
    sys.stdout.write(f"pages not seen while fitting: {told}\n{json.dumps(table, indent=4)}\n")


if __name__ == "__main__":
    main()
