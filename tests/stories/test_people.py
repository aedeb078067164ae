"""People: who reads along, who left, whom nobody can reach, who is late, and who may do what in Usher."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, Power
from bot.engine.tasks import remind
from bot.engine.tend import tend
from bot.store import people
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    GRACE,
    HANNA,
    INES,
    MARCO,
    OMAR,
    PRIYA,
    SARA,
    TOMASZ,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, asked, done, everything_said, finish, leave, sealed, wait

pytestmark = [pytest.mark.on_both_chats, pytest.mark.parametrize("database_kind", ["sqlite"])]


def propose(town: Town, by: PersonId, person: PersonId, power: str) -> object:
    """An admin fills in the form for a role."""
    filled = Filled({"person": person, "power": power})
    return town.talk.submit(speaker(by), "role", filled, f"role-{by}-{person}")


def may(town: Town, person: PersonId, power: Power) -> bool:
    """Whether somebody holds a power now."""
    with town.engine.db.begin() as tx:
        return people.crew(tx).may(person, power)


def test_if_the_leaver_reads_the_channel_the_request_gets_a_room_of_its_own(town: Town) -> None:
    """Nothing about Alice is said where she reads; those who are asked are in the room (S0-23, S1-18)."""
    town.ears.rooms["C-off"] = {f"U{ALICE[2:]}", f"U{BEN[2:]}"}
    approved(town)
    room = town.ears.rooms["C-off-101"]
    assert f"U{ALICE[2:]}" not in room
    assert {f"U{person[2:]}" for person in (HANNA, MARCO, INES, SARA, TOMASZ)} <= room
    assert not any(channel == "C-off" for channel, _, _ in town.ears.posts.values())
    assert town.request().channel == "C-off-101"


def test_who_is_asked_later_is_let_into_the_room(town: Town) -> None:
    """Marco is away and his manager decides: she reads along like the others (S1-18, S0-30)."""
    town.ears.rooms["C-off"] = {f"U{ALICE[2:]}"}
    asked(town)
    room = town.ears.rooms["C-off-101"]
    assert f"U{GRACE[2:]}" not in room
    town.talk.command(speaker(MARCO), "/usher", "away until 2026-12-01", Where())
    tend(town.engine, town.now)
    town.work()
    assert f"U{GRACE[2:]}" in room
    assert sealed(town, GRACE, "approve")
    assert f"U{ALICE[2:]}" not in room


def test_somebody_who_left_between_question_and_click_decides_nothing(town: Town) -> None:
    """The right is looked up at the press; whoever stands in may decide instead (S4-8)."""
    asked(town)
    leave(town, MARCO, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="not among the people"):
        town.press(MARCO, "approve")
    value = sealed(town, INES, "approve")
    town.talk.press(speaker(SARA), "approve", value, "", Where())
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.RUNNING


def test_former_people_of_hr_and_admins_start_nothing(town: Town) -> None:
    """A role does not outlive the last day of whoever holds it (S4-12, S4-15)."""
    leave(town, HANNA, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="may not start"):
        town.offboard()
    with pytest.raises(Refused, match="Only an admin"):
        propose(town, HANNA, BEN, "it")


def test_somebody_without_a_chat_account_is_named_once(town: Town) -> None:
    """Nobody can write to Marco: the thread says so, once, and his yes is asked another way (S0-28)."""
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET ended_at = at WHERE person = 'P-003'")
    asked(town)
    town.press(INES, "approve")
    wait(town, times=2)
    lines = [line for line in town.thread() if "no linked chat account" in line]
    assert len(lines) == 1
    assert "Marco Rossi" in lines[0]
    assert sum(entry.kind == "person.unreached" for entry in town.view().journal) == 1


def test_late_people_are_reminded_once_and_then_everybody_hears(town: Town) -> None:
    """Half-way a word to Tomasz; past the deadline everybody; then silence (S3-9, S3-12)."""
    approved(town)
    messages = len(town.direct(TOMASZ))
    town.pass_time(timedelta(hours=23))
    assert remind(town.engine, town.now) == 1
    town.pass_time(timedelta(hours=2))
    assert remind(town.engine, town.now) == 3
    assert remind(town.engine, town.now) == 0
    town.say()
    assert len(town.direct(TOMASZ)) == messages + 1
    assert "A reminder" in words(town.direct(TOMASZ)[-1])
    assert "Ines Ferreira is past the deadline" in everything_said(town)
    town.pass_time(timedelta(hours=24))
    remind(town.engine, town.now)
    remind(town.engine, town.now + timedelta(days=9))
    town.say()
    assert "This is late" in words(town.direct(TOMASZ)[-1])
    assert "Tomasz Nowak is past the deadline" in everything_said(town)
    assert sum("past the deadline" in line for line in town.thread()) == 3
    finish(town)
    assert remind(town.engine, town.now + timedelta(days=30)) == 0


def test_a_task_done_in_time_is_not_reminded(town: Town) -> None:
    """Nobody hears about what is done (S1-25)."""
    approved(town)
    done(town, TOMASZ)
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    town.pass_time(timedelta(days=3))
    assert remind(town.engine, town.now) == 1  # the password, which is Sara's


def test_a_role_needs_a_second_person(town: Town) -> None:
    """Hanna proposes, Sara agrees: before that it counts for nothing, and the question is answered once (S4-15)."""
    propose(town, HANNA, PRIYA, "it")
    town.say()
    assert not may(town, PRIYA, Power.IT)
    assert button(town.direct(HANNA)[-1], "power_yes") is None if town.direct(HANNA) else True
    value = sealed(town, SARA, "power_yes")
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(HANNA), "power_yes", value, "", Where())
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(PRIYA), "power_yes", value, "", Where())
    card = town.talk.press(speaker(SARA), "power_yes", value, "", Where())
    assert "Priya Shah now has the role IT" in repr(card)
    assert may(town, PRIYA, Power.IT)
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(SARA), "power_yes", value, "", Where())
    town.say()
    assert "was decided" in words(town.direct(SARA)[-1])


def test_a_role_can_be_refused(town: Town) -> None:
    """A no is a no, and can be asked again."""
    propose(town, HANNA, BEN, "security")
    town.say()
    town.press(SARA, "power_no")
    assert not may(town, BEN, Power.SECURITY)
    propose(town, SARA, BEN, "security")


@pytest.mark.parametrize(
    ("by", "person", "power", "said"),
    [
        (BEN, PRIYA, "it", "Only an admin"),
        (HANNA, "P-999", "it", "do not know this person"),
        (HANNA, INES, "it", "have this role already"),
        (HANNA, BEN, "king", "Choose a role"),
    ],
)
def test_roles_that_make_no_sense_are_refused_in_words(
    town: Town, by: PersonId, person: PersonId, power: str, said: str
) -> None:
    """Strangers, unknown people, roles held already, roles that do not exist (S0-5)."""
    with pytest.raises(Refused, match=said):
        propose(town, by, person, power)


def test_one_admin_alone_gives_nothing(town: Town) -> None:
    """Without a second person nobody can agree, and that is said (S4-12)."""
    leave(town, HANNA, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="Nobody is left who could agree"):
        propose(town, SARA, BEN, "it")


def test_somebody_without_any_account_is_offboarded_by_tasks_alone(town: Town) -> None:
    """A contractor who is in no system still has a laptop: the plan is there at once, and it can end (S3-2)."""
    town.offboard(person=PRIYA, typed="Priya Shah")
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    town.press(MARCO, "approve")
    town.press(SARA, "approve")
    town.work()
    for person in (TOMASZ, SARA, INES, INES):  # Ines looks into the two systems in which no account is known
        done(town, person)
    assert town.request().state is RequestState.CLOSED
    assert town.github.log == town.aws.log == []


def test_too_few_who_could_decide_are_said_before_anything_starts(town: Town) -> None:
    """When everybody who may approve is involved or gone, the form says so (S2-12)."""
    for person in (INES, TOMASZ, SARA, PersonId("P-009")):
        leave(town, person, town.now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="Nobody is left who could approve"):
        town.offboard()


def test_everybody_sees_what_is_theirs_to_see(town: Town) -> None:
    """Those involved, HR, IT, security, auditors; Ben, the subject and invented ids learn nothing (S2-5, S4-12)."""
    asked(town)
    for person in (HANNA, MARCO, INES, SARA, TOMASZ, OMAR, CLARA):
        assert "OFF-101" in repr(town.talk.command(speaker(person), "/offboard", "OFF-101", Where()))
    answers = []
    for person, request in ((BEN, "OFF-101"), (ALICE, "OFF-101"), (GRACE, "OFF-101"), (HANNA, "OFF-999")):
        with pytest.raises(Refused) as refused:
            town.talk.command(speaker(person), "/offboard", request, Where())
        answers.append(refused.value.words.replace(request, "it"))
    assert len(set(answers)) == 1


def test_a_task_whose_message_lost_its_button_gets_it_back_from_home(town: Town) -> None:
    """After a restore the message may say “done” while the request waits: *Show* on Home draws it again."""
    approved(town)
    there = next(ts for ts, (_, _, card) in town.ears.posts.items() if button(card, "done"))
    channel, thread, _card = town.ears.posts[there]
    town.ears.posts[there] = (channel, thread, Card("done", ()))
    seen = button(town.talk.home(speaker(TOMASZ)), "show")
    assert seen is not None
    town.talk.press(speaker(TOMASZ), "show", seen, "", Where())
    town.say()
    assert button(town.ears.posts[there][2], "done")


def test_home_shows_what_waits_for_me(town: Town) -> None:
    """Open questions and open decisions, with a way to each; empty when there are none (S0-10, S4-31)."""
    asked(town)
    assert "Your decision is needed: OFF-101 · Leaver: Alice Martin." in words(town.talk.home(speaker(MARCO)))
    assert button(town.talk.home(speaker(MARCO)), "approve") == sealed(town, MARCO, "approve")
    town.press(MARCO, "approve")
    assert "Enjoy the quiet" in words(town.talk.home(speaker(MARCO)))
    town.press(INES, "approve")
    town.work()
    assert "Please: Collect the laptop" in words(town.talk.home(speaker(TOMASZ)))
    assert "Offboard a person" in words(town.talk.home(speaker(HANNA)))
    assert "Alice Martin, running" in words(town.talk.home(speaker(HANNA)))
    assert "Offboard a person" not in words(town.talk.home(speaker(BEN)))
    form = town.talk.press(speaker(HANNA), "role", "start", "", Where())
    assert isinstance(form, Form)
    assert isinstance(town.talk.press(speaker(HANNA), "offboard", "start", "", Where()), Form)
