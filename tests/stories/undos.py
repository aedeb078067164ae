"""What happens in stories about giving back: asking, agreeing, and looking at what she has."""

from __future__ import annotations

from typing import Any

from bot.domain.model import PersonId
from bot.domain.request import Request
from bot.engine import restore
from bot.engine.restore import Restoring
from bot.engine.view import View, view
from tests.fakes.town import HANNA, INES, MARCO, Town, words

YES = (MARCO, INES)


def undo(town: Town, parent: str = "OFF-101", **facts: Any) -> Request:
    """Hanna asks to give it back, and the plan is there."""
    found = restore.submit(town.engine, Restoring(HANNA, parent, **facts), town.now)
    town.work()
    return found


def agree(town: Town, who: tuple[PersonId, ...] = YES) -> Town:
    """They say yes, and what could be done at once is done."""
    for person in who:
        town.press(person, "approve")
        town.work()
    return town


def undone(town: Town) -> Town:
    """Asked, approved by two, and done."""
    undo(town)
    return agree(town)


def of(town: Town, key: str) -> View:
    """A request, whole."""
    return view(town.engine, key, town.now)


def keys(town: Town) -> list[str]:
    """What Alice holds."""
    return sorted(grant.entitlement.native_id for grant in (*town.github.grants, *town.aws.grants))


def works(town: Town) -> tuple[bool, bool]:
    """Whether her accounts let her in."""
    return bool(town.github.account.active), bool(town.aws.account.active)


def left(town: Town, key: str = "RST-101") -> list[str]:
    """What people were told about beside the steps."""
    card = next(card for _, thread, card in town.ears.posts.values() if thread and f"plan of {key}" in card.text)
    return words(card).split("\n")
