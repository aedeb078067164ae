"""What the chat platform brings more than once is heard once: the second delivery gets the answer of the first."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine.context import Engine
from bot.engine.unserved import By
from bot.store import again
from bot.store import inbound as rows

ABANDONED = timedelta(seconds=10)  # whoever took a delivery and did not answer for so long has died with it
KEPT = timedelta(days=1)


@again
def take(engine: Engine, key: str, now: datetime, answer: str = "", by: By = By()) -> str | None:  # noqa: B008 - it is frozen
    """None where this delivery is new, and ours; else the answer of the first time, empty while it is being made.

    `answer`: what will be answered in any case, where that is known. `by`: who waits for it, until it is `served`.
    """
    with engine.db.note() as tx:
        return rows.take(tx, key, now, answer, abandoned=now - ABANDONED, who=by.who, did=by.did)


@again
def answered(engine: Engine, key: str, answer: str) -> None:
    """What the next delivery of this gets."""
    with engine.db.note() as tx:
        rows.answered(tx, key, answer)


def answer_of(engine: Engine, key: str) -> str:
    """The answer of the first time; empty while it is being made."""
    with engine.db.look() as tx:
        return rows.answer_of(tx, key)


def forget(engine: Engine, key: str) -> None:
    """It was not served: let the platform bring it again."""
    with engine.db.begin() as tx:
        rows.forget(tx, key)


def tidy(engine: Engine, now: datetime) -> int:
    """Forget deliveries that nobody repeats any more; how many."""
    with engine.db.begin() as tx:
        return rows.forget_before(tx, now - KEPT)
