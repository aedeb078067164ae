"""A role is taken away again: two people agree, it counts for nothing from then on, and others are asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, Power
from bot.engine.escalate import escalate
from bot.engine.tend import tend
from bot.store import people
from tests.fakes.town import BEN, CLARA, HANNA, INES, MARCO, OMAR, SARA, TOMASZ, Town, speaker, words
from tests.stories.acts import asked, leave, sealed


def take(town: Town, by: PersonId, text: str) -> str:
    """Somebody types whose role should end; what they read."""
    answer = town.talk.command(speaker(by), "/usher", f"take-role {text}", Where())
    assert isinstance(answer, Card)
    town.say()
    return words(answer)


def may(town: Town, person: PersonId) -> frozenset[Power]:
    """What somebody may do in Usher now."""
    with town.engine.db.look() as tx:
        return people.crew(tx).powers.get(person, frozenset())


def test_a_role_ends_when_a_second_person_agrees(town: Town) -> None:
    """Hanna proposes that Tomasz is no longer IT, Sara agrees; neither alone, and never he himself (S4-15)."""
    assert "I asked: Sara Haddad" in take(town, HANNA, "Tomasz Nowak it")
    assert may(town, TOMASZ) == {Power.IT}
    value = sealed(town, SARA, "second_yes")
    for person in (HANNA, TOMASZ, BEN):
        with pytest.raises(Refused):
            town.talk.press(speaker(person), "second_yes", value, "", Where())
    assert "Tomasz Nowak no longer has the role IT" in repr(
        town.talk.press(speaker(SARA), "second_yes", value, "", Where())
    )
    assert may(town, TOMASZ) == frozenset()
    assert may(town, INES) == {Power.IT}
    with pytest.raises(Refused):
        town.talk.press(speaker(SARA), "second_yes", value, "", Where())


def test_whose_role_it_is_hears_nothing_while_nobody_answers(town: Town) -> None:
    """Security is told next, but not the one of security whom it is about (S1-18)."""
    with town.engine.db.begin() as tx:
        people.give(tx, TOMASZ, Power.SECURITY, town.now, by="a story")
    take(town, HANNA, "Tomasz Nowak it")
    before = len(town.direct(TOMASZ))
    for _ in range(80):
        town.pass_time(timedelta(hours=1))
        escalate(town.engine, town.now)
    town.say()
    assert "Nobody has answered since" in " ".join(card.text for card in town.direct(HANNA))
    assert len(town.direct(TOMASZ)) == before


def test_a_no_leaves_everything_as_it_is(town: Town) -> None:
    """And it can be proposed again."""
    take(town, HANNA, "<@U006> it")
    town.press(SARA, "second_no")
    assert may(town, TOMASZ) == {Power.IT}
    take(town, HANNA, "<@U006> it")


@pytest.mark.parametrize(
    ("by", "text", "said"),
    [
        (CLARA, "Tomasz Nowak it", "Only an admin"),
        (HANNA, "Tomasz Nowak security", "do not have this role"),
        (HANNA, "Tomasz Nowak", "/usher take-role @name hr"),
        (HANNA, "Tomasz Nowak king", "/usher take-role @name hr"),
        (HANNA, "", "/usher take-role @name hr"),
        (HANNA, "Nobody Known it", "found nobody"),
    ],
)
def test_what_makes_no_sense_is_answered_with_an_example(town: Town, by: PersonId, text: str, said: str) -> None:
    """Strangers, roles that somebody does not hold, roles there are not (S0-5)."""
    with pytest.raises(Refused, match=said):
        take(town, by, text)


def test_the_last_admin_keeps_the_role(town: Town) -> None:
    """Sara's ends while Hanna is an admin too; Hanna's is then the last (S0-7)."""
    with town.engine.db.begin() as tx:
        people.give(tx, OMAR, Power.SECURITY, town.now, by="set-up")
    take(town, HANNA, "Sara Haddad admin")
    town.press(OMAR, "second_yes")
    assert may(town, SARA) == {Power.SECURITY}
    with pytest.raises(Refused, match="last admin"):
        take(town, HANNA, "Hanna Lindqvist admin")


def test_whoever_was_asked_because_of_the_role_is_not_waited_for(town: Town) -> None:
    """Sara decides as security; her role goes to Omar: he is asked, and her old button does nothing (S1-17, S0-30)."""
    with town.engine.db.begin() as tx:
        people.give(tx, OMAR, Power.SECURITY, town.now, by="set-up")
        people.give(tx, BEN, Power.ADMIN, town.now, by="set-up")
        people.end_powers(tx, OMAR, town.now, only=Power.AUDITOR)
    leave(town, MARCO, town.now.date() - timedelta(days=1))
    asked(town)
    assert set(town.request().approvers) == {INES, SARA, OMAR}
    old = sealed(town, SARA, "approve")
    take(town, HANNA, "Sara Haddad security")
    town.press(OMAR, "second_yes")
    tend(town.engine, town.now)
    town.work()
    assert set(town.request().approvers) == {INES, OMAR}
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(SARA), "approve", old, "", Where())
    town.press(INES, "approve")
    town.press(OMAR, "approve")
    assert town.request().state is RequestState.RUNNING
