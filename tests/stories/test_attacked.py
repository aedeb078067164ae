"""What somebody with bad intent, or bad luck, tries with what waits, what is lent and what takes two people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Card, Filled, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Revoke
from bot.domain.planning import APPROVAL
from bot.domain.scim import ENTERPRISE
from bot.engine import control, provision, waiting
from bot.engine.batch import forward
from bot.engine.expire import expire
from bot.engine.provision import Call
from bot.engine.start import start_due
from bot.engine.unbrake import let_on
from bot.store import pushed, signals
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    HANNA,
    INES,
    MARTEN,
    OMAR,
    PRIYA,
    SARA,
    START,
    TOMASZ,
    YUKI,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, asked, finish
from tests.stories.ruled import with_rules
from tests.stories.test_brake import agree, ask, flood, held, later, look_twice
from tests.stories.undos import agree as say_yes
from tests.stories.undos import keys, undo

PLAIN = "\nrules:\n  - {rule: plain, when: {privileged: no}, then: auto}\n"


def test_whoever_was_asked_about_many_never_reads_that_they_joined_them(town: Town) -> None:
    """Clara is asked about a flood; then her own name is in it: no card, digest or button of hers names her (S4-12)."""
    for person in (ALICE, BEN, YUKI, PRIYA, MARTEN, OMAR):
        ask(town, person)
    assert [card for card in town.direct(CLARA) if "more than usual" in card.text]
    ask(town, CLARA)
    let_on(town.engine, town.now)
    town.say()
    assert not [words(card) for card in town.direct(CLARA) if "Clara" in words(card)]
    assert not waiting.of(town.engine, CLARA, town.now)
    agree(town, SARA)
    assert not [words(card) for card in town.direct(CLARA) if "Clara" in words(card)]


def test_a_yes_to_one_more_person_is_no_yes_to_those_who_come_after(town: Town) -> None:
    """Sara agrees to one; another comes: it needs two people who have seen it (S0-16)."""
    made = flood(town, 6)
    agree(town, SARA)
    ask(town, TOMASZ)
    let_on(town.engine, town.now)
    town.say()
    agree(town, CLARA)
    later(town, timedelta(minutes=12))
    assert len(held(town)) == 2
    agree(town, SARA)
    later(town, timedelta(minutes=12))
    assert held(town) == {made[-1]}
    agree(town, CLARA)
    later(town, timedelta(minutes=12))
    assert held(town) == frozenset()


def test_a_second_list_is_asked_while_the_first_waits(town: Town) -> None:
    """Nobody answers the first list: the second is asked all the same (S1-25)."""
    for names in ("P-004\nP-008", "P-009\nP-010"):
        filled = {"list": names, "typed": "2", "when": "now", "exit": "voluntary"}
        town.talk.submit(speaker(HANNA), "batch", Filled(filled), f"batch-{names}")
        for _ in range(8):
            forward(town.engine, town.now)
            town.pass_time(timedelta(seconds=1))
            town.work()
    said = [words(card) for card in town.direct(SARA)]
    assert any("BAT-101" in one for one in said)
    assert any("BAT-102" in one for one in said)


def test_stop_does_not_keep_what_was_given_back_until_a_day(town: Town) -> None:
    """Somebody stops a restore: what it gave until a day ends on that day (S4-27)."""
    group = replace(town.aws.grants[0], until=town.now + timedelta(days=3))
    town.aws.grants[0] = group
    finish(approved(town))
    undo(town)
    say_yes(town)
    assert group.entitlement.native_id in keys(town)
    control.stop(town.engine, "RST-101", HANNA, town.tick())
    town.pass_time(timedelta(days=4))
    expire(town.engine, town.now)
    town.work()
    assert group.entitlement.native_id not in keys(town)


def test_rules_approve_nothing_that_joins_later_and_that_none_of_them_covers(town: Town) -> None:
    """Rules approved what is plain; a powerful right comes before the day: a person decides about it (S1-11)."""
    powerful = town.aws.grants
    town.aws.grants = []
    town.github.grants = [grant for grant in town.github.grants if not grant.entitlement.privileged]
    asked(with_rules(town, PLAIN), when="later", day="2026-11-27", time="17:00")
    assert town.request().state is RequestState.SCHEDULED
    town.aws.grants = powerful
    town.now = START + timedelta(days=5)
    start_due(town.engine, town.now)
    town.work()
    (late,) = [step for step in town.view().steps if step.joined_late and isinstance(step.action, Revoke)]
    assert (late.state, late.held) == (StepState.HELD, APPROVAL)
    assert not town.aws.account.active
    town.press(INES, "item_yes")
    town.work()
    assert town.aws.grants == []


def scim(town: Town, method: str, path: str, body: object = None, **query: str) -> int:
    """What a sign-in service asks for, and the status that it gets."""
    call = Call(method, path, query, json.dumps(body).encode(), "http://usher/scim/v2")
    return provision.answer(town.engine, call, town.tick())[0]


@pytest.mark.parametrize("odd", [{"emails": 5}, {"emails": None}, {ENTERPRISE: None}, {ENTERPRISE: "Sales"}])
def test_an_oddly_written_account_is_kept_and_its_end_is_heard(town: Town, odd: dict[str, object]) -> None:
    """A sign-in service writes nonsense beside it: that the account was switched off is heard all the same."""
    assert scim(town, "POST", "Users", {"userName": "alice", "externalId": ALICE, **odd}) == 201
    with town.engine.db.look() as tx:
        (one,) = pushed.find(tx)[1]
    off = [
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "replace", "path": "active", "value": "False"},
    ]
    assert scim(town, "PATCH", f"Users/{one.id}", {"Operations": off}) == 200
    with town.engine.db.look() as tx:
        assert [signal.person for signal in signals.unheeded(tx)] == [ALICE]


@pytest.mark.parametrize("text", ['userName eq "a\0b"', 'id eq "\' or 1=1 --"', 'id eq "a" or id pr'])
def test_a_filter_finds_what_it_names_and_nothing_else(town: Town, text: str) -> None:
    """No letter of an address reaches the database as anything but a value."""
    assert scim(town, "POST", "Users", {"userName": "alice"}) == 201
    assert scim(town, "GET", "Users", filter=text) in {200, 400}
    assert scim(town, "GET", "Users/a\0b") == 400
    assert scim(town, "GET", "Users", startIndex="9" * 30) == 200


def test_a_yes_on_an_old_card_is_asked_again_when_there_are_more(town: Town) -> None:
    """Her card says one, by now there are two: pressing it shows the two, and counts for nothing (S0-16)."""
    flood(town, 6)
    old = button(look_twice(town), "second_yes")
    assert old
    ask(town, TOMASZ)
    shown = town.talk.press(speaker(SARA), "second_yes", old, "", Where())
    assert isinstance(shown, Card)
    assert shown.text.startswith("2 more people")
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(INES), "second_yes", old, "", Where())
    fresh = button(shown, "second_yes")
    assert fresh
    said = town.talk.press(speaker(SARA), "second_yes", fresh, "", Where())
    assert isinstance(said, Card)
    assert said.text == "Thank you. 1 more must agree."
