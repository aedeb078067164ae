"""Mail and files of a leaver are somebody's task with an end, and what must be kept is deleted by nobody."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.mailbox import LegalHold, Mailbox, tasks
from bot.domain.model import Delete, Person, PersonId, SystemKey, Task, Wave
from bot.domain.request import Step, StepKind
from bot.engine import progress
from bot.store import records, versions
from tests.fakes.memory import ALL
from tests.fakes.town import ALICE, ALICE_CODE, CODE, HANNA, START, TOMASZ, Town, words
from tests.stories.acts import approved, asked, everything_said

MAILBOX = """
mailbox:
  system: laptop
  reply: I do not work here any more. Please write to team@lumen.example.
  manager: 30 days
  forward: 90 days
"""


def write(town: Town, name: str, change: str) -> None:
    """The company adds something to one of its files."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, name)
        versions.keep(tx, name, versions.body(tx, version or 0) + change, town.now)


def by_hand(town: Town) -> dict[str, Step]:
    """The tasks of the newest plan, by title."""
    return {s.action.title: s for s in town.view().steps if isinstance(s.action, Task)}


def test_mail_and_files_are_tasks_with_dates_and_names(town: Town) -> None:
    """An automatic reply, the manager's access and the forwarding with an end, the files: each asked of one (S0-7)."""
    write(town, "runbooks/leaver.yaml", MAILBOX)
    asked(town)
    found = by_hand(town)
    wanted = (
        "Set an automatic reply for Alice Martin",
        "Let Marco Rossi read the mailbox of Alice Martin until 2026-12-23",
        "Forward new mail of Alice Martin to Marco Rossi until 2027-02-21",
        "Give the files of Alice Martin to Marco Rossi",
    )
    assert set(wanted) <= set(found)
    assert {found[title].assignee for title in wanted} == {TOMASZ}
    assert "team@lumen.example" in str(found[wanted[0]].action)


def test_without_a_manager_somebody_is_asked_who_it_is(town: Town) -> None:
    """Nobody is invented: the task says that HR knows who takes the mail over (S0-7)."""
    box = Mailbox(SystemKey("mail"), manager=None, forward=None)
    found = list(tasks(box, Person(ALICE, "Alice Martin", ""), None, START, LegalHold()))
    assert [task.title for task in found] == [
        "Give the files of Alice Martin to whoever takes over the work (ask HR who that is)"
    ]


def test_a_company_without_the_block_has_no_such_task(town: Town) -> None:
    """An old runbook stays valid, and nothing is added."""
    asked(town)
    assert not any("mailbox" in title or "files" in title for title in by_hand(town))


def test_a_legal_hold_is_said_in_the_plan_and_in_every_task_about_mail(town: Town) -> None:
    """Alice is on hold: whoever decides and whoever tidies up reads that nothing may be deleted (S0-7)."""
    write(town, "runbooks/leaver.yaml", MAILBOX)
    write(town, "policy.yaml", "\nlegal_hold: {people: [P-004]}\n")
    asked(town)
    plan = words(next(card for card in town.ears.every if "Plan for" in card.text))
    assert "A legal hold is in force: nothing here may be deleted" in plan
    found = by_hand(town)
    assert "Keep everything in the mailbox of Alice Martin" in found
    mail = [s.action for s in found.values() if isinstance(s.action, Task) and s.action.target.startswith("mailbox:")]
    assert all("nothing here may be deleted" in task.how for task in mail)


def to_delete(town: Town) -> Step:
    """A deletion that somebody approved before is about to run."""
    town.github.can = ALL | {Delete}
    with town.engine.db.begin() as tx:
        request = records.lock(tx, "OFF-101")
        number = max(step.number for step in records.steps(tx, request.id)) + 1
        step = Step(
            records.step_id(request.id, number),
            request.id,
            number,
            StepKind.APPLY,
            CODE,
            Wave.MEMBERSHIPS,
            Delete(ALICE_CODE),
            StepState.WAITING,
            joined_late=True,
        )
        records.add_steps(tx, [step])
        progress.free(town.engine, tx, request, town.now)
    town.work()
    return step


@pytest.mark.parametrize("hold", ["{people: [P-004]}", "{systems: [github]}"])
def test_a_legal_hold_stops_every_deletion_and_says_so(town: Town, hold: str) -> None:
    """Also one that was approved before the hold: it waits for a person, and the system is never asked (S0-7)."""
    approved(town)
    write(town, "policy.yaml", f"\nlegal_hold: {hold}\n")
    step = to_delete(town)
    stuck = next(one for one in town.view().steps if one.id == step.id)
    assert stuck.state is StepState.PARKED
    assert "legal hold" in stuck.error
    assert not any(isinstance(change, Delete) for change in town.github.log)
    assert "A legal hold is in force" in everything_said(town)


def test_usher_is_not_locked_out_by_the_leaver_whose_credential_it_uses(town: Town) -> None:
    """Usher works in GitHub as Alice: her offboarding is refused in words before anything changes (S0-7)."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        text = versions.body(tx, version or 0)
        new = re.sub(r"(  github:\n)", r"\1    credential_of: P-004\n", text, count=1)
        versions.keep(tx, "policy.yaml", new, town.now)
    with pytest.raises(Refused, match="with a credential of Alice Martin") as refused:
        town.offboard(HANNA)
    assert "credential_of" in refused.value.words
    assert town.github.log == []


def test_a_hold_covers_people_and_systems_and_nothing_else() -> None:
    """The pure rule: only deletions, only of whom or where it says (S0-7)."""
    other = PersonId("P-099")
    hold = LegalHold(frozenset({ALICE}), frozenset({SystemKey("mail")}))
    assert hold.forbids(Delete(ALICE_CODE), ALICE)
    assert not hold.forbids(Delete(ALICE_CODE), other)
    assert hold.forbids(Delete(replace(ALICE_CODE, system=SystemKey("mail"))), other)
