"""What only a person can do, told so that they can do it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.by_hand import asked_whose, once, order, whose
from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Plan,
    Provision,
    Resume,
    Revoke,
    Suspend,
    Task,
)
from bot.domain.planning import Found, key_of, leaver_plan
from bot.domain.reading import Part
from tests.domain.things import ALICE, CODE, HOST, KEY, OWNER, PROD, REPO, TEAM, everything, grant

CAN: frozenset[type[Change]] = frozenset({Suspend, Disable, EndSessions, Revoke, HandOver})


def plan(can: frozenset[type[Change]]) -> Plan:
    """The plan for one code host whose connector can so much."""
    return leaver_plan([Found(HOST, everything())], {CODE: can}, lambda _key: OWNER)


def test_what_no_connector_can_do_is_the_task_of_a_named_person() -> None:
    """Never a skip: somebody is named for it; a suspension that a system does not offer is no work at all (S3-8)."""
    found = plan(frozenset({Disable}))
    by_hand = [step for step in found.steps if isinstance(step.action, Task)]
    assert [step.action.title for step in by_hand if isinstance(step.action, Task)] == [
        "Hand over repository payments-api of alice to somebody who stays",
        "Take role production from alice",
        "Take team payments from alice",
        "Take organisation lumen from alice",
    ]
    assert all(step.assignee == OWNER and not step.held for step in by_hand)
    assert not any(isinstance(step.action, Suspend | EndSessions) for step in found.steps)
    keys = plan(frozenset({Revoke, HandOver}))
    assert "Switch off access key A…1 of alice" in [
        step.action.title for step in keys.steps if isinstance(step.action, Task)
    ]


def test_what_a_credential_does_not_allow_is_a_task_with_its_reason() -> None:
    """Declared by the connector and not allowed now: every change of that kind, and no other."""
    seen = replace(everything(), cannot={"suspend": "The plan of the vendor has no such call."})
    found = leaver_plan([Found(HOST, seen)], {CODE: CAN}, lambda _key: OWNER)
    (task,) = [step.action for step in found.steps if isinstance(step.action, Task)]
    assert (task.title, task.how) == (
        "Lock the account alice",
        "Do it in Code host. Usher cannot do it here: The plan of the vendor has no such call.",
    )


def test_a_question_about_an_account_is_known_by_the_account() -> None:
    """Names change; the number of the account does not. No other task asks this."""
    assert asked_whose(whose(HOST, ALICE)) == "1"
    assert key_of(CODE, whose(HOST, ALICE)) == key_of(CODE, whose(HOST, replace(ALICE, label="al")))
    assert asked_whose(Task("Collect it", "Meet them.")) == ""


def test_what_only_a_person_can_end_is_a_task_among_others_that_run() -> None:
    """A group that another system fills, a token that no call reaches: each with its reason, and where to do it."""
    synced = replace(grant(PROD), by_hand="The identity provider fills it.")
    token = replace(KEY, by_hand="No call reaches it.")
    seen = replace(everything(), grants=Part((synced, grant(TEAM))), credentials=Part((token,)))
    host = replace(HOST, page="https://code.example/people")
    found = leaver_plan([Found(host, seen)], {CODE: CAN}, lambda _key: OWNER)
    tasks = [step for step in found.steps if isinstance(step.action, Task)]
    assert [(step.action.title, step.action.how) for step in tasks if isinstance(step.action, Task)] == [
        (
            "Switch off access key A…1 of alice",
            "Do it in Code host: https://code.example/people Usher cannot do it here: No call reaches it.",
        ),
        (
            "Take role production from alice",
            "Do it in Code host: https://code.example/people Usher cannot do it here: The identity provider fills it.",
        ),
    ]
    assert [step.privileged for step in tasks] == [False, True]
    assert Revoke(grant(TEAM)) in [step.action for step in found.steps]
    targets = [step.action.target for step in tasks if isinstance(step.action, Task)]
    assert targets == [key_of(CODE, Disable(token)), key_of(CODE, Revoke(synced))]


@pytest.mark.parametrize(
    "change, words",
    [
        (Suspend(ALICE), "Lock the account alice"),
        (Resume(ALICE), "Unlock the account alice"),
        (EndSessions(ALICE), "End the open sessions of alice"),
        (Enable(KEY), "Switch on access key A…1 of alice"),
        (Assign(grant(TEAM)), "Give team payments to alice"),
        (HandOver(REPO), "Hand over repository payments-api of alice to somebody who stays"),
        (Provision(ALICE), "Provision the account alice"),
        (Delete(ALICE), "Delete the account alice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_change_can_be_asked_of_a_person(change: Change, words: str) -> None:
    """An order that somebody who knows the system can follow."""
    assert order(change) == words


@pytest.mark.parametrize(
    ("kind", "label", "said"),
    [
        ("group", "Group developers", "Group developers"),
        ("password", "Console password, without a second factor", "Console password, without a second factor"),
        ("organisation member", "Member of lumen-works", "Member of lumen-works"),
        ("access key", "A…1", "access key A…1"),
        ("repository role", "Admin on payments-api", "repository role Admin on payments-api"),
        ("", "Copilot seat", "Copilot seat"),
    ],
)
def test_nothing_is_said_twice(kind: str, label: str, said: str) -> None:
    """A label that says itself what it is stands alone: no group Group developers."""
    assert once(kind, label) == said
