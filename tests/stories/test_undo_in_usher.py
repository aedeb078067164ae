"""What an offboarding took in Usher itself comes back with the rest, unless somebody else was put there since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Form, Where
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power
from bot.domain.request import Step
from bot.engine import control
from bot.engine.reseat import back
from bot.store import Database, people, records, versions
from tests.fakes.town import ALICE, BEN, HANNA, INES, MARCO, Town, speaker
from tests.stories.acts import approved, finish
from tests.stories.undos import agree, left, of, undo


def give(town: Town, person: PersonId, power: Power) -> None:
    """Somebody gets a role."""
    with town.engine.db.begin() as tx:
        people.give(tx, person, power, town.now, by="a story")


def powers(town: Town, person: PersonId) -> set[Power]:
    """What somebody may do in Usher now."""
    with town.engine.db.look() as tx:
        return set(people.crew(tx).powers.get(person, frozenset()))


def of_usher(town: Town) -> dict[str, Step]:
    """What the restore does in Usher itself, by title."""
    with town.engine.db.look() as tx:
        return {str(getattr(s.action, "title", "")): s for s in records.steps(tx, "RST-101") if s.system == "Usher"}


@pytest.fixture
def town(db: Database) -> Town:
    """Alice, who audited and worked for HR, was offboarded by mistake."""
    found = Town(db)
    give(found, ALICE, Power.AUDITOR)
    give(found, ALICE, Power.HR)
    finish(approved(found))
    assert powers(found, ALICE) == set()
    found.pass_time(timedelta(days=1))
    return found


def test_her_roles_in_usher_come_back_with_everything_else(town: Town) -> None:
    """They stand in the form and in the plan, come back at the start, and are seen there (S4-27)."""
    form = town.talk.command(speaker(HANNA), "usher", "undo OFF-101", Where())
    assert isinstance(form, Form)
    assert "Usher: Give back the role in Usher: auditor" in repr(form)
    undo(town)
    assert powers(town, ALICE) == set()
    assert "Give back the role in Usher: hr" in "\n".join(left(town))
    agree(town)
    assert powers(town, ALICE) == {Power.AUDITOR, Power.HR}
    assert {step.state for step in of_usher(town).values()} == {StepState.CONFIRMED}
    assert of(town, "RST-101").request.state is RequestState.CLOSED


def test_a_role_that_was_ended_again_does_not_come_back_a_second_time(town: Town) -> None:
    """Given back, then taken away by people who know why: undoing once more is no way around them (S4-27)."""
    undo(town)
    agree(town)
    town.pass_time(timedelta(days=1))
    with town.engine.db.begin() as tx:
        people.end_powers(tx, ALICE, town.now, only=Power.HR)
        left_behind = records.get(tx, "OFF-101")
        assert left_behind
        found = back(town.engine, tx, left_behind)
    assert found.roles == ()
    assert "people ended it again" in dict(found.left)["role hr"]


def test_a_role_that_somebody_else_got_since_is_left_and_told(town: Town) -> None:
    """Ben works for HR in her place: that stays as it is, and those who decide read it (S4-27)."""
    give(town, BEN, Power.HR)
    undo(town)
    assert list(of_usher(town)) == ["Give back the role in Usher: auditor"]
    assert "Usher: role hr. Ben Okafor got this role since." in "\n".join(left(town))
    agree(town)
    assert powers(town, ALICE) == {Power.AUDITOR}
    assert powers(town, BEN) == {Power.HR}


def test_a_role_that_somebody_else_got_while_people_decided_is_not_given_twice(town: Town) -> None:
    """What was approved is looked at once more before it is given."""
    undo(town)
    give(town, BEN, Power.HR)
    agree(town)
    assert powers(town, ALICE) == {Power.AUDITOR}
    assert of_usher(town)["Give back the role in Usher: hr"].state is StepState.DROPPED


def test_nobody_gets_a_role_without_a_yes(town: Town) -> None:
    """A no, or a cancelled request, gives nothing."""
    undo(town)
    town.press(MARCO, "deny")
    town.work()
    assert powers(town, ALICE) == set()


def test_unlocking_a_wrong_person_gives_no_role(db: Database) -> None:
    """One yes unlocks; everything else takes the whole way."""
    town = Town(db)
    give(town, ALICE, Power.AUDITOR)
    approved(town)
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    undo(town, contained=True)
    agree(town, (INES,))
    assert town.aws.account.active
    assert powers(town, ALICE) == set()


def test_a_seat_in_the_files_that_somebody_else_has_is_told(db: Database) -> None:
    """Ines looked after GitHub; Ben stands there by now, and nobody writes in the company's files but people."""
    town = Town(db)
    town.offboard(HANNA, person=INES, typed="Ines Ferreira")
    town.work()
    for person in town.request().approvers[:2]:
        town.press(person, "approve")
        town.work()
    with town.engine.db.begin() as tx:
        text = versions.body(tx, versions.newest(tx, "policy.yaml") or 0)
        versions.keep(tx, "policy.yaml", text.replace("owner: P-005", f"owner: {BEN}"), town.now)
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    form = town.talk.command(speaker(HANNA), "usher", "undo OFF-101", Where())
    assert isinstance(form, Form)
    assert "owner of GitHub. Ben Okafor stands there now" in repr(form)
