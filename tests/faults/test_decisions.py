"""Several people decide, late, twice or in one moment: one winner, and rights that still hold when the work runs."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.engine import approve, control
from bot.engine.start import start_due
from bot.store import Database, people, records, versions
from tests.fakes.town import ALICE, HANNA, INES, MARCO, SARA, Town, speaker, words
from tests.faults.deciding import decide
from tests.stories.acts import approved, asked, everything_said, leave, sealed

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}


@pytest.mark.parametrize("late", ["approved", "denied", "cancelled", "expired", "moved"])
def test_fault_13_a_late_press_changes_nothing_and_is_told_who_was_first(town: Town, late: str) -> None:
    """Whatever happened meanwhile, the person hears it in a sentence, and the request stays as it is."""
    asked(town)
    value = sealed(town, INES, "approve")
    told = {
        "approved": "already approved by Sara Haddad",
        "denied": "already denied by Marco Rossi",
        "cancelled": "was cancelled",
        "expired": "waited for an answer and ended",
        "moved": "The plan changed after you were asked",
    }
    happen(town, late)
    before = town.request()
    with pytest.raises(Refused, match=told[late]):
        town.talk.press(speaker(INES), "approve", value, "", Where())
    assert town.request() == before
    assert INES not in [one.person for one in town.view().approvals]


def happen(town: Town, what: str) -> None:
    """Something that decides before Ines does."""
    request = town.request()
    match what:
        case "approved":
            with town.engine.db.begin() as tx:
                records.note(tx, request.id, quorum=1)
                boss = replace(people.every(tx)[ALICE], manager=SARA)
                people.put(tx, [boss])
            approve.approve(town.engine, request.id, request.digest, SARA, town.now, yes=True)
        case "denied":
            town.press(MARCO, "deny")
        case "cancelled":
            control.cancel(town.engine, request.id, HANNA, town.now)
        case "expired":
            with town.engine.db.begin() as tx:
                records.note(tx, request.id, state=RequestState.EXPIRED.value, expires_at=town.now, closed_at=town.now)
        case "moved":
            later = town.now + timedelta(days=2)
            control.reschedule(town.engine, request.id, HANNA, later, town.now)


def test_fault_13_after_the_decision_no_card_offers_it(town: Town) -> None:
    """The buttons go away with the decision: on every copy there is a name and an outcome in their place."""
    asked(town)
    town.press(MARCO, "deny")
    town.work()
    for person in (MARCO, INES):
        card = words(town.direct(person)[0])
        assert "Marco Rossi" in card
        assert "'approve'" not in card


ROUNDS = 12


def test_fault_14_sixteen_presses_in_one_moment_have_one_outcome(town: Town) -> None:
    """Round after round: as many approvals as people who pressed, one start, and everybody else hears who was first."""
    for number in range(ROUNDS):
        request = fresh(town, number)
        acts = [press_of(town, request, who, yes=True) for who in (INES, MARCO) for _ in range(8)]
        won, refused = race(acts)
        assert won == 2
        assert len(refused) == 14
        assert all(re.search("decided already|already approved by", one) for one in refused)
        assert kinds_of(town, request).count("request.started") == 1


def test_fault_16_yes_and_no_in_one_moment_are_decided_by_the_first(town: Town) -> None:
    """The first no ends it, and a yes after it is told so; what the trail says is what happened."""
    for number in range(ROUNDS):
        request = fresh(town, number)
        acts = [press_of(town, request, INES, yes=True)] * 8 + [press_of(town, request, MARCO, yes=False)] * 8
        race(acts)
        with town.engine.db.look() as tx:
            found = records.get(tx, request)
        assert found is not None
        assert found.state is RequestState.DENIED
        assert kinds_of(town, request).count("request.denied") == 1
        assert "request.started" not in kinds_of(town, request)
    assert town.aws.log == []


def test_fault_14_two_processes_agree_on_one_winner(migrated_url: str, db: Database) -> None:
    """Not only threads: two processes press at the same instant, round after round, on both databases."""
    town = Town(db)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(decide, [(migrated_url, "", "", True, 0.0)] * 2))  # both have loaded what they need
        for number in range(6):
            request = fresh(town, number)
            digest = digest_of(town, request)
            at = time.time() + 0.15
            yes, no = (migrated_url, request, digest, True, at), (migrated_url, request, digest, False, at)
            outcomes = list(pool.map(decide, [yes, no] if number % 2 else [no, yes]))
            kinds = kinds_of(town, request)
            assert kinds.count("request.denied") == 1
            assert "request.started" not in kinds
            assert outcomes.count("") == kinds.count("request.approval")
            assert all(not said or "already denied by Marco Rossi" in said for said in outcomes)


def test_fault_15_one_person_twice_is_no_quorum_of_two(town: Town) -> None:
    """Marco presses, takes it back, presses again, and presses on an old card: he is one person."""
    asked(town)
    value = sealed(town, MARCO, "approve")
    town.press(MARCO, "approve")
    town.work()
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(MARCO), "approve", value, "", Where())
    town.press(MARCO, "take_back")
    town.talk.press(speaker(MARCO), "approve", value, "", Where())
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert len([one for one in town.view().approvals if one.withdrawn_at is None]) == 1


def test_a_yes_counts_while_its_giver_may_give_it(town: Town) -> None:
    """Ines said yes on Monday and has left by Friday: nothing starts, the trail says why, another owner is asked."""
    approved(town, **FRIDAY)
    leave(town, INES, town.now.date())
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert INES not in town.request().approvers
    assert town.aws.log == []
    assert "may not decide about this any more" in everything_said(town)
    kinds = [entry.kind for entry in town.view().journal]
    assert "request.approval_void" in kinds


def test_somebody_protected_meanwhile_loses_nothing_more(town: Town) -> None:
    """Policy protects Alice after the approval: no step starts, at the start or half-way; people hear why."""
    approved(town, **FRIDAY)
    protect(town, ALICE)
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert town.aws.log == []
    assert "Policy protects Alice Martin" in everything_said(town)
    start_due(town.engine, town.now)
    assert everything_said(town).count("Policy protects Alice Martin since") <= 2


def test_a_step_of_somebody_protected_by_now_does_not_run(town: Town) -> None:
    """The work has begun when protection comes: what has not started does not start."""
    asked(town)
    for person in (MARCO, INES):
        town.press(person, "approve")
    protect(town, ALICE)
    town.work()
    assert (town.aws.log, town.github.log) == ([], [])
    assert town.request().stopped_at is not None


def test_who_asked_may_leave_and_the_removal_goes_on(town: Town) -> None:
    """Two others approved it: Hanna's own last day stops nothing."""
    approved(town, **FRIDAY)
    leave(town, HANNA, town.now.date())
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    assert not any(key.active for key in town.aws.credentials)


def protect(town: Town, person: PersonId) -> None:
    """The policy protects somebody from now on."""
    with town.engine.db.begin() as tx:
        found = versions.newest(tx, "policy.yaml")
        assert found is not None
        text = re.sub(r"(?m)^protected:.*$", f"protected: [{person}]", versions.body(tx, found))
        assert person in text
        versions.keep(tx, "policy.yaml", text, town.now)


def fresh(town: Town, number: int) -> str:
    """One more request about Alice that waits for its decision."""
    for one in open_ones(town):
        with town.engine.db.begin() as tx:
            records.note(tx, one, state=RequestState.CLOSED.value, closed_at=town.now)
    town.pass_time(timedelta(hours=1))  # more in an hour would wait for others to look at them
    form = {"person": str(ALICE), "note": f"round {number}"}
    town.offboard(HANNA, **form)
    town.inline.drain(town.engine, town.tick)
    return town.request().id


def open_ones(town: Town) -> list[str]:
    """Requests that are not over."""
    with town.engine.db.look() as tx:
        return [one.id for one in records.open_requests(tx)]


def digest_of(town: Town, request: str) -> str:
    """The plan that people see."""
    with town.engine.db.look() as tx:
        found = records.get(tx, request)
        return found.digest if found else ""


def press_of(town: Town, request: str, who: PersonId, *, yes: bool) -> Callable[[], object]:
    """One press of a decision."""
    digest = digest_of(town, request)
    return lambda: approve.approve(town.engine, request, digest, who, town.now, yes=yes)


def kinds_of(town: Town, request: str) -> list[str]:
    """What the trail of a request tells, by kind."""
    from bot.store import journal  # noqa: PLC0415

    with town.engine.db.look() as tx:
        return [entry.kind for entry in journal.read(tx, request=request)]


def race(acts: list[Callable[[], object]]) -> tuple[int, list[str]]:
    """Everybody in the same moment: how many succeeded, and what the others were told."""
    gate = Barrier(len(acts))

    def act(one: Callable[[], object]) -> str:
        gate.wait(timeout=30)
        try:
            one()
        except Refused as refused:
            return refused.words
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        said = list(pool.map(act, acts))
    return said.count(""), [one for one in said if one]
