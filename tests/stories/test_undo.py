"""It was a mistake: what an offboarding took is given back, by the same approval, and nothing more than that."""

from __future__ import annotations

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Trigger
from bot.domain.request import Request
from bot.engine import restore
from bot.engine.restore import Restoring
from bot.store import people
from tests.fakes.town import ALICE, HANNA, INES, MARCO, Town
from tests.stories.acts import approved, finish


def undo(town: Town, parent: str = "OFF-101", **facts: object) -> Request:
    """Hanna asks to give it back, and the plan is there."""
    found = restore.submit(town.engine, Restoring(HANNA, parent, **facts), town.now)  # type: ignore[arg-type]
    town.work()
    return found


def undone(town: Town, parent: str = "OFF-101") -> Town:
    """Asked, approved by two, and done."""
    undo(town, parent)
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    return town


def keys(town: Town) -> list[str]:
    """What Alice holds."""
    return sorted(grant.entitlement.native_id for grant in (*town.github.grants, *town.aws.grants))


def test_everything_it_took_is_given_back(town: Town) -> None:
    """Groups, keys and the account itself come back, each seen by a fresh look (S4-27)."""
    before = keys(town)
    finish(approved(town))
    assert keys(town) == []
    undone(town)
    assert keys(town) == before
    assert town.aws.account.active
    assert all(key.active for key in town.aws.credentials)
    view = town.view()
    assert view.request.trigger is Trigger.RESTORE
    assert view.request.parent == "OFF-101"
    assert view.request.state is RequestState.CLOSED
    assert {step.state for step in view.steps} == {StepState.CONFIRMED}
    with town.engine.db.look() as tx:
        assert people.crew(tx).working(ALICE, town.now.date())
