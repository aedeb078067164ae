"""What was allowed a moment ago, and tried in vain, is looked at again before it is tried once more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Delete
from bot.engine.approve import approve
from bot.store import Database
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import ALL, down
from tests.fakes.town import Town
from tests.stories.acts import everything_said
from tests.stories.later import back, gone, rule
from tests.stories.test_deletion import DAYS, POLICY, deleted, of, pass_days


@pytest.fixture
def town(db: Database) -> Town:
    """Alice left, and the day has come on which her account in AWS may be deleted."""
    found = Town(db)
    found.aws.can = ALL | {Delete}
    rule(found, POLICY)
    gone(found)
    pass_days(found, DAYS + 1)
    return found


def agreed(town: Town) -> None:
    """Everybody who is asked says yes to the deletion, and it is tried as often as it may be."""
    for person in of(town).request.approvers:
        approve(town.engine, "DEL-101", of(town).request.digest, person, town.now, yes=True)
    for _ in range(3):
        pass_days(town, 0.1)


@pytest.mark.parametrize("error", [down(), ConnectorError("Wait.", kind=Kind.THROTTLED)])
def test_a_deletion_that_failed_once_is_not_tried_again_for_who_is_back(town: Town, error: Exception) -> None:
    """AWS is away at the first try, and Alice signs her new contract meanwhile: her account stays."""
    faults = [error]

    def away(change: Change) -> None:
        if isinstance(change, Delete) and faults:
            back(town)
            raise faults.pop()

    town.aws.before_apply = away
    agreed(town)
    assert not faults
    assert not deleted(town)
    assert [(step.state, step.tries) for step in of(town).steps] == [(StepState.DROPPED, 1)]
    assert of(town).request.state is RequestState.CLOSED
    assert "works here again" in everything_said(town)
    assert "An earlier try by Usher may have done this" in everything_said(town)


@pytest.mark.parametrize("away", [False, True])
def test_an_account_that_works_again_between_two_tries_is_not_deleted(town: Town, away: bool) -> None:
    """AWS is away at the first try, and somebody unlocks the account by hand: the second try looks first, and stops.

    Where AWS cannot even be read then, nothing is tried blindly either.
    """
    faults: list[Exception] = [down()]

    def fails(change: Change) -> None:
        if isinstance(change, Delete) and faults:
            town.aws.account = replace(town.aws.account, active=True)
            town.aws.faults = [down()] if away else []
            raise faults.pop()

    town.aws.before_apply = fails
    agreed(town)
    assert not faults
    assert not deleted(town)
    assert [(step.state, step.tries) for step in of(town).steps] == [(StepState.DROPPED, 1)]
    assert "An earlier try by Usher may have done this" in everything_said(town)
