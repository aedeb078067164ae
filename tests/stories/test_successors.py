"""Nothing is left without somebody: who takes over is suggested, picked, and asked; only their own yes counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Filled, Form, Menu, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, PersonId
from bot.domain.request import Step
from bot.engine import succeed
from bot.engine.tend import tend
from bot.store import records
from tests.fakes.town import ALICE, BEN, CODE, HANNA, INES, MARCO, SARA, START, TOMASZ, YUKI, Town, speaker, words
from tests.stories.acts import approved, done, everything_said, leave, link, sealed, steps

pytestmark = pytest.mark.on_both_chats

MARCO_CODE = Account(CODE, "40003", "mrossi", active=True)
YUKI_CODE = Account(CODE, "40009", "ytanaka", active=True, last_active=START)


def many(town: Town) -> Town:
    """Ben, Marco and Yuki could take Alice's repository over; Yuki made the last change to it."""
    for person, account in ((MARCO, MARCO_CODE), (YUKI, YUKI_CODE)):
        link(town, person, account)
    repo = town.github.assets[0]
    able = (*repo.candidates, MARCO_CODE, YUKI_CODE)
    town.github.assets = [replace(repo, candidates=able, last_actor="ytanaka")]
    return approved(town)


def question(town: Town) -> Step:
    """Where the hand-over stands."""
    return steps(town, "hand-over")[0]


def named(town: Town, native: str = "40008") -> Town:
    """Ines names somebody."""
    town.press(INES, "successor", native)
    town.say()
    return town


def say_no(town: Town, person: PersonId, reason: str = "I change teams in May. Ask Marco.") -> None:
    """Somebody declines, with a reason."""
    form = town.press(person, "decline")
    assert isinstance(form, Form)
    town.talk.submit(speaker(person), "decline", Filled({"reason": reason}, context=form.context), "no")
    town.work()


def test_the_best_is_suggested_with_the_reason_and_one_press_asks_them(town: Town) -> None:
    """Yuki made the last change, Marco is Alice's manager: the card says so, in that order (S0-7, S1-22)."""
    many(town)
    card = town.direct(INES)[-1]
    assert "I suggest Yuki Tanaka, who made the last change to it." in words(card)
    menu = next(piece for piece in card.pieces if isinstance(piece, Menu))
    assert [option.value for option in menu.options] == ["40009", "40003", "40008"]
    assert "is the manager of Alice Martin" in menu.options[1].detail
    town.press(INES, "suggested")
    town.work()
    assert question(town).assignee == YUKI
    assert "Will you take over repository payments-api in GitHub?" in words(town.direct(YUKI)[-1])


def test_nothing_is_handed_over_before_the_person_accepts(town: Town) -> None:
    """Ines names Ben: her word alone gives him nothing; his own yes does, and a fresh look proves it (S0-7, S0-8)."""
    approved(town)
    named(town)
    town.work()
    assert town.github.assets[0].admins == ("40004",)
    assert question(town).state is StepState.HELD
    town.press(BEN, "accept")
    town.work()
    assert "40008" in town.github.assets[0].admins
    assert question(town).state is StepState.CONFIRMED
    assert "Ben Okafor accepts to take over payments-api." in everything_said(town)


def test_whoever_is_asked_to_take_over_sees_that_question_alone(town: Town) -> None:
    """Ben reads what he is asked; the request, its plan and its report are not his to see (S1-18)."""
    approved(town)
    named(town)
    for _ in range(2):
        with pytest.raises(Refused, match="cannot show you"):
            town.talk.command(speaker(BEN), "/offboard", "OFF-101", Where())
        if question(town).held:
            town.press(BEN, "accept")


def test_nobody_says_yes_for_somebody_else(town: Town) -> None:
    """Not whoever named them, not the leaver, not an admin: the question is Ben's alone (S0-7, S4-4)."""
    approved(town)
    named(town)
    value = sealed(town, BEN, "accept")
    for person in (INES, ALICE, HANNA, SARA, MARCO, TOMASZ):
        with pytest.raises(Refused, match="not waiting for you"):
            town.talk.press(speaker(person), "accept", value, "", Where())
        with pytest.raises(Refused, match="not waiting for you"):
            town.talk.press(speaker(person), "decline", sealed(town, BEN, "decline"), "", Where())
    assert question(town).state is StepState.HELD


def test_whoever_names_themselves_has_said_yes(town: Town) -> None:
    """Ines takes it over herself: she need not be asked whether she wants what she just chose (S1-25)."""
    mine = Account(CODE, "40005", "iferreira", active=True)
    link(town, INES, mine)
    town.github.assets = [replace(town.github.assets[0], candidates=(mine,))]
    approved(town)
    town.press(INES, "successor", "40005")
    town.work()
    assert "40005" in town.github.assets[0].admins


def test_a_no_goes_back_with_its_reason_and_the_next_suggestion(town: Town) -> None:
    """Yuki says no and why: Ines reads it, is suggested Marco, and the membership waits all the while (S0-7)."""
    many(town)
    named(town, "40009")
    with pytest.raises(Refused) as refused:
        say_no(town, YUKI, "   ")
    assert refused.value.field == "reason"
    say_no(town, YUKI)
    card = words(town.direct(INES)[-1]) if question(town).assignee == INES else ""
    assert "Yuki Tanaka said no: “I change teams in May. Ask Marco.”" in card
    assert "I suggest Marco Rossi, who is the manager of Alice Martin." in card
    assert [grant.entitlement.native_id for grant in town.github.grants] == ["org:lumen"]
    town.press(INES, "suggested")
    town.say()
    town.press(MARCO, "accept")
    town.work()
    assert "40003" in town.github.assets[0].admins
    assert town.github.grants == []


def test_the_reason_of_a_no_is_read_by_whoever_asked_and_not_by_the_channel(town: Town) -> None:
    """Why somebody cannot is between them and whoever asked (S1-18)."""
    many(town)
    named(town, "40009")
    say_no(town, YUKI, "I am ill.")
    assert not any("I am ill" in line for line in town.thread())


def test_silence_reminds_then_asks_the_owner_again_and_then_the_next_one(town: Town) -> None:
    """Ben does not answer: a word half-way, then Ines is asked again; she neither: her deputy; never nobody (S0-7)."""
    from bot.engine.tasks import remind  # noqa: PLC0415

    approved(town)
    named(town)
    town.pass_time(timedelta(hours=22))  # half-way was in the night
    assert remind(town.engine, town.now) >= 1
    town.say()
    assert "A reminder" in words(town.direct(BEN)[-1])
    assert tend(town.engine, town.now) == 0
    asked = []
    for _ in range(4):
        town.pass_time(timedelta(hours=25))
        assert tend(town.engine, town.now) == 1
        town.work()
        asked.append(question(town).assignee)
    assert asked[:2] == [INES, TOMASZ]
    assert None not in asked
    assert "Ben Okafor did not answer about payments-api in time. Ines Ferreira is asked now." in everything_said(town)
    with pytest.raises(Refused, match="not waiting for you"):
        succeed.accept(town.engine, question(town).id, BEN, town.now)


def test_somebody_else_can_be_asked_while_the_first_one_thinks(town: Town) -> None:
    """Ben is on holiday: Ines asks Marco instead; Ben's old button then does nothing (S0-7)."""
    many(town)
    named(town)
    value = sealed(town, BEN, "accept")
    with pytest.raises(Refused, match="asked already"):
        named(town)
    named(town, "40003")
    with pytest.raises(Refused, match="not waiting for you"):
        town.talk.press(speaker(BEN), "accept", value, "", Where())
    assert question(town).assignee == MARCO


def test_who_leaves_is_neither_suggested_nor_may_they_accept(town: Town) -> None:
    """Ben's own offboarding is open: he is not offered, and nobody is told why; a yes of his asks again (S0-7, S1-18).

    Also when it began only after he was asked.
    """
    many(town)
    named(town)
    town.offboard(HANNA, person=BEN, typed="Ben Okafor", when="later", day="2026-12-18", time="17:00")
    value = sealed(town, BEN, "accept")
    answer = town.talk.press(speaker(BEN), "accept", value, "", Where())
    assert "Somebody else is asked now" in repr(answer)
    with town.engine.db.look() as tx:
        off = next(one for one in records.steps(tx, "OFF-101") if one.action and one.action.kind == "hand-over")
    assert off.assignee == INES
    town.say()
    card = town.direct(INES)
    menus = [piece for one in card for piece in one.pieces if isinstance(piece, Menu) and piece.action == "successor"]
    assert "40008" not in {option.value for option in menus[-1].options}
    with pytest.raises(Refused, match="cannot take this over"):
        succeed.name_successor(town.engine, off.id, INES, "40008", town.now)


def test_a_successor_who_left_before_answering_is_not_waited_for(town: Town) -> None:
    """Ben leaves on Friday with the question open: on Monday Ines is asked again, not Ben for ever (S0-7)."""
    approved(town)
    named(town)
    leave(town, BEN, START.date() - timedelta(days=1))
    assert tend(town.engine, town.now) == 1
    town.work()
    assert (question(town).assignee, question(town).held) == (INES, "successor")
    with pytest.raises(Refused, match="does not work here"):
        succeed.name_successor(town.engine, question(town).id, INES, "40008", town.now)


def test_two_presses_hand_over_once(town: Town) -> None:
    """A double click on Accept, and an Accept after a Decline: the first counts, the second is told so."""
    approved(town)
    named(town)
    value = sealed(town, BEN, "accept")
    town.press(BEN, "accept")
    with pytest.raises(Refused, match="not waiting for you"):
        town.talk.press(speaker(BEN), "accept", value, "", Where())
    town.work()
    assert sum(change.kind == "hand-over" for change in town.github.log) == 1


def test_the_request_stays_open_until_somebody_accepted(town: Town) -> None:
    """Everything else is done: while nobody took over, it does not close (S0-7)."""
    approved(town)
    named(town)
    done(town, TOMASZ)
    done(town, SARA)
    town.pass_time(timedelta(days=3))
    town.work()
    assert town.request().state is RequestState.RUNNING
    say_no(town, BEN)
    assert town.request().state is RequestState.RUNNING
    named(town)
    town.press(BEN, "accept")
    town.work()
    assert town.request().state is RequestState.CLOSED
