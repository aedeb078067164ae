"""Several people leave together: one list, one question, one request for each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.port import Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.domain.request import Request
from bot.engine import control
from bot.engine.approve import approve
from bot.engine.batch import forward
from bot.engine.context import priority_of
from bot.store import Database, people, records
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARTEN, SARA, YUKI, Town, button, speaker, words
from tests.stories.acts import everything_said, sealed

pytestmark = pytest.mark.on_both_chats

LIST = "id;name\nP-004;Alice Martin\nben.okafor@lumen-works.example\nP-009"


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind."""
    return Town(db)


def ask(town: Town, names: str = "P-004\nP-008\nP-009", typed: str = "3", **values: str) -> object:
    """Hanna sends the list."""
    filled = {"list": names, "typed": typed, "when": "now", "exit": "voluntary"} | values
    return town.talk.submit(speaker(HANNA), "batch", Filled(filled), f"batch-{names}-{typed}")


def work(town: Town, times: int = 8) -> None:
    """The clock looks at the list, and everything it begins is done."""
    for _ in range(times):
        forward(town.engine, town.now)
        town.pass_time(timedelta(seconds=1))
        town.work()


def requests(town: Town) -> tuple[Request, ...]:
    """The requests of the list."""
    with town.engine.db.look() as tx:
        return tuple(one for one in records.recent(tx, 100) if one.batch == "BAT-101")


def states(town: Town) -> set[RequestState]:
    """Where they stand."""
    return {one.state for one in requests(town)}


def yes(town: Town, person: PersonId, typed: str = "3") -> None:
    """Somebody presses Approve all, and types the number."""
    form = town.talk.press(speaker(person), "batch_yes", sealed(town, person, "batch_yes"), "", Where())
    assert isinstance(form, Form)
    town.talk.submit(speaker(person), "batch_yes", Filled({"typed": typed}, context=form.context), f"yes-{person}")
    work(town)


def test_hanna_offboards_three_people_with_one_list_and_two_people_agree_once(town: Town) -> None:
    """Three requests, no question about any single one, one about all of them with its number typed (S0-34, S1-25)."""
    ask(town)
    work(town)
    assert len(requests(town)) == 3
    assert states(town) == {RequestState.AWAITING_APPROVAL}
    assert not any("approve" in words(card) for card in town.direct(CLARA) if "BAT-101" not in words(card))
    shown = next(words(card) for card in reversed(town.direct(CLARA)) if "BAT-101" in words(card))
    assert "wants to offboard 3 people" in shown
    assert "For example Alice Martin" in shown
    yes(town, CLARA)
    assert states(town) == {RequestState.AWAITING_APPROVAL}
    yes(town, SARA)
    assert states(town) == {RequestState.RUNNING}
    assert town.aws.account.active is False
    said = words(town.direct(HANNA)[-1])
    assert "BAT-101" in said


@pytest.mark.parametrize(
    ("names", "typed", "said"),
    [
        ("P-004\nnobody@nowhere.example\nP-008", "3", "Line 2, “nobody@nowhere.example”"),
        ("P-004\nP-008\nP-004", "3", "stands in line 1 already"),
        ("P-004\nP-008", "3", "The list names 2 people"),
        ("P-004", "1", "For one person"),
        ("P-004\nP-002", "2", "You cannot offboard yourself"),
        ("Alice Martin\nBen Okafor", "2", "Line 1"),
        ("", "0", "two people or more"),
    ],
)
def test_a_list_that_is_not_certain_begins_nothing(town: Town, names: str, typed: str, said: str) -> None:
    """The line and the reason are said, and nobody is begun (S0-5)."""
    with pytest.raises(Refused) as refused:
        ask(town, names, typed)
    assert said in f"{refused.value.words} {refused.value.hint}"
    work(town, 2)
    assert not requests(town)


def test_a_list_may_be_a_table_with_a_heading(town: Town) -> None:
    """What HR copies out of a sheet works: an id or an e-mail in the first column."""
    with town.engine.db.look() as tx:
        mail = people.every(tx)[BEN].email
    ask(town, LIST.replace("ben.okafor@lumen-works.example", mail))
    work(town)
    assert {one.subject for one in requests(town)} == {ALICE, BEN, YUKI}


def test_a_wrong_number_at_the_yes_approves_nothing(town: Town) -> None:
    """The number is what tells three people from thirty (S0-34)."""
    ask(town)
    work(town)
    with pytest.raises(Refused, match="These are 3 people"):
        yes(town, CLARA, "30")
    assert states(town) == {RequestState.AWAITING_APPROVAL}


def test_one_no_denies_all_of_them_and_changes_nothing(town: Town) -> None:
    """Whoever was asked may say no for all; each request says who did."""
    ask(town)
    work(town)
    town.talk.press(speaker(CLARA), "second_no", sealed(town, CLARA, "second_no"), "", Where())
    work(town)
    assert states(town) == {RequestState.DENIED}
    assert town.aws.account.active is True
    assert "BAT-101 was denied" in everything_said(town)


def test_nobody_on_the_list_decides_about_it(town: Town) -> None:
    """Clara is in HR and stands on the list: without her only Sara could agree, and two must (S2-2)."""
    with pytest.raises(Refused, match="left who could approve"):
        ask(town, f"P-004\nP-008\n{CLARA}")


@pytest.mark.parametrize("person", [ALICE, INES])
def test_a_list_is_seen_by_nobody_else(town: Town, person: PersonId) -> None:
    """Neither who stands on it nor who has nothing to do with it can look at it (S1-18)."""
    ask(town)
    work(town)
    with pytest.raises(Refused, match="no list BAT-101"):
        town.talk.command(speaker(person), "/usher", "BAT-101", Where())
    shown = town.talk.command(speaker(SARA), "/usher", "BAT-101", Where())
    assert isinstance(shown, Card)
    assert "waiting for approval" in words(shown)


def test_a_plan_that_changed_after_it_was_shown_asks_by_itself(town: Town) -> None:
    """One of three is moved to another day: the common yes does not cover it, and its own people are asked."""
    ask(town)
    work(town)
    moved = requests(town)[0]
    control.reschedule(town.engine, moved.id, HANNA, town.now + timedelta(days=3), town.now)
    yes(town, CLARA)
    yes(town, SARA)
    stand = {one.id: one.state for one in requests(town)}
    assert stand.pop(moved.id) is RequestState.AWAITING_APPROVAL
    assert set(stand.values()) == {RequestState.RUNNING}
    assert any(moved.id in words(card) for card in town.direct(SARA))


def test_somebody_already_leaving_is_left_out_and_named(town: Town) -> None:
    """Between the list and its requests somebody else began one of them: the others go on, and it is said."""
    ask(town)
    town.offboard(CLARA)
    work(town)
    assert {one.subject for one in requests(town)} == {BEN, YUKI}
    assert "Left out" in everything_said(town)


def test_a_form_sent_twice_is_one_list(town: Town) -> None:
    """A platform that delivers twice makes no second list (S1-25)."""
    ask(town)
    ask(town)
    work(town)
    ask(town)  # again, when everybody of it is leaving already
    work(town)
    assert len(requests(town)) == 3


def test_the_answer_survives_a_crash_in_the_middle(town: Town) -> None:
    """Approved for the first of three, then everything stops: the next process gives the answer to the others once."""
    ask(town)
    work(town)
    yes(town, CLARA)
    form = town.talk.press(speaker(SARA), "batch_yes", sealed(town, SARA, "batch_yes"), "", Where())
    assert isinstance(form, Form)
    town.talk.submit(speaker(SARA), "batch_yes", Filled({"typed": "3"}, context=form.context), "yes-sara")
    first = requests(town)[0]
    approve(town.engine, first.id, first.digest, CLARA, town.now, yes=True)
    work(town)
    assert states(town) == {RequestState.RUNNING}
    with town.engine.db.look() as tx:
        assert len(records.approvals(tx, first.id)) == 2


def test_whoever_leaves_alone_goes_before_a_list(town: Town) -> None:
    """An urgent leaver waits behind nobody's layoff (fault 58, S0-20)."""
    ask(town)
    work(town)
    town.offboard(HANNA, person=MARTEN, typed="Alice Marten")
    with town.engine.db.look() as tx:
        listed = [priority_of(step) for one in requests(town) for step in records.steps(tx, one.id)]
        alone = [priority_of(s) for one in records.recent(tx) if not one.batch for s in records.steps(tx, one.id)]
    assert alone
    assert max(alone) < min(listed)


def test_a_list_of_which_nothing_is_left_asks_nobody_any_more(town: Town) -> None:
    """All three are cancelled before anybody answered: the question has no buttons left, Hanna hears once (S1-25)."""
    ask(town)
    work(town)
    for one in requests(town):
        control.cancel(town.engine, one.id, HANNA, town.now)
    work(town)
    assert "0 of 3 people finished" in words(town.direct(HANNA)[-1])
    assert not any(button(card, "batch_yes") for card in town.direct(CLARA))
