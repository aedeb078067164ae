"""Between the approval and the work the world goes on: what appeared, what is gone, who could take over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Asset, Credential, Entitlement, Grant, Suspend, SystemKey
from bot.engine.start import start_due
from bot.store import Database
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, ALICE_CLOUD, ALICE_CODE, BEN, BEN_CODE, HANNA, INES, MARCO, Town, speaker
from tests.stories.acts import approved, asked, everything_said, finish, link, sealed, steps, wait

FRIDAY = {"when": "later", "day": "2026-11-27", "time": "17:00"}
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database, in which Alice's exit on Friday is approved."""
    return approved(Town(db), **FRIDAY)


def friday(town: Town) -> None:
    """The time has come."""
    town.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    start_due(town.engine, town.now)
    town.work()


def test_new_access_that_can_be_given_back_joins_by_itself(town: Town) -> None:
    """A group she got on Wednesday is gone on Friday too, told in the thread, without another question (S1-21)."""
    fresh = Grant(ALICE_CLOUD, Entitlement("group:new", "group", "billing"))
    town.aws.grants.append(fresh)
    friday(town)
    assert town.aws.grants == []
    assert "appeared since the plan was made" in everything_said(town)
    joined = [step for step in town.view().steps if step.joined_late]
    assert [step.state for step in joined] == [StepState.CONFIRMED]


def test_new_access_that_cannot_be_given_back_asks_first(town: Town) -> None:
    """A key that nobody could restore waits for as many yes as the plan did, each of another person (S1-17, S4-27)."""
    lost = Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False)
    town.aws.credentials.append(lost)
    friday(town)
    assert steps(town, "disable", "aws")[-1].state is StepState.HELD
    assert "waits for an approval of its own" in everything_said(town)
    town.press(MARCO, "item_yes")
    with pytest.raises(Refused, match="decided about this item already"):
        town.press(MARCO, "item_yes")
    with pytest.raises(Refused, match="somebody else must decide"):
        town.talk.press(speaker(HANNA), "item_yes", sealed(town, MARCO, "item_yes"), "", Where())
    town.work()
    value = sealed(town, INES, "item_yes")
    town.press(INES, "item_yes")
    town.work()
    assert not town.aws.credentials[-1].active
    with pytest.raises(Refused, match="decided already"):
        town.talk.press(speaker(INES), "item_yes", value, "", Where())
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_a_new_item_can_be_left_as_it_is(town: Town) -> None:
    """One no leaves it out, by name, and the request can still end (S1-16)."""
    lost = Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False)
    town.aws.credentials.append(lost)
    friday(town)
    town.press(INES, "item_no")
    town.work()
    assert town.aws.credentials[-1].active
    assert "Ines Ferreira decided to leave it" in everything_said(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_what_is_gone_already_is_confirmed_and_not_done_again(town: Town) -> None:
    """The account was locked by hand, one key deleted: seen at the start, said as already so, not called (S3-10)."""
    town.aws.account = replace(town.aws.account, active=False)
    town.aws.credentials = town.aws.credentials[1:]
    friday(town)
    assert not any(isinstance(change, Suspend) for change in town.aws.log)
    assert "was so already" in everything_said(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_a_repository_that_has_another_admin_by_now_needs_no_successor(town: Town) -> None:
    """Nobody is asked a question that answered itself, and the membership goes at once (S1-25)."""
    town.github.assets = [replace(town.github.assets[0], sole_admin=False, admins=("40004", "40008"))]
    friday(town)
    assert town.github.grants == []
    assert {step.state for step in steps(town, "hand-over")} == {StepState.CONFIRMED}


def test_a_repository_that_was_deleted_holds_nothing(town: Town) -> None:
    """What no longer exists needs no successor and keeps no request open for ever."""
    town.github.assets = []
    friday(town)
    assert {step.state for step in steps(town, "hand-over")} == {StepState.CONFIRMED}
    assert town.github.grants == []


def test_a_repository_found_late_holds_the_membership_that_carries_it(town: Town) -> None:
    """She became the only admin of another one: it is handed over first, after a yes of its own (S0-7, S1-3)."""
    other = Asset(
        ALICE_CODE, "repo:2", "repository", "ledger", sole_admin=True, admins=("40004",), candidates=(BEN_CODE,)
    )
    org = replace(town.github.grants[0].entitlement, carries=("repo:1", "repo:2"))
    town.github.assets.append(other)
    town.github.grants[0] = Grant(ALICE_CODE, org)
    friday(town)
    first, second = steps(town, "hand-over")
    for step in (first, second):
        value = town.desk.sealed("successor", step.id)
        town.talk.press(speaker(INES), "successor", value, "40008", Where())
        town.say()
        town.press(BEN, "accept")
        town.work()
    assert [grant.entitlement.label for grant in town.github.grants] == ["lumen-works"]
    assert "40008" not in town.github.assets[1].admins
    town.press(MARCO, "item_yes")
    town.press(INES, "item_yes")
    town.work()
    assert "40008" in town.github.assets[1].admins
    assert town.github.grants == []


def test_a_successor_who_just_got_access_is_found_by_looking_again(town: Town) -> None:
    """The question comes back with whom a fresh reading finds (S0-7)."""
    alone = replace(town.github.assets[0], candidates=())
    town.github.assets = [alone]
    friday(town)
    town.github.assets = [replace(alone, candidates=(BEN_CODE,))]
    town.press(INES, "look_again")
    town.work()
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    assert town.github.grants == []
    with pytest.raises(Refused, match="named already"):
        town.talk.press(
            speaker(INES), "look_again", town.desk.sealed("look_again", steps(town, "hand-over")[0].id), "", Where()
        )


def test_only_a_colleague_with_a_known_account_takes_over(town: Town) -> None:
    """An account nobody knows, or hers, or of somebody who left, is no successor (S4-12)."""
    stranger = Account(SystemKey("github"), "777", "somebody")
    town.github.assets = [replace(town.github.assets[0], candidates=(BEN_CODE, stranger, ALICE_CODE))]
    friday(town)
    for native, said in (("777", "whose account"), ("40004", "whose account"), ("1", "from the list")):
        with pytest.raises(Refused, match=said):
            town.press(INES, "successor", native)


def test_an_account_that_turned_out_to_be_somebody_elses_is_left_alone(town: Town) -> None:
    """The link is looked at again before the first write: what is no longer hers is not touched (S4-12)."""
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE links SET person = 'P-008' WHERE native_id = 'AIDA4'")
    from structlog.testing import capture_logs  # noqa: PLC0415

    with capture_logs():
        friday(town)
    assert town.aws.log == []
    assert town.aws.account.active
    assert {step.state for step in steps(town, "suspend", "aws")} == {StepState.PARKED}


def test_a_system_linked_meanwhile_is_read_and_joins(db: Database) -> None:
    """An account that was confirmed after the approval is part of the work (S1-12)."""
    town = approved(Town(db, whole=True), **FRIDAY)
    key = SystemKey("atlas")
    wiki = Memory(key, Account(key, "w4", "alice.martin", active=True))
    town.engine.connectors = {**town.engine.connectors, key: wiki}
    link(town, ALICE, wiki.account)
    friday(town)
    assert wiki.account.active is False


def test_an_unconfirmed_account_is_left_alone_and_named(db: Database) -> None:
    """A guess is shown on the form and never used (S1-12, S4-12)."""
    town = Town(db)
    key = SystemKey("atlas")
    wiki = Memory(key, Account(key, "w4", "alice.martin", active=True))
    town.engine.connectors = {**town.engine.connectors, key: wiki}
    link(town, ALICE, wiki.account, confirmed=False)
    form = town.talk.command(speaker(HANNA), "/offboard", "Alice Martin", Where())
    assert "Not confirmed, so left alone: atlas: alice.martin" in repr(form)
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert wiki.account.active
    wait(town)
    assert wiki.log == []
