"""What a failure means for the next attempt: pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from workers.errors import Fate, GiveUp, NotYet, SetAside, TryAgain
from workers.ledger.jobs import DROP_BODY, KEEP_BODY, Claim, Settlement
from workers.model import Refused
from workers.settings import Ledgering


def after_fate(
    fate: Fate, claim: Claim, ledger: Ledgering, *, rest: timedelta = timedelta(), attempts: int | None = None
) -> Settlement:
    """Where an article goes after `fate`.

    Try again with a doubled delay up to so many attempts (None: as configured), then to the dead letters under
    the last reason; give up at once; set aside with its page kept for a look.
    """
    elsewhere = "" if fate.url in (claim.url, claim.ask) else fate.url
    detail = ": ".join(part for part in (fate.detail, elsewhere) if part)
    if isinstance(fate, NotYet):
        return _again(claim, fate.reason, detail, fate.after or timedelta(), rest, "forgive")
    if isinstance(fate, TryAgain):
        if claim.attempts >= (attempts or ledger.attempts):
            detail = f"gave up after {claim.attempts} attempts: {detail}"
            return Settlement(to="dead", outcome=fate.reason, detail=detail, rest=rest)
        delay = max(fate.after or timedelta(), back_off(claim.attempts, ledger))
        return _again(claim, fate.reason, detail, delay, rest, "keep")
    body = DROP_BODY if isinstance(fate, GiveUp) else KEEP_BODY
    return Settlement(to="dead", outcome=fate.reason, detail=detail, rest=rest, body=body)


def after_refusal(refused: Refused) -> Settlement:
    """A page that is no article: set down with the reason."""
    return Settlement(to="dead", outcome=refused.reason, detail=refused.detail, body=DROP_BODY)


def refuse_exhausted(claim: Claim, allowed: int) -> None:
    """Raise SetAside for a job begun more often than allowed and never settled: it takes its worker down with it."""
    if claim.attempts > allowed:
        raise SetAside("kills-its-worker", f"begun {claim.attempts - 1} times, never finished")


def back_off(attempts: int, ledger: Ledgering) -> timedelta:
    """The configured delay, doubled with each attempt, capped."""
    seconds = min(ledger.retry_seconds * 2 ** (attempts - 1), ledger.retry_cap_seconds)
    return timedelta(seconds=seconds)


def _again(
    claim: Claim,
    outcome: str,
    detail: str,
    after: timedelta,
    rest: timedelta,
    attempts: Literal["keep", "forgive"],
) -> Settlement:
    return Settlement(
        to=claim.room,  # type: ignore[arg-type] # an article's room is one of the stages
        outcome=outcome,
        detail=detail,
        after=after,
        rest=rest,
        attempts=attempts,
    )
