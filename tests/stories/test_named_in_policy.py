"""Whoever leaves is named in the company's files: every place is a task, and nobody waits for them meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.port import Filled
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Task
from bot.domain.request import Step
from bot.engine.escalate import escalate
from bot.engine.tasks import remind
from bot.engine.tend import tend
from bot.store import records, versions
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import Memory
from tests.fakes.town import CLOUD, HANNA, INES, MARCO, SARA, TOMASZ, Town, speaker, words
from tests.stories.acts import link
from tests.stories.heard import trusting
from tests.stories.test_seats import leaving, mine

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

NAMED = """
checkpoints:
  devops:
    words: DevOps
    people: [P-005, P-006]
tags:
  money:
    marks: [aws]
    owner: P-006
signals:
  ask: P-006
engineering:
  contact: P-006
  after_hours: P-006
tell:
  started: [payroll]
  payroll: [P-006]
operators: [P-006]
"""
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


def test_every_place_in_the_policy_that_names_the_leaver_is_a_task_with_its_line(town: Town) -> None:
    """A team, a tag, contacts, payroll, the machine itself: an admin reads file, line and what stands there (S0-7)."""
    trusting(town, NAMED)
    off = leaving(town, TOMASZ)
    with town.engine.db.look() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0).split("\n")
    seats = {title: step for title, step in mine(town, off.id).items() if title.startswith("Name a new")}
    assert {title.removeprefix("Name a new ") for title in seats} == {
        "owner of Laptop and badge",
        "deputy of GitHub",
        "owner of what is marked money",
        "member of the team DevOps",
        "contact for systems that do not answer",
        "person to call in an emergency at night",
        "person who is asked first whether somebody leaves",
        "person in payroll",
        "administrator of the machine on which Usher runs",
    }
    for step in seats.values():
        assert isinstance(step.action, Task)
        number = re.search(r"line (\d+)", step.action.how)
        assert number is not None
        assert "P-006" in text[int(number[1]) - 1]
        assert step.assignee in {HANNA, SARA}


def test_whom_one_calls_in_an_emergency_leaves_and_somebody_else_is_called(town: Town) -> None:
    """At night her own lock is stuck, and policy says to call Tomasz, who is the leaver: others hear, and not he."""
    trusting(town, "engineering:\n  after_hours: P-006\n  contact: P-006\n")
    his = Memory(CLOUD, Account(CLOUD, "AIDA6", "tomasz", active=True))
    town.engine.connectors = {**town.engine.connectors, CLOUD: his}
    link(town, TOMASZ, his.account)
    town.offboard(HANNA, person=TOMASZ, typed="Tomasz Nowak", exit="involuntary")
    town.work()
    request = town.request()
    for one in request.approvers[: request.quorum]:
        town.press(one, "approve")
    his.faults = [ConnectorError("AWS refuses this.", kind=Kind.PERMANENT)] * 9
    town.work()
    assert his.account.active
    town.now = NIGHT
    for _ in range(12):
        town.pass_time(timedelta(hours=1))
        remind(town.engine, town.now)
        escalate(town.engine, town.now)
    town.say()
    assert town.direct(TOMASZ) == []
    assert any("OFF-101" in card.text and "AWS" in words(card) for card in town.direct(SARA))


def test_the_leaver_administers_the_machine_on_which_usher_runs(town: Town) -> None:
    """HR is warned in the form; an admin ends that access and renews the secrets, and before that nothing closes."""
    trusting(town, "operators: [P-006]\n")
    form = town.talk.redraw(speaker(HANNA), "offboard", Filled({"person": TOMASZ}))
    assert "administers the machine on which Usher runs" in repr(form)
    assert "administers the machine" not in repr(
        town.talk.redraw(speaker(HANNA), "offboard", Filled({"person": MARCO}))
    )
    off = leaving(town, TOMASZ)
    step = mine(town, off.id)["Name a new administrator of the machine on which Usher runs"]
    assert isinstance(step.action, Task)
    assert "First end this person's access to the machine itself" in step.action.how
    assert "renew the secrets" in step.action.how
    assert step.assignee in {HANNA, SARA}
    while others := [one for one in open_tasks(town, off.id) if one.id != step.id]:
        attest(town, others[0])
    assert town.request().state is RequestState.RUNNING
    attest(town, step)
    tend(town.engine, town.now)
    town.work()
    assert town.request().state is RequestState.CLOSED


def open_tasks(town: Town, request: str) -> list[Step]:
    """What people have still to do."""
    with town.engine.db.look() as tx:
        return [one for one in records.steps(tx, request) if one.state is StepState.READY and one.assignee]


def attest(town: Town, step: Step) -> None:
    """Whoever was asked says that it is done, and how one can see it."""
    by = step.assignee or INES
    filled = Filled({"evidence": "Done, see the ticket."}, context=town.desk.sealed("evidence", step.id))
    town.talk.submit(speaker(by), "evidence", filled, f"done-{step.id}")
    town.work()
