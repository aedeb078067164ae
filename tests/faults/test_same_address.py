"""Somebody comes back, or somebody else gets an old name or address: accounts are known by ids that never change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.chat.port import Filled, Text
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Change, Credential, Entitlement, Grant, Link, Person, PersonId, Task, account_of
from bot.domain.reading import Reading
from bot.engine import leave, restore
from bot.engine.expire import expire
from bot.engine.leave import Leave
from bot.engine.restore import Restoring
from bot.engine.run import run_step
from bot.engine.view import view
from bot.runbooks import parse_roster
from bot.store import people, records
from connectors.interface import ConnectorError, Kind, Outcome
from tests.fakes.memory import Memory, down
from tests.fakes.town import ALICE, ALICE_CLOUD, CLOUD, HANNA, INES, MARCO, Town, speaker, words
from tests.stories.acts import approved, finish, link, read_again, wait

AGAIN = PersonId("P-900")
NEW = Account(CLOUD, "AIDA9", "alice.martin", active=True)  # the same name, another number


@dataclass
class ByNumber(Memory):
    """A system that knows accounts by their numbers, as all of ours do."""

    touched: list[Change] = field(default_factory=list)

    def apply(self, change: Change) -> Outcome:
        """Only to whom it belongs."""
        if account_of(change).native_id != self.account.native_id:
            raise ConnectorError("There is no such account.", kind=Kind.GONE)
        self.touched.append(change)
        return super().apply(change)

    def read(self, link: Link, now: object) -> Reading:
        """Whoever asks for an account that is not there is told so."""
        return super().read(link, now)  # type: ignore[arg-type]


def comes_back(town: Town) -> ByNumber:
    """Somebody starts with Alice's name, address and login; the system gave them another number."""
    group = Grant(NEW, Entitlement("group:prod", "group", "prod-readers", privileged=True))
    key = Credential(NEW, "AKIA9", "access key", "AKIA…009")
    system = ByNumber(CLOUD, NEW, grants=[group], credentials=[key])
    with town.engine.db.begin() as tx:
        known = people.every(tx)[ALICE]
        people.put(tx, [replace(known, id=AGAIN, starts=town.now.date())])
    link(town, AGAIN, NEW)
    town.aws = system
    town.engine.connectors = {**town.engine.connectors, CLOUD: system}
    return system


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_37_an_old_plan_never_touches_a_new_account(town: Town) -> None:
    """Retries of weeks ago meet the same address and the same login: nothing of the newcomer changes (S1-20)."""
    read_again(town)
    town.aws.faults = [down() for _ in range(40)]
    wait(town, timedelta(minutes=5), times=2)
    system = comes_back(town)
    for _ in range(6):
        wait(town, timedelta(hours=1))
    for step in view(town.engine, "OFF-101", town.now).steps:
        for attempt in range(step.attempt + 2):
            run_step(town.engine, step.id, attempt, town.tick)
    finish(town)
    assert system.touched == []
    assert system.account.active
    assert all(key.active for key in system.credentials)
    assert len(system.grants) == 1
    assert view(town.engine, "OFF-101", town.now).request.state is RequestState.CLOSED


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_37_undoing_the_old_one_gives_the_new_one_nothing(town: Town) -> None:
    """What Alice had is offered to her old number alone; where that is gone, a person is asked (S4-27)."""
    finish(approved(town))
    system = comes_back(town)
    restore.submit(town.engine, Restoring(HANNA, "OFF-101"), town.now)
    town.work()
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    assert system.touched == []
    seen = view(town.engine, "RST-101", town.now)
    mine = [step for step in seen.steps if step.system == CLOUD]
    assert {
        account_of(step.action).native_id for step in mine if step.action and not isinstance(step.action, Task)
    } == {"AIDA4"}
    assert any(step.state is StepState.FAILED for step in mine)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_37_who_starts_anew_inherits_nothing(town: Town) -> None:
    """No link, no role, no request: a new person, who works here while the old one has left; the form says so."""
    finish(approved(town))
    comes_back(town)
    with town.engine.db.look() as tx:
        crew = people.crew(tx)
        assert [one.native_id for one in people.links(tx, AGAIN)] == ["AIDA9"]
        assert {one.native_id for one in people.links(tx, ALICE)} == {"40004", "AIDA4", "U004"}
        assert crew.working(AGAIN, town.now.date())
        assert not crew.working(ALICE, town.now.date())
        assert records.about(tx, AGAIN) == ()
    form = town.talk.redraw(speaker(HANNA), "offboard", Filled({"person": AGAIN}))
    said = " ".join(piece.text for piece in form.fields if isinstance(piece, Text))
    assert "Somebody with this address left on" in said
    assert AGAIN in said


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_37_the_end_of_a_leave_unlocks_no_new_account(town: Town) -> None:
    """The old number is gone when the day comes: nothing is unlocked instead, and a person is asked (S4-27)."""
    leave.submit(town.engine, Leave(HANNA, ALICE, town.now + timedelta(days=30)), town.now)
    town.work()
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    system = comes_back(town)
    town.pass_time(timedelta(days=30))
    expire(town.engine, town.now)
    town.work()
    assert system.touched == []
    assert any(step.state is StepState.FAILED for step in view(town.engine, "PSE-101", town.now).steps)


def test_fault_37_one_address_is_one_persons_at_a_time() -> None:
    """Who left in March and who starts in May may share it in the roster; two who work here may not."""
    head = "id,name,email,starts,ends\n"
    old = "P-1,Alice Martin,alice@lumen.example,2020-01-01,2026-03-31\n"
    later, now = "2026-05-01", "2026-03-01"
    found, bad = parse_roster(f"{head}{old}P-2,Alice Martin,alice@lumen.example,{later},\n")
    assert ([one.id for one in found], bad) == (["P-1", "P-2"], ())
    found, bad = parse_roster(f"{head}P-2,Alice Martin,alice@lumen.example,{later},\n{old}")
    assert (len(found), bad) == (2, ())
    _found, bad = parse_roster(f"{head}{old}P-2,Alice Martin,alice@lumen.example,{now},\n")
    assert "is already in line 2" in bad[0].reason


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_38_a_new_name_or_a_second_address_matches_nobody_silently(town: Town) -> None:
    """What looks like hers under her new address is shown and asked about, and nothing there is changed (S1-2)."""
    with town.engine.db.begin() as tx:
        known: Person = people.every(tx)[ALICE]
        people.put(tx, [replace(known, name="Alice Martin-Roy", email="alice.roy@lumen.example")])
    other = Account(CLOUD, "AIDA7", "alice.roy", active=True)
    town.aws.alike = {"alice.roy@lumen.example": (other,)}
    town.offboard(HANNA, typed="Alice Martin-Roy")
    town.work()
    for person in (MARCO, INES):
        town.press(person, "approve")
        town.work()
    questions = [
        step for step in town.view().steps if isinstance(step.action, Task) and "alice.roy" in step.action.title
    ]
    assert [step.state for step in questions] == [StepState.READY]
    assert {account_of(change).native_id for change in town.aws.log} == {ALICE_CLOUD.native_id}
    assert "Alice Martin-Roy" in words(town.direct(MARCO)[-1])
