"""Something is still in use: its owner is asked once, with the facts, a default and its time; nothing else waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.chat.cards.thread import root, status
from bot.chat.desk import request_buttons
from bot.chat.port import Form
from bot.chat.report.trail import trail
from bot.domain.errors import Refused
from bot.domain.hold import DATE, HANDING, USE
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Entitlement, Grant, HandOver
from bot.domain.reading import Part, Work
from bot.engine import control, halt, seconds, waiting
from bot.engine.expire import expire
from bot.engine.tend import tend
from bot.store import Database
from tests.fakes.memory import down
from tests.fakes.town import ALICE, ALICE_CODE, BEN, HANNA, INES, MARCO, OMAR, PRIYA, SARA, START, TOMASZ, Town, words
from tests.stories.acts import approved, done, everything_said, finish, leave, wait
from tests.stories.acts import asked as to_be_decided
from tests.stories.holding import ASK, EVERYTHING, holds, keep, later, pass_on, press, ruled, shown, team_step

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = timedelta(days=1)
BUSY = Work(
    "repo:1",
    "repository",
    "payments-api",
    ("team:1",),
    last_change=START - DAY,
    last_actor=ALICE_CODE,
    pulls=2,
    reviews=1,
    running=1,
    schedules=("reconcile",),
)


@pytest.fixture
def town(db: Database) -> Town:
    """Alice's exit is approved; whether her team is still in use was asked of Ines, who looks after GitHub."""
    return approved(ruled(Town(db), ASK))


def test_the_owner_is_asked_with_the_facts_the_default_and_its_time(town: Town) -> None:
    """Four answers, what is known and what is not, and when it goes all the same (S1-3, S1-16)."""
    (card,) = holds(town, INES)
    said = words(card)
    assert "payments" in said
    assert "alice-m: last activity not known" in said
    assert "deploy key ci-payments was used just now" in said
    assert "unless you answer" in said
    for label in ("Remove now", "Keep until a date", "Hand over first", "Ask somebody"):
        assert label in said
    assert team_step(town).state is StepState.HELD


def test_the_owner_hears_what_goes_on_there(db: Database) -> None:
    """The last change and whose it was, what is open, what runs, and whose schedule it is, in one sentence (S1-3)."""
    said = _asked_about(db, BUSY)
    assert (
        "payments-api: last change yesterday by Alice Martin; 2 pull requests of Alice Martin are open; "
        "1 pull request waits for a review by Alice Martin; 1 pipeline is running now; "
        "“reconcile” runs on a schedule in the name of Alice Martin: let somebody take it over; "
        "Alice Martin is its only administrator"
    ) in said
    assert "not known" not in said.replace("last activity not known", "")


def test_nothing_open_is_not_the_same_as_not_known(db: Database) -> None:
    """None is said as none; what the system does not tell is one short sentence at the end (S1-3)."""
    quiet = replace(BUSY, pulls=0, reviews=0, running=None, schedules=None)
    said = _asked_about(db, quiet)
    assert "payments-api: last change yesterday by Alice Martin; no open pull request concerns Alice Martin" in said
    assert "not known: running pipelines and schedules" in said


def _asked_about(db: Database, work: Work) -> str:
    """What the owner of the team's system reads where this goes on in a repository that the team opens."""
    town = ruled(Town(db), ASK)
    town.github.work = Part((work,))
    (card,) = holds(approved(town), INES)
    return words(card)


def test_a_question_delays_nothing_else(town: Town) -> None:
    """Everything that contains has ended, other memberships are gone; one item alone waits (S1-9, S0-20)."""
    assert town.aws.account.active is False
    assert town.github.account.active is False
    assert town.aws.grants == []
    assert all(step.ended for step in town.view().contain)
    assert [step.number for step in town.view().steps if step.held == USE] == [team_step(town).number]


def test_all_questions_of_one_person_come_in_one_message(db: Database) -> None:
    """Three items, one message, one press for all (S1-9)."""
    town = ruled(Town(db), ASK)
    more = [Grant(ALICE_CODE, Entitlement(f"team:{n}", "team", f"squad {n}")) for n in (2, 3)]
    town.github.grants += more
    approved(town)
    (card,) = holds(town, INES)
    assert words(card).count("unless you answer") == 3
    town.press(INES, "hold_all")
    town.work()
    assert [grant.entitlement.kind for grant in town.github.grants] == ["organisation"]
    assert "Nothing waits for you here any more" in words(holds(town, INES)[0])
    with pytest.raises(Refused, match="answered already"):
        press(town, INES, "hold_remove", team_step(town))


def test_remove_now_goes_at_once_and_is_checked(town: Town) -> None:
    """The press is the answer; a second one hears who gave it (S1-7)."""
    step = team_step(town)
    press(town, INES, "hold_remove", step)
    assert team_step(town).state is StepState.CONFIRMED
    assert "Ines Ferreira says that it may go" in everything_said(town)
    with pytest.raises(Refused, match="answered already") as refused:
        press(town, SARA, "hold_remove", step)
    assert "Ines Ferreira answered" in refused.value.hint
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_silence_does_what_was_announced(town: Town) -> None:
    """Reminded once half-way, removed at the stated time, and the thread says why (S1-7)."""
    later(town, DAY + timedelta(minutes=1))
    assert team_step(town).state is StepState.HELD
    assert sum("A reminder about" in card.text for card in town.direct(INES)) == 1
    later(town, DAY)
    assert team_step(town).state is StepState.CONFIRMED
    assert "nobody answered in time, so it goes now" in everything_said(town)
    assert not shown(town, INES, "hold_remove")


def test_keep_until_has_an_owner_and_an_end(town: Town) -> None:
    """It stays, shown everywhere with its end; the day before one is asked once more; then it goes (S1-3, S1-9)."""
    keep(town, INES, team_step(town), town.now + 10 * DAY)
    kept = team_step(town)
    assert (kept.held, kept.assignee) == (DATE, INES)
    assert kept.due is not None
    assert "keeps it until Thu 03 Dec 2026" in everything_said(town)
    assert kept.id not in {one.name for one in waiting.of(town.engine, INES, town.now)}
    assert kept.id in {one.name for one in waiting.of(town.engine, INES, town.now + 9 * DAY)}
    later(town, timedelta(days=9, hours=8))
    assert "A reminder about" in town.direct(INES)[-1].text
    assert team_step(town).state is StepState.HELD
    later(town, DAY)
    assert team_step(town).state is StepState.CONFIRMED
    assert "the time for which it was kept is over" in everything_said(town)


def test_nothing_is_kept_for_longer_than_policy_allows(town: Town) -> None:
    """The form says how long; a later day is refused; saying it again later is a new answer (S1-3)."""
    step = team_step(town)
    form = press(town, INES, "hold_keep", step)
    assert isinstance(form, Form)
    assert "At most until Wed 23 Dec 2026" in repr(form)
    with pytest.raises(Refused, match="longest that policy allows"):
        keep(town, INES, step, town.now + 31 * DAY)
    with pytest.raises(Refused, match="already passed"):
        keep(town, INES, step, town.now - DAY)
    keep(town, INES, step, town.now + 20 * DAY)
    later(town, 19 * DAY)
    keep(town, INES, step, town.now + 20 * DAY)
    assert team_step(town).due is not None
    later(town, 21 * DAY)
    assert team_step(town).state is StepState.CONFIRMED


def test_a_colleague_is_asked_instead_until_the_same_time(town: Town) -> None:
    """Somebody who works here and is not the leaver; the time stays, and so does the default (S1-16)."""
    step = team_step(town)
    leave(town, PRIYA, date(2026, 11, 1))
    for person, said in ((ALICE, "not asked"), (PRIYA, "not work here"), (INES, "asked now")):
        with pytest.raises(Refused, match=said):
            pass_on(town, INES, step, person)
    pass_on(town, INES, step, BEN)
    asked = team_step(town)
    assert (asked.assignee, asked.due) == (BEN, step.due)
    assert shown(town, BEN, "hold_remove")
    assert not shown(town, INES, "hold_remove")
    press(town, BEN, "hold_remove", step)
    assert team_step(town).state is StepState.CONFIRMED


def test_hand_over_first_waits_for_the_hand_over_alone(town: Town) -> None:
    """The task is Ines's; once she says who has it, the item goes by itself (S1-3)."""
    press(town, INES, "hold_first", team_step(town))
    assert team_step(town).held == HANDING
    assert "Hand over what hangs on payments" in everything_said(town)
    done(town, INES, "Ben has it now.")
    assert team_step(town).state is StepState.CONFIRMED


def test_hand_over_first_without_a_successor_ends_all_the_same(town: Town) -> None:
    """Nobody takes it over: the longest time passes, and it goes as announced (S1-3)."""
    press(town, INES, "hold_first", team_step(town))
    later(town, 31 * DAY)
    assert team_step(town).state is StepState.CONFIRMED


def test_what_carries_a_thing_without_another_owner_is_asked_about_after_its_hand_over(db: Database) -> None:
    """The repository has nobody else: first a successor, then the question, and no time limit overtakes that (S0-7)."""
    town = approved(ruled(Town(db), EVERYTHING))
    org = next(s for s in town.view().steps if "org:lumen" in repr(s.action) and not isinstance(s.action, HandOver))
    later(town, 31 * DAY)
    assert [grant.entitlement.native_id for grant in town.github.grants] == ["org:lumen"]
    finish(town)
    asked = next(step for step in town.view().steps if step.id == org.id)
    assert (asked.state, asked.held) == (StepState.HELD, USE)


@pytest.mark.parametrize("rules", [ASK, EVERYTHING], ids=["the team", "everything"])
def test_what_would_end_a_kept_right_waits_with_it(db: Database, rules: str) -> None:
    """Leaving the organisation ends every team: while one is in use, it stays too, and goes right after it (S1-3)."""
    town = ruled(Town(db), rules)
    org = town.github.grants[0]
    town.github.grants[0] = replace(org, entitlement=replace(org.entitlement, base=True))
    approved(town)
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    assert [grant.entitlement.kind for grant in town.github.grants] == ["organisation", "team"]
    press(town, INES, "hold_remove", team_step(town))
    if rules == EVERYTHING:
        later(town, 3 * DAY)
    assert town.github.grants == []


def test_only_whoever_is_asked_or_looks_after_the_system_answers(town: Town) -> None:
    """HR, other colleagues and the leaver herself do not (S4-12)."""
    step = team_step(town)
    for person in (BEN, OMAR, MARCO):
        with pytest.raises(Refused, match="not yours to answer"):
            press(town, person, "hold_remove", step)
    with pytest.raises(Refused, match="concerns you"):
        press(town, ALICE, "hold_remove", step)
    press(town, TOMASZ, "hold_remove", step)  # the deputy
    assert team_step(town).state is StepState.CONFIRMED


def test_a_powerful_item_goes_to_security_and_never_to_nobody(db: Database) -> None:
    """Production is asked of security; without anybody in security, of an admin (S1-16)."""
    town = approved(ruled(Town(db), EVERYTHING))
    assert "prod-readers" in words(holds(town, SARA)[0])
    prod = next(step for step in town.view().steps if "group:prod" in repr(step.action))
    with pytest.raises(Refused, match="not yours to answer"):
        press(town, INES, "hold_remove", prod)
    with pytest.raises(Refused, match="powerful"):
        pass_on(town, SARA, prod, BEN)
    leave(town, SARA, date(2026, 11, 1))
    tend(town.engine, town.now)
    town.work()
    asked = next(step for step in town.view().steps if step.id == prod.id)
    assert asked.assignee == HANNA


def test_an_owner_who_left_meanwhile_is_not_waited_for(town: Town) -> None:
    """The question goes to whoever keeps the system now, with time enough to answer (S1-16)."""
    later(town, timedelta(hours=47))
    leave(town, INES, date(2026, 11, 1))
    assert tend(town.engine, town.now) > 0
    town.work()
    asked = team_step(town)
    assert asked.assignee == TOMASZ
    assert asked.due is not None
    assert asked.due - town.now > timedelta(hours=20)
    assert shown(town, TOMASZ, "hold_remove")
    with pytest.raises(Refused, match="not yours"):
        press(town, INES, "hold_remove", asked)


def test_the_leaver_is_never_asked_about_what_she_owned(db: Database) -> None:
    """Alice looks after GitHub herself: the deputy is asked (S1-16)."""
    town = ruled(Town(db), ASK)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql(
            "UPDATE versions SET body = replace(body, 'owner: P-005            # Ines Ferreira\n    deputy', "
            "'owner: P-004\n    deputy')"
        )
    approved(town)
    assert team_step(town).assignee == TOMASZ
    assert holds(town, ALICE) == []


def test_a_hold_that_ends_while_stopped_ends_when_it_goes_on(town: Town) -> None:
    """Stop stops this too; Go on does what was announced meanwhile (S4-27)."""
    town.press(HANNA, "stop")
    later(town, 3 * DAY)
    assert team_step(town).state is StepState.HELD
    town.press(HANNA, "go_on")
    later(town, timedelta(seconds=1))
    assert team_step(town).state is StepState.CONFIRMED


def test_while_usher_is_paused_no_silence_falls(town: Town) -> None:
    """Usher itself makes no change, so no time runs out either; once it goes on, what was announced happens (S4-27)."""
    halt.pause(town.engine, SARA, "A system answers strangely.", town.now)
    later(town, 3 * DAY)
    assert team_step(town).state is StepState.HELD
    asked = halt.propose_going_on(town.engine, SARA, town.now)
    seconds.answer(town.engine, asked.id, HANNA, town.now, yes=True)
    later(town, timedelta(seconds=1))
    assert team_step(town).state is StepState.CONFIRMED


def test_an_answer_while_stopped_is_taken_and_waits(town: Town) -> None:
    """Nobody is told that it goes now while Stop is in force (S4-27)."""
    control.stop(town.engine, town.request().id, HANNA, town.now)
    answer = press(town, INES, "hold_remove", team_step(town))
    assert "It begins when OFF-101 goes on" in repr(answer)
    assert team_step(town).state is StepState.WAITING
    control.go_on(town.engine, town.request().id, HANNA, town.now)
    town.work()
    assert team_step(town).state is StepState.CONFIRMED


def test_a_hold_that_ends_while_its_system_is_down_is_tried_until_it_is_done(town: Town) -> None:
    """The time comes, the system does not answer: a step like every other (S1-20)."""
    town.github.faults = [down() for _ in range(3)]
    later(town, 2 * DAY + timedelta(minutes=1))
    assert team_step(town).state is StepState.READY
    wait(town, timedelta(minutes=2), times=3)
    assert team_step(town).state is StepState.CONFIRMED


def test_nobody_is_silent_who_was_never_asked(db: Database) -> None:
    """The chat was away when the time came: the question keeps its whole time from then on (S1-3)."""
    town = ruled(Town(db), ASK)
    to_be_decided(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick)  # done, and nothing of it was said yet
    assert team_step(town).state is StepState.HELD
    town.pass_time(3 * DAY)
    expire(town.engine, town.now)
    town.work()
    assert team_step(town).state is StepState.HELD
    later(town, DAY)
    assert team_step(town).state is StepState.HELD
    later(town, 2 * DAY)
    assert team_step(town).state is StepState.CONFIRMED


def test_what_waits_is_in_the_head_of_the_thread_the_status_and_the_report(town: Town) -> None:
    """Who is asked and when it goes all the same, wherever one looks (S0-16, S1-9)."""
    seen = town.view()
    for card in (root(seen, request_buttons(town.desk, seen)), status(seen)):
        assert "Ines Ferreira is asked whether it is still in use; it is removed" in words(card)
    assert any("Ines Ferreira was asked, until" in one.words for one in trail(seen))
