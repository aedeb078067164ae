"""Access for a while when something is in its way: systems that refuse or are away, gifts of others, an offboarding."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Entitlement, Grant
from bot.engine import approve
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import down
from tests.fakes.town import ALICE, HANNA, INES, MARCO, Town, words
from tests.stories.acts import everything_said
from tests.stories.lends import (
    ON_CALL,
    access,
    ask,
    asked,
    calls,
    given,
    holds,
    last_words,
    pass_time,
    step,
)

HOUR = timedelta(hours=1)


def test_what_one_has_already_is_neither_given_nor_taken(town: Town) -> None:
    """Alice got it by other means: nobody is asked, and no end is set (S1-25)."""
    town.aws._do(_assign(town))  # noqa: SLF001 - somebody else gave it in the system itself
    asked(town)
    view = access(town)
    assert view.request.state is RequestState.WITHDRAWN
    assert "has this already, and not through me" in last_words(town, ALICE)
    assert not town.direct(INES)
    assert pass_time(town, timedelta(days=1)) == 0
    assert holds(town.aws)


def test_what_somebody_else_gave_before_the_yes_stays(town: Town) -> None:
    """Between question and answer it was given by hand: it is not ours to take away at the end."""
    asked(town)
    town.aws._do(_assign(town))  # noqa: SLF001
    town.press(INES, "approve")
    town.work()
    pass_time(town, timedelta(days=1))
    assert holds(town.aws)
    assert not town.aws.log
    assert [one.state for one in access(town).steps] == [StepState.CONFIRMED, StepState.DROPPED]
    assert access(town).request.state is RequestState.CLOSED
    assert "nothing is taken away" in everything_said(town)


def _assign(town: Town) -> Assign:
    return Assign(Grant(town.aws.account, Entitlement("group:prod-readers", "group", "prod-readers")))


@pytest.mark.parametrize("kind", [Kind.PERMISSION, Kind.PERMANENT, Kind.GONE])
def test_what_cannot_be_given_is_over_and_said(town: Town, kind: Kind) -> None:
    """Access fails closed: one clear answer ends it, with nothing to take back (S4-12)."""
    asked(town)
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, 1)  # the reading
    town.aws.faults = [ConnectorError("AWS says no.", kind=kind)]
    town.work()
    view = access(town)
    assert [one.state for one in view.steps] == [StepState.FAILED, StepState.DROPPED]
    assert view.request.state is RequestState.CLOSED
    assert "Could not be given: AWS says no." in everything_said(town)
    assert calls(town.aws) == ["assign"]


def test_what_may_have_been_given_is_taken_back(town: Town) -> None:
    """The first answer never came, the second one is no: it may be there, so it is looked for and taken away."""
    asked(town)
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, 1)

    def lost(_change: object) -> None:
        town.aws.after_apply = None
        town.aws.faults = [ConnectorError("No more.", kind=Kind.PERMISSION)]
        raise down()

    town.aws.after_apply = lost
    town.work()
    assert holds(town.aws)
    for _ in range(5):
        pass_time(town, timedelta(minutes=1))
    assert not holds(town.aws)
    assert calls(town.aws) == ["assign", "assign", "revoke"]
    assert [one.state for one in access(town).steps] == [StepState.FAILED, StepState.CONFIRMED]
    assert access(town).request.state is RequestState.CLOSED


def test_a_system_that_is_away_until_the_end_gives_nothing_later(town: Town) -> None:
    """It is tried again, and not for a moment longer than it was asked for."""
    asked(town)
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, 1)
    town.aws.faults = [down() for _ in range(500)]
    for _ in range(13):
        pass_time(town, timedelta(minutes=10))
    assert step(town, "assign").state is StepState.DROPPED
    town.aws.faults = []
    pass_time(town, timedelta(hours=2))
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED
    assert access(town).request.state is RequestState.CLOSED


def test_what_never_began_takes_nothing_away(town: Town) -> None:
    """The system could not be read until the end: nothing was given, and what somebody gave by hand stays."""
    asked(town)
    town.press(INES, "approve")
    town.aws.faults = [down() for _ in range(500)]
    for _ in range(10):
        pass_time(town, timedelta(minutes=10))
    town.aws._do(_assign(town))  # noqa: SLF001 - somebody gave it by hand
    pass_time(town, timedelta(minutes=25))
    town.aws.faults = []
    pass_time(town, 3 * HOUR)
    assert access(town).request.state is RequestState.CLOSED
    assert not town.aws.log
    assert holds(town.aws)
    assert "Could not be given: It ended before it was seen given." in last_words(town, ALICE)


def test_an_end_that_fails_is_tried_until_it_is_seen(town: Town) -> None:
    """Taking away never ends in failure: it waits for the system, for days if need be (S1-20)."""
    given(town)
    town.aws.faults = [down() for _ in range(30)]
    for _ in range(80):
        pass_time(town, timedelta(hours=1))
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED


def test_a_system_that_cannot_be_read_gives_nothing(town: Town) -> None:
    """Without a look nobody knows what Alice has already: it is said, and nobody is asked."""
    town.aws.faults = [down() for _ in range(10)]
    ask(town)
    for _ in range(5):
        pass_time(town, timedelta(minutes=5))
    assert access(town).request.state is RequestState.WITHDRAWN
    assert "could not be read" in last_words(town, ALICE)


def test_an_offboarding_withdraws_what_is_asked_and_ends_what_is_lent(town: Town) -> None:
    """What was asked for is withdrawn with words, what was given ends at once, and nothing new is given (S0-20)."""
    given(town)
    asked(town, what=ON_CALL)
    question = access(town, 102).request
    heard = len(town.direct(ALICE))
    town.offboard(HANNA)
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    pass_time(town, timedelta(seconds=5))
    assert not holds(town.aws)
    assert access(town).request.state is RequestState.CLOSED
    assert access(town, 102).request.state is RequestState.WITHDRAWN
    assert "This can no longer be given." in everything_said(town)
    assert len(town.direct(ALICE)) == heard  # nobody learns of an offboarding from this, she least of all
    assert "leaves" not in "\n".join(words(one) for one in (*town.direct(ALICE), *_channel(town)))
    for person in (INES, MARCO):
        with pytest.raises(Refused):
            approve.approve(town.engine, question.id, question.digest, person, town.now, yes=True)
    with pytest.raises(Refused):
        ask(town, MARCO, ON_CALL)
    assert not holds(town.github, ON_CALL)


def _channel(town: Town) -> list[Card]:
    """The cards of the requests for access, which everybody reads."""
    return [one for channel, _, one in town.ears.posts.values() if channel == "C-off" and "Access:" in one.text]


def test_leaving_is_no_secret_an_access_request_tells(town: Town) -> None:
    """An offboarding that was only asked for changes nothing for what Alice asks: she must not learn of it here."""
    town.offboard(HANNA)
    town.work()
    given(town)
    assert holds(town.aws)
