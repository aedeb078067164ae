"""The wrong person was locked: one press stops it, one yes unlocks."""

from __future__ import annotations

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.engine import restore
from bot.engine.restore import Restoring
from tests.fakes.town import (
    ALICE,
    CLARA,
    HANNA,
    INES,
    MARCO,
    OMAR,
    SARA,
    TOMASZ,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, everything_said, finish
from tests.stories.undos import agree, keys, of, works

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def mistaken(town: Town) -> Card:
    """Hanna presses the button while it runs."""
    answer = town.press(HANNA, "wrong_person")
    town.work()
    assert isinstance(answer, Card)
    return answer


def test_a_wrong_person_is_unlocked_by_one_yes(town: Town) -> None:
    """Stopped at the press; one approval gives back what was locked, and nothing else (S4-27)."""
    approved(town)
    gone = keys(town)
    assert works(town) == (False, False)
    assert "one yes is enough" in mistaken(town).text
    assert of(town, "OFF-101").request.stopped_at is not None
    agree(town, (MARCO,))
    assert works(town) == (True, True)
    assert all(key.active for key in town.aws.credentials)
    assert keys(town) == gone
    assert of(town, "RST-101").request.state is RequestState.CLOSED
    assert of(town, "OFF-101").request.state is RequestState.CLOSED
    assert "says that this is the wrong person" in everything_said(town)


def test_a_wrong_person_is_nobodys_own_decision(town: Town) -> None:
    """Whoever pressed does not decide, and neither do strangers to the request."""
    approved(town)
    mistaken(town)
    request = of(town, "RST-101").request
    for person in (HANNA, ALICE, OMAR):
        value = town.desk.sealed("approve", request.id, request.digest)
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "approve", value, "", Where())
    assert not town.aws.account.active
    with pytest.raises(Refused, match="asked for already"):
        town.talk.command(speaker(SARA), "usher", "wrong-person OFF-101", Where())


def test_nobody_is_asked_any_more_for_what_a_wrong_person_would_have_cost(town: Town) -> None:
    """Who was asked to collect her laptop, or to name a successor, reads that nothing is asked of them now."""
    approved(town)
    town.say()
    assert button(town.direct(TOMASZ)[-1], "done")
    assert button(town.direct(INES)[-1], "successor")
    mistaken(town)
    agree(town, (MARCO,))
    town.say()
    for person, action in ((TOMASZ, "done"), (SARA, "done"), (INES, "successor")):
        assert [card.text for card in town.direct(person) if button(card, action)] == []
    assert "nothing waits for you any more" in words(town.direct(TOMASZ)[-1])


def test_after_a_wrong_person_the_rest_can_be_given_back_too(town: Town) -> None:
    """What was taken beyond the locks is undone in the ordinary way."""
    before = keys(town)
    approved(town)
    mistaken(town)
    agree(town, (MARCO,))
    restore.submit(town.engine, Restoring(CLARA, "OFF-101"), town.now)
    town.work()
    agree(town)
    assert keys(town) == before


def test_what_is_over_is_no_wrong_person_any_more(town: Town) -> None:
    """The way is the ordinary one, and it says so."""
    finish(approved(town))
    with pytest.raises(Refused, match="OFF-101 is not running any more"):
        town.talk.command(speaker(HANNA), "usher", "wrong-person OFF-101", Where())
