"""What a leaver has in Usher itself: roles, seats in its files, decisions and things to do that wait for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Filled, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power, Task
from bot.domain.request import Request, Step
from bot.engine.tend import tend
from bot.store import owners, people, records, versions
from tests.fakes.town import (
    BEN,
    CLARA,
    HANNA,
    INES,
    PRIYA,
    SARA,
    TOMASZ,
    Town,
    speaker,
    words,
)
from tests.stories.acts import approved, asked


def leaving(town: Town, person: PersonId, by: PersonId = HANNA) -> Request:
    """Somebody else's offboarding is asked for, approved by whoever was asked, and begins."""
    with town.engine.db.look() as tx:
        name = people.every(tx)[person].name
    town.offboard(by, person=person, typed=name)
    town.work()
    request = town.request()
    for one in request.approvers[: request.quorum]:
        town.talk.press(speaker(one), "approve", town.desk.sealed("approve", request.id, request.digest), "", Where())
    town.work()
    tend(town.engine, town.now)
    town.work()
    return town.request()


def mine(town: Town, request: str) -> dict[str, Step]:
    """What the plan says of Usher itself, by title."""
    with town.engine.db.look() as tx:
        every = records.steps(tx, request)
    return {s.action.title: s for s in every if isinstance(s.action, Task) and s.system == "Usher"}


def powers(town: Town, person: PersonId) -> frozenset[Power]:
    """What somebody may do in Usher now."""
    with town.engine.db.look() as tx:
        return people.crew(tx).powers.get(person, frozenset())


def test_a_colleague_without_a_seat_has_nothing_in_usher(town: Town) -> None:
    """Alice has no role and owns no system: her plan says nothing about Usher (S1-25)."""
    asked(town)
    assert mine(town, "OFF-101") == {}


def test_roles_end_when_the_work_begins_and_are_seen_ended(town: Town) -> None:
    """Ines of IT leaves: the plan says that her role ends, and it does before anything else is waited for (S0-7)."""
    town.offboard(HANNA, person=INES, typed="Ines Ferreira", when="later", day="2026-11-27", time="17:00")
    town.work()
    plan = words(next(card for card in town.ears.every if "Plan for" in card.text))
    assert "End the roles in Usher: it" in plan
    assert powers(town, INES) == {Power.IT}
    request = town.request()
    for one in request.approvers[: request.quorum]:
        town.talk.press(speaker(one), "approve", town.desk.sealed("approve", request.id, request.digest), "", Where())
    from bot.engine.start import start_due  # noqa: PLC0415

    town.pass_time(timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    assert powers(town, INES) == frozenset()
    town.work()
    assert mine(town, request.id)["End the roles in Usher: it"].state is StepState.CONFIRMED
    assert any(e.kind == "power.ended" and e.facts["person"] == INES for e in town.view().journal)


def test_whoever_left_decides_nothing_and_others_are_asked(town: Town) -> None:
    """Alice's plan waits for Ines, who leaves meanwhile: somebody else is asked, and Ines's button does nothing (S4-4).

    The plan of Ines names the request that waits for her.
    """
    asked(town)
    assert INES in town.request().approvers
    first = town.request()
    off = leaving(town, INES)
    assert mine(town, off.id)["Ask others for what waits for a decision: OFF-101"].state is StepState.CONFIRMED
    with town.engine.db.look() as tx:
        again = records.get(tx, "OFF-101")
    assert again is not None
    assert INES not in again.approvers
    assert again.approvers
    value = town.desk.sealed("approve", "OFF-101", first.digest)
    with pytest.raises(Refused):
        town.talk.press(speaker(INES), "approve", value, "", Where())


def test_what_somebody_was_asked_to_do_is_asked_of_whoever_stays(town: Town) -> None:
    """Tomasz was to collect Alice's laptop, and leaves: it is asked of somebody else, and seen so (S0-7)."""
    approved(town)
    off = leaving(town, TOMASZ)
    assert mine(town, off.id)["Ask others to do what is still to be done in: OFF-101"].state is StepState.CONFIRMED
    with town.engine.db.look() as tx:
        assert TOMASZ not in {s.assignee for s in records.steps(tx, "OFF-101") if not s.ended}
        assert records.assigned(tx, TOMASZ) == ()


def test_seats_in_the_files_become_a_task_with_the_exact_line(town: Town) -> None:
    """Tomasz owns a system and is the deputy of another: the admin reads file, line and what stands there (S0-7)."""
    off = leaving(town, TOMASZ)
    with town.engine.db.look() as tx:
        version = versions.newest(tx, "policy.yaml")
        text = versions.body(tx, version or 0).split("\n")
    seats = {title: step for title, step in mine(town, off.id).items() if title.startswith("Name a new")}
    assert set(seats) == {"Name a new owner of Laptop and badge", "Name a new deputy of GitHub"}
    for title, step in seats.items():
        assert isinstance(step.action, Task)
        number = int(step.action.how.split("line ")[1].split(",")[0])
        assert f"{title.split()[3]}: P-006" in text[number - 1]
        assert step.assignee in {HANNA, SARA}
    assert off.state is RequestState.RUNNING


def test_the_owner_of_the_runbook_leaves(town: Town) -> None:
    """Hanna keeps the runbook: whoever is an admin besides her is asked to name somebody (S0-7)."""
    off = leaving(town, HANNA, by=CLARA)
    (title,) = [one for one in mine(town, off.id) if "runbook" in one]
    assert title.startswith("Name a new owner of the runbook")
    assert mine(town, off.id)[title].assignee == SARA


def test_requests_somebody_made_go_on_and_are_named(town: Town) -> None:
    """Priya of HR asked for Alice's offboarding and leaves: it goes on, and her plan says so (S1-22)."""
    with town.engine.db.begin() as tx:
        people.give(tx, PRIYA, Power.HR, town.now, by="set-up")
    town.offboard(PRIYA)
    town.work()
    off = leaving(town, PRIYA)
    step = mine(town, off.id)["Let requests made before go on without the person who made them: OFF-101"]
    assert step.state is StepState.CONFIRMED
    with town.engine.db.look() as tx:
        first = records.get(tx, "OFF-101")
    assert first is not None
    assert first.state is RequestState.AWAITING_APPROVAL


def test_what_somebody_had_accepted_to_look_after_is_asked_about_again(town: Town) -> None:
    """Ben took over a key from a leaver and leaves himself: the owner of its system finds somebody (S0-7, S0-33)."""
    with town.engine.db.begin() as tx:
        owners.keep(tx, town.github.made[0], BEN, "OFF-1", town.now)
    off = leaving(town, BEN)
    with town.engine.db.look() as tx:
        every = [s for s in records.steps(tx, off.id) if isinstance(s.action, Task)]
        assert owners.of(tx, BEN) == ()
    (step,) = [s for s in every if isinstance(s.action, Task) and "looks after deploy key" in s.action.title]
    assert (step.system, step.assignee) == ("github", INES)


def test_a_seat_given_after_the_plan_was_shown_joins_at_the_start(town: Town) -> None:
    """Priya gets a role between the yes and her last day: it ends all the same, and the report has it (S1-12)."""
    town.offboard(HANNA, person=PRIYA, typed="Priya Shah", when="later", day="2026-11-27", time="17:00")
    town.work()
    request = town.request()
    with town.engine.db.begin() as tx:
        people.give(tx, PRIYA, Power.IT, town.now, by="set-up")
    for one in request.approvers[: request.quorum]:
        town.talk.press(speaker(one), "approve", town.desk.sealed("approve", request.id, request.digest), "", Where())
    from bot.engine.start import start_due  # noqa: PLC0415

    town.pass_time(timedelta(days=4, hours=9))
    start_due(town.engine, town.now)
    town.work()
    assert mine(town, request.id)["End the roles in Usher: it"].state is StepState.CONFIRMED
    assert powers(town, PRIYA) == frozenset()


def test_the_last_admin_is_refused_before_anything_else(town: Town) -> None:
    """Sara is an admin too: without her, Hanna's offboarding is refused in words, and nothing is stored (S0-7)."""
    with town.engine.db.begin() as tx:
        people.end_powers(tx, SARA, town.now)
        people.give(tx, SARA, Power.SECURITY, town.now, by="set-up")
    with pytest.raises(Refused, match="last admin of Usher") as refused:
        town.offboard(CLARA, person=HANNA, typed="Hanna Lindqvist")
    assert refused.value.field == "person"
    assert "/usher role" in refused.value.words
    assert town.github.log == []


def test_the_second_of_two_admins_who_leave_is_refused_too(town: Town) -> None:
    """Sara's offboarding is open: nobody counts on her any more, so Hanna is the last one (S0-7)."""
    town.offboard(HANNA, person=SARA, typed="Sara Haddad", when="later", day="2026-12-18", time="17:00")
    town.work()
    with pytest.raises(Refused, match="last admin of Usher"):
        town.offboard(CLARA, person=HANNA, typed="Hanna Lindqvist")


def test_the_request_of_somebody_with_seats_closes_only_when_they_are_given(town: Town) -> None:
    """Every line of the plan is seen, or attested by a named person (S0-7)."""
    off = leaving(town, TOMASZ)
    assert off.state is RequestState.RUNNING
    for _ in range(12):
        with town.engine.db.look() as tx:
            waits = [s for s in records.steps(tx, off.id) if s.state is StepState.READY and s.assignee]
        if not waits:
            break
        form = town.talk.press(
            speaker(waits[0].assignee or INES), "done", town.desk.sealed("done", waits[0].id), "", Where()
        )
        filled = Filled({"evidence": "Written and taken over."}, context=getattr(form, "context", ""))
        town.talk.submit(speaker(waits[0].assignee or INES), "evidence", filled, f"done-{waits[0].id}")
        town.work()
    assert town.request().state is RequestState.CLOSED
    assert not any("Tomasz" in words(card) for card in town.direct(TOMASZ))
