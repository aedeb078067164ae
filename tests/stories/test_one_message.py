"""All that a person is asked to do for a request is one message, drawn anew as it changes; and how many there are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.chat.cards.tasks import asked_of
from bot.chat.port import Buttons, Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Task, Wave
from bot.domain.request import Step, StepKind
from bot.engine.escalate import escalate
from bot.engine.tasks import attest, draw_again, remind
from bot.engine.telling import tick
from bot.engine.tend import tend
from bot.store import outbox, records, tables
from tests.fakes.town import ALICE, BEN, HANNA, INES, MARCO, SARA, TOMASZ, Town, speaker, words
from tests.stories.acts import approved, asked, done, finish, leave, steps


def another(town: Town, title: str, owner: PersonId = TOMASZ) -> Step:
    """One more thing turns up that Tomasz must do by hand."""
    request = town.request()
    with town.engine.db.begin() as tx:
        known = records.steps(tx, request.id)
        number = max(step.number for step in known) + 1
        mould = next(step for step in known if step.kind is StepKind.TASK)
        step = Step(
            id=records.step_id(request.id, number),
            request=request.id,
            number=number,
            kind=StepKind.TASK,
            state=StepState.READY,
            system=mould.system,
            wave=Wave.TASKS,
            action=Task(title, "As always.", "A photo"),
            assignee=owner,
            deadline=town.now + timedelta(hours=48),
            reminded_at=town.now + timedelta(hours=24),
        )
        records.add_steps(tx, [step])
        outbox.tell(tx, "tasks", town.now, request=request.id, person=owner)
    town.say()
    return step


def tasks(town: Town, person: PersonId) -> list[Card]:
    """The messages in which somebody is asked to do something."""
    found = []
    for key, ts in sorted((key[2], ts) for key, ts in town.ears.keys.items()):
        if key.startswith("tasks:") and key.endswith(f":{person}"):
            found.append(town.ears.posts[ts][2])
    return found


def dones(card: Card) -> list[str]:
    """The sealed values of its Done buttons."""
    rows = [piece for piece in card.pieces if isinstance(piece, Buttons)]
    return [button.value for row in rows for button in row.items if button.action == "done"]


def send(town: Town, person: PersonId, value: str, text: str) -> None:
    """Somebody presses this Done and says how one can see it."""
    form = town.talk.press(speaker(person), "done", value, "", Where())
    assert isinstance(form, Form)
    town.talk.submit(speaker(person), "evidence", Filled({"evidence": text}, context=form.context), f"d-{value}")
    town.work()


def test_all_tasks_of_a_person_are_one_message_that_changes(town: Town) -> None:
    """Added, done, taken over: the same message tells it, each thing with its own button (S1-25, S1-18)."""
    approved(town)
    (first,) = tasks(town, TOMASZ)
    assert first.text.startswith("Please: Collect the laptop")
    another(town, "Collect the badge")
    another(town, "Collect the phone")
    (card,) = tasks(town, TOMASZ)
    assert card.text.endswith("3 things wait for you.")
    said = words(card)
    assert all(thing in said for thing in ("Collect the laptop", "Collect the badge", "Collect the phone"))
    first_done, badge, _phone = dones(card)
    send(town, TOMASZ, badge, "It lies in the safe.")
    (card,) = tasks(town, TOMASZ)
    assert len(dones(card)) == 2
    assert "Collect the badge — done by Tomasz Nowak" in words(card)
    with pytest.raises(Refused, match="done already"):
        town.talk.press(speaker(TOMASZ), "done", badge, "", Where())
    send(town, TOMASZ, first_done, "Asset 4711.")
    (card,) = tasks(town, TOMASZ)
    assert "Please: Collect the phone" in card.text
    send(town, TOMASZ, dones(card)[0], "Asset 4712.")
    (card,) = tasks(town, TOMASZ)
    assert "nothing waits for you any more" in card.text
    assert len([one for one in town.direct(TOMASZ) if "aptop" in words(one)]) == 1


def test_what_somebody_else_did_is_told_in_the_same_message(town: Town) -> None:
    """Sara attests for Tomasz: his message says who did it (S1-25)."""
    approved(town)
    another(town, "Collect the badge")
    laptop = next(step for step in steps(town, "task") if step.assignee == TOMASZ)
    attest(town.engine, laptop.id, SARA, "I have it.", (), town.now)
    town.work()
    (card,) = tasks(town, TOMASZ)
    assert len(dones(card)) == 1
    assert "done by Sara Haddad" in words(card)


def test_what_goes_to_somebody_else_leaves_one_message_and_joins_the_other(town: Town) -> None:
    """Tomasz left: whoever looks after it now has all of it in one message, whatever they had before (S1-25)."""
    approved(town)
    another(town, "Collect the badge")
    leave(town, TOMASZ, town.now.date() - timedelta(days=1))
    tend(town.engine, town.now)
    town.say()
    (heir,) = {step.assignee for step in steps(town, "task") if step.system == "laptop"}
    assert heir not in {TOMASZ, None}
    (card,) = tasks(town, heir or INES)
    assert len(dones(card)) == 2


def test_more_than_fit_follow_when_some_are_done(town: Town) -> None:
    """A message that nobody can read helps nobody: seven, and how many more there are (S1-25)."""
    approved(town)
    for number in range(9):
        another(town, f"Thing {number}")
    (card,) = tasks(town, TOMASZ)
    assert len(dones(card)) == 7
    assert "3 more follow here when these are done." in words(card)
    send(town, TOMASZ, dones(card)[0], "Done.")
    (card,) = tasks(town, TOMASZ)
    assert len(dones(card)) == 7
    assert "2 more follow here when these are done." in words(card)


def test_whoever_named_somebody_sees_it_and_whoever_was_named_is_asked_once(town: Town) -> None:
    """Ines names Ben, Ben says yes: one message each, no question comes back to Ines (S1-25, S1-13)."""
    approved(town)
    (question,) = tasks(town, INES)
    assert "Who takes over payments-api?" in words(question)
    town.press(INES, "successor", "40008")
    town.say()
    (question,) = tasks(town, INES)
    assert "Ben Okafor was asked and has not answered yet." in words(question)
    assert len(tasks(town, BEN)) == 1
    town.press(BEN, "accept")
    town.work()
    for person in (INES, BEN):
        (card,) = tasks(town, person)
        assert not any(isinstance(piece, Buttons) for piece in card.pieces)
    named = [line for line in "\n".join(town.thread()).splitlines() if "Ines Ferreira named" in line]
    assert len(named) == 1


def test_several_reminders_of_one_moment_are_one_message(town: Town) -> None:
    """Two things are due: one word about both, with both buttons (S1-25, S2-12)."""
    approved(town)
    another(town, "Collect the badge")
    town.pass_time(timedelta(hours=25))
    remind(town.engine, town.now)
    town.say()
    found = [card for card in town.direct(TOMASZ) if "A reminder" in card.text]
    assert [len(dones(card)) for card in found] == [2]
    assert found[0].text == "A reminder: 2 things of OFF-101 wait for you."


def test_the_messages_of_a_whole_offboarding_are_counted(town: Town) -> None:
    """From asking to the report: nobody gets more than this, and the leaver nothing (S1-25, S1-18, S4-12).

    One for each decision, one for all that is to be done, one when it begins and ends for whoever is told, one for
    whoever asked when it was decided and when it is over.
    """
    asked(town)
    for person in (MARCO, INES):
        town.press(person, "approve")
    town.work()
    tick(town.engine, town.now)
    another(town, "Collect the badge")
    for _ in range(3):
        town.pass_time(timedelta(minutes=30))
        remind(town.engine, town.now)
        escalate(town.engine, town.now)
        tick(town.engine, town.now)
        town.work()
    finish(town)
    done(town, TOMASZ)
    tick(town.engine, town.now)
    town.say()
    assert town.request().state is RequestState.CLOSED
    count = Counter({person: len(town.direct(person)) for person in (HANNA, MARCO, INES, TOMASZ, SARA, BEN, ALICE)})
    bound = {HANNA: 2, MARCO: 2, INES: 2, TOMASZ: 1, SARA: 1, BEN: 1, ALICE: 0}
    assert {person: count[person] for person in bound} == bound
    assert sum(len(town.direct(PersonId(f"P-{n:03}"))) for n in range(1, 14)) == sum(bound.values())


def test_drawn_again_it_is_the_same_message(town: Town) -> None:
    """Show, a restore, a second look: whatever draws it, there is one (S1-25)."""
    approved(town)
    another(town, "Collect the badge")
    draw_again(town.engine, "OFF-101", TOMASZ, town.now)
    town.say()
    assert len(tasks(town, TOMASZ)) == 1
    open_ones, over = asked_of(town.view(), TOMASZ)
    assert len(open_ones) == 2
    assert over == []


def night(town: Town, at: datetime, hours: int) -> None:
    """It becomes that time, and the clock looks every hour."""
    town.now = at
    for _ in range(hours):
        remind(town.engine, town.now)
        town.say()
        town.pass_time(timedelta(hours=1))


def reminders(town: Town, person: PersonId) -> list[Card]:
    """What somebody was reminded of."""
    return [card for card in town.direct(person) if "reminder" in card.text or "This is late" in card.text]


def test_nobody_is_reminded_of_a_task_in_their_night(town: Town) -> None:
    """Half-way is at midnight: Tomasz in Warsaw hears at seven, where he is (S1-25)."""
    approved(town)
    town.pass_time(timedelta(hours=13))
    laptop = next(step for step in steps(town, "task") if step.assignee == TOMASZ)
    with town.engine.db.begin() as tx:
        records.settle(tx, laptop, laptop.state, reminded_at=town.now)
    night(town, datetime(2026, 11, 23, 22, 0, tzinfo=UTC), 8)
    assert reminders(town, TOMASZ) == []
    night(town, datetime(2026, 11, 24, 6, 1, tzinfo=UTC), 2)
    assert len(reminders(town, TOMASZ)) == 1


def test_what_locks_somebody_waits_for_no_morning(town: Town) -> None:
    """A step of containment that only a person can do: its owner hears in the night too (S1-25, S2-14)."""
    approved(town)
    urgent = another(town, "Lock the account by hand")
    with town.engine.db.begin() as tx:
        tx.execute(sa.update(tables.steps).where(tables.steps.c.id == urgent.id).values(wave=Wave.CONTAIN.value))
        tx.execute(sa.update(tables.steps).where(tables.steps.c.id == urgent.id).values(reminded_at=town.now))
    night(town, datetime(2026, 11, 23, 22, 0, tzinfo=UTC), 1)
    (card,) = reminders(town, TOMASZ)
    assert "Lock the account by hand" in words(card)
    assert len(dones(card)) == 1
