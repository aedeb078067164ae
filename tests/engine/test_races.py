"""The same instant: whatever sixteen threads do at once, there is one winner, and everybody else is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Power
from bot.engine import approve, control, powers, succeed, tasks
from bot.engine.start import start_due
from bot.engine.submit import Asked, submit
from bot.store import journal, people, records
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARCO, PRIYA, SARA, TOMASZ, Town
from tests.stories.acts import approved, asked, steps

MANY = 16


def at_once(acts: Sequence[Callable[[], object]]) -> tuple[list[object], list[Refused]]:
    """Everybody acts at the same instant: what they got, and what they were refused. Anything else is an error."""
    gate = Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        gate.wait(timeout=30)
        try:
            return one()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(act, acts))
    return [a for a in answers if not isinstance(a, Refused)], [a for a in answers if isinstance(a, Refused)]


def decision(town: Town, person: str, *, yes: bool) -> Callable[[], object]:
    """A press of Approve or Deny."""
    request = town.request()
    who = type(MARCO)(person)
    return lambda: approve.approve(town.engine, request.id, request.digest, who, town.now, yes=yes)


def test_approve_and_deny_at_the_same_instant_decide_once(town: Town) -> None:
    """Eight say yes for Ines and eight no for Marco: one decision, one of each person counted, the rest told (S4-8)."""
    asked(town)
    acts = [decision(town, who, yes=who == INES) for who in (INES, MARCO) for _ in range(MANY // 2)]
    won, refused = at_once(acts)
    view = town.view()
    assert view.request.state is RequestState.DENIED
    assert 1 <= len(won) == len(view.approvals) <= 2
    assert len(won) + len(refused) == MANY
    kinds = [entry.kind for entry in view.journal]
    assert kinds.count("request.denied") == 1
    assert "request.approved" not in kinds


def test_a_double_click_is_one_approval(town: Town) -> None:
    """Marco presses sixteen times: one yes, and one more person is still needed (S4-8)."""
    asked(town)
    won, refused = at_once([decision(town, MARCO, yes=True)] * MANY)
    assert (len(won), len(refused)) == (1, MANY - 1)
    assert len(town.view().approvals) == 1
    assert town.request().state is RequestState.AWAITING_APPROVAL
    assert "decided already" in refused[0].words


def test_the_yes_that_completes_the_quorum_starts_it_once(town: Town) -> None:
    """Two people, eight presses each: two approvals, one start, one reading of each system (S1-7)."""
    asked(town)
    won, _ = at_once([decision(town, who, yes=True) for who in (INES, MARCO) for _ in range(MANY // 2)])
    assert len(won) == 2
    assert town.request().state is RequestState.RUNNING
    assert sum(entry.kind == "request.started" for entry in town.view().journal) == 1
    assert len(town.view().reads) == 4


def test_two_who_offboard_the_same_person_make_one_request(town: Town) -> None:
    """Hanna and Clara send at the same instant: one request, the other hears its number (S0-3)."""

    def ask(who: str) -> Callable[[], object]:
        want = Asked(type(HANNA)(who), ALICE, town.now, immediate=True, voluntary=True, typed_name="Alice Martin")
        return lambda: submit(town.engine, want, town.now, delivery=f"form-{who}")

    won, refused = at_once([ask(who) for who in (HANNA, CLARA, SARA) for _ in range(5)])
    with town.engine.db.begin() as tx:
        assert len(records.recent(tx)) == 1
    assert {getattr(one, "id", "") for one in won} == {"OFF-101"}
    assert all("OFF-101" in one.words for one in refused)


def test_two_people_leaving_at_the_same_instant_are_two_requests(town: Town) -> None:
    """The very first two requests of a company do not fall over each other's number (S0-34)."""

    def ask(subject: str, name: str) -> Callable[[], object]:
        want = Asked(HANNA, type(HANNA)(subject), town.now, immediate=True, voluntary=True, typed_name=name)
        return lambda: submit(town.engine, want, town.now, delivery=f"form-{subject}")

    names = ((ALICE, "Alice Martin"), (BEN, "Ben Okafor"), (PRIYA, "Priya Shah"))
    won, refused = at_once([ask(who, name) for who, name in names])
    assert refused == []
    assert {getattr(one, "id", "") for one in won} == {"OFF-101", "OFF-102", "OFF-103"}


def test_the_same_form_delivered_many_times_is_one_request(town: Town) -> None:
    """A platform that delivers a form again, at once or after the request is over, gets the same answer (S0-3)."""
    want = Asked(HANNA, ALICE, town.now, immediate=True, voluntary=True, typed_name="Alice Martin")
    won, refused = at_once([lambda: submit(town.engine, want, town.now, delivery="form-1")] * MANY)
    assert refused == []
    assert {getattr(one, "id", "") for one in won} == {"OFF-101"}
    control.cancel(town.engine, "OFF-101", HANNA, town.now)
    assert submit(town.engine, want, town.now, delivery="form-1").state is RequestState.WITHDRAWN
    assert submit(town.engine, want, town.now, delivery="form-2").id == "OFF-102"


def test_a_task_attested_by_two_people_at_once_is_done_by_one(town: Town) -> None:
    """Tomasz and Sara press Done together: one name stands in the trail (S3-8)."""
    approved(town)
    step = next(step for step in steps(town, "task") if step.assignee == TOMASZ)
    people_ = [TOMASZ, SARA] * (MANY // 2)
    won, refused = at_once([partial(tasks.attest, town.engine, step.id, who, "Done.", (), town.now) for who in people_])
    assert (len(won), len(refused)) == (1, MANY - 1)
    assert sum(entry.kind == "step.attested" for entry in town.view().journal) == 1


def test_the_last_two_tasks_done_at_once_close_the_request_once(town: Town) -> None:
    """Whoever comes second sees the other's: the request is closed, and once (S3-10)."""
    approved(town)
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    open_tasks = [step for step in steps(town, "task") if step.state is StepState.READY]
    assert len(open_tasks) == 2
    won, refused = at_once(
        [
            partial(tasks.attest, town.engine, step.id, step.assignee or INES, "Done.", (), town.now)
            for step in open_tasks
        ]
    )
    assert (len(won), refused) == (2, [])
    assert town.request().state is RequestState.CLOSED
    assert sum(entry.kind == "request.closed" for entry in town.view().journal) == 1


def test_one_successor_is_named(town: Town) -> None:
    """Two who answer at once name one successor, and the hand-over is queued once (S0-7)."""
    approved(town)
    step = steps(town, "hand-over")[0]
    won, refused = at_once(
        [partial(succeed.name_successor, town.engine, step.id, who, "40008", town.now) for who in (INES, TOMASZ)] * 4
    )
    assert (len(won), len(refused)) == (1, 7)


def test_many_clocks_start_a_request_once(town: Town) -> None:
    """Every replica ticks: the work starts once (S1-8)."""
    approved(town, when="later", day="2026-11-27", time="17:00")
    due = town.request().starts_at
    at_once([lambda: start_due(town.engine, due)] * MANY)
    assert sum(entry.kind == "request.started" for entry in town.view().journal) == 1


def test_stop_and_go_on_and_cancel_at_once_leave_one_truth(town: Town) -> None:
    """Approve, cancel and move at the same instant: whatever came first stands, nothing is half of both."""
    asked(town)
    town.press(MARCO, "approve")
    request = town.request()
    at_once(
        [
            decision(town, INES, yes=True),
            lambda: control.cancel(town.engine, request.id, HANNA, town.now),
            decision(town, INES, yes=False),
        ]
        * 4
    )
    view = town.view()
    ends = [e.kind for e in view.journal if e.kind in {"request.started", "request.cancelled", "request.denied"}]
    assert len(ends) == 1
    town.work()
    touched = bool(town.github.log or town.aws.log)
    assert touched == (ends == ["request.started"])


def test_a_role_agreed_to_twice_is_given_once(town: Town) -> None:
    """Two who may agree press at once: one decides, the other is told (S4-15)."""
    with town.engine.db.begin() as tx:
        people.give(tx, INES, Power.ADMIN, town.now, by="set-up")
    asked_ = powers.propose(town.engine, HANNA, PRIYA, Power.IT, town.now)
    won, refused = at_once(
        [partial(powers.decide_power, town.engine, asked_.id, who, town.now, yes=True) for who in (SARA, INES) * 4]
    )
    assert (len(won), len(refused)) == (1, 7)
    with town.engine.db.begin() as tx:
        kinds = [entry.kind for entry in journal.read(tx)]
    assert kinds.count("power.decided") == 1
