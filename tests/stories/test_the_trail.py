"""What is written down by itself: every act with its time, its words and its names, and nobody keeps a list."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.chat.cards.steps import what
from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import Power, Task
from bot.domain.request import StepKind
from bot.store import Database, people, versions
from tests.chat.report.reading import page_of, words_of
from tests.fakes.town import BEN, CLARA, INES, MARCO, SARA, TOMASZ, YUKI, Town, speaker, words
from tests.stories.acts import approved, asked, done, finish, sealed, wait


def rewritten(town: Town, old: str, new: str) -> None:
    """The company changes its policy."""
    with town.engine.db.begin() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0)
        assert old in text
        versions.keep(tx, "policy.yaml", text.replace(old, new), town.now)


def test_policy_is_held_to_by_the_program_and_each_event_has_its_time(town: Town) -> None:
    """Three must agree: two presses change nothing, the third starts it; each event has its time, in order (S0-9)."""
    rewritten(town, "quorum: 2 ", "quorum: 3 ")
    rewritten(town, "ask: [manager, owners]\n    quorum: 3", "ask: [manager, owners, security]\n    quorum: 3")
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    wait(town)
    assert (town.github.log, town.aws.log) == ([], [])
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(BEN), "approve", sealed(town, SARA, "approve"), "", Where())
    town.press(SARA, "approve")
    town.work()
    trail = town.view().journal
    assert [entry.facts["by"] for entry in trail if entry.kind == "request.approval"] == [MARCO, INES, SARA]
    times = [entry.at for entry in trail]
    assert times == sorted(times)
    assert all(at.tzinfo is not None for at in times)
    kinds = [entry.kind for entry in trail]
    assert kinds.index("request.approved") < kinds.index("step.started")


def test_every_removal_is_in_the_trail_and_in_the_report(town: Town) -> None:
    """What each system was asked is there once: begun, answered, seen, approved by whom (S1-23, S1-10, S0-24, S3-4)."""
    finish(approved(town))
    seen = town.view()
    trail = seen.journal
    made = [*town.github.log, *town.aws.log]
    steps = [step for step in seen.steps if step.kind is StepKind.APPLY and not isinstance(step.action, Task | None)]
    assert sorted(change.kind for change in made) == sorted(step.action.kind for step in steps if step.action)
    page = words_of(page_of(seen, intact=True))
    for step in steps:
        mine = [entry.kind for entry in trail if entry.facts.get("step") == step.id]
        assert [kind for kind in mine if kind in {"step.started", "step.applied", "step.confirmed"}] == [
            "step.started",
            "step.applied",
            "step.confirmed",
        ]
        agreed = {one.person for one in seen.approvals if one.yes and step.number in one.items}
        assert agreed == {MARCO, INES}
        assert step.said
        assert step.said in page


@pytest.mark.parametrize("database_kind", ["sqlite"])  # its trigger is written in the words of SQLite
def test_what_cannot_be_written_down_is_not_called_done(db: Database) -> None:
    """The trail takes no line, so the fact is not stored either, and nobody is told that it is done (S1-10, S4-21)."""
    town = Town(db)
    with db.begin() as tx:
        tx.exec_driver_sql(
            "CREATE TRIGGER torn BEFORE INSERT ON journal WHEN NEW.kind = 'step.confirmed' "
            "BEGIN SELECT RAISE(ABORT, 'no more lines'); END"
        )
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    with capture_logs() as log:
        town.inline.drain(town.engine, town.tick, most=20)
    assert any(line["event"] == "step failed unexpectedly" for line in log)
    assert not town.aws.account.active
    assert not any(entry.kind == "step.confirmed" for entry in town.view().journal)
    assert not any(step.state is StepState.CONFIRMED for step in town.view().steps if step.kind is StepKind.APPLY)
    town.say()
    assert "Seen at" not in "\n".join(town.thread())
    with db.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER torn")


def test_nobody_keeps_a_list_beside_it(town: Town) -> None:
    """At every moment what is open is Usher's own, or on the Home of whoever must do it, by name (S1-4, S0-10)."""
    approved(town)
    for second in range(2):
        open_ones = [step for step in town.view().steps if step.state not in ENDED_STEPS]
        assert open_ones
        for step in open_ones:
            if step.state in {StepState.READY, StepState.HELD, StepState.PARKED} and step.action is not None:
                assert step.assignee is not None, step
                home = words(town.talk.home(speaker(step.assignee)))
                assert "OFF-101" in home, step
        if not second:
            finish(town)
            if town.request().state is RequestState.CLOSED:
                break
    assert all("OFF-101" not in words(town.talk.home(speaker(one))) for one in (INES, TOMASZ, SARA, BEN))


def test_no_engineer_is_needed_from_the_first_press_to_the_report(town: Town) -> None:
    """IT looks after the systems, HR and security decide: nobody of engineering is asked anything (S0-30, S0-1)."""
    rewritten(town, "owner: P-005", "owner: P-006")
    rewritten(town, "    deputy: P-006           # Tomasz Nowak\n", "")
    rewritten(town, "ask: [manager, owners]\n    quorum: 2", "ask: [hr, security]\n    quorum: 2")
    with town.engine.db.begin() as tx:
        people.end_powers(tx, INES, town.now)
        people.give(tx, CLARA, Power.HR, town.now, by="set-up")
    rewritten(town, "company: Lumen Works", "tell:\n  started: []\n  finished: []\ncompany: Lumen Works")
    asked(town)
    town.press(CLARA, "approve")
    town.press(SARA, "approve")
    town.work()
    town.press(TOMASZ, "successor", "40008")
    town.say()
    town.press(BEN, "accept")  # who takes over the repository says so, and nobody else
    town.work()
    done(town, TOMASZ)
    done(town, SARA)
    assert town.request().state is RequestState.CLOSED
    for engineer in (MARCO, INES, YUKI):
        assert town.direct(engineer) == []


def test_whoever_decides_reads_what_each_system_is_and_what_is_powerful(town: Town) -> None:
    """The plan explains every system in a line, the laptop too, and names what is powerful (S0-6, S1-6, S0-2)."""
    asked(town)
    said = words(town.direct(MARCO)[-1])
    for about in ("Where the source code lives", "Where our programs run", "What people carry home", "network devices"):
        assert about in said
    (powerful,) = [line for line in said.splitlines() if "prod-readers" in line]
    assert "powerful" in powerful
    assert "reaches production" in powerful
    (plain,) = [line for line in said.splitlines() if "payments" in line and "Take away" in line]
    assert "powerful" not in plain


def test_every_line_of_the_plan_says_where_it_happens_and_who_sees_to_it(town: Town) -> None:
    """Each below its system and that one's owner, by hand with a name, all with a time; and how (S2-8, S2-9, S3-3)."""
    asked(town)
    said = words(town.direct(MARCO)[-1])
    seen = town.view()
    below = ""
    plan, _, promised = said.partition("Promised")
    lines = plan.splitlines()
    found = []
    for one in lines:
        below = one if "Owner: " in one else below
        found += [(step, below, one) for step in seen.steps if one.startswith(what(step, seen))]
    assert {step.id for step, _below, _line in found} == {step.id for step in seen.steps}
    for step, system, line in found:
        assert system.startswith(f"{seen.system(step.system)} — "), line
        assert f"Owner: {seen.name(seen.keeper(step.system))}" in system
        if step.kind is StepKind.TASK:
            assert f"by hand: {seen.name(step.assignee)}" in line
    for kind in ("Accounts, keys and sessions", "Groups, teams and roles", "Hand-overs", "What people do by hand"):
        assert f"{kind}: within " in promised
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    task = words(town.direct(TOMASZ)[-1])
    wanted = "When it is done, please say: A note with the asset"
    for part in ("Meet on the last day", "('Until', 'Wed 25 Nov 2026, 10:00", wanted):
        assert part in task
