"""What people decide, answer and vouch for counts in later looks; so does who comes back, and what policy says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Credential, Link
from bot.engine.control import comment
from bot.engine.rescan import rescan
from bot.store import Database, people, records, versions
from tests.fakes.town import ALICE, ALICE_CLOUD, BEN, CLOUD, HANNA, INES, MARCO, Town
from tests.stories.acts import approved, done, everything_said, finish, sealed
from tests.stories.later import (
    LEFT,
    OLD,
    PROD,
    back,
    certificates,
    checks,
    gone,
    later,
    looks,
    of,
    rule,
    ticks,
    unlinked,
    waived,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database, which Alice has left."""
    return gone(Town(db))


def test_no_later_look_while_people_decide_about_an_earlier_one(town: Town) -> None:
    """Day 7 waits until what day 1 found is over; then it is made up for."""
    town.aws.grants = [PROD]
    later(town, 1.01)
    later(town, 7)
    assert [one.id for one in checks(town)] == ["CHK-101"]
    town.press(MARCO, "deny")
    ticks(town)
    assert [one.id for one in checks(town)] == ["CHK-101", "CHK-102"]
    assert "it was still there when it was looked at the last time" in everything_said(town)


def test_who_works_here_again_is_not_looked_after_as_a_leaver(town: Town) -> None:
    """The roster has her back: the looks end with a sentence, what waited is cancelled, a late press is refused."""
    town.aws.grants = [PROD]
    later(town, 1.01)
    value = sealed(town, MARCO, "approve")
    town.press(INES, "approve")
    back(town)
    with pytest.raises(Refused, match="works here again"):
        town.press(MARCO, "approve")
    ticks(town)
    assert of(town, "CHK-101").request.state is RequestState.WITHDRAWN
    assert town.aws.grants == [PROD]
    assert "I do not look again: Alice Martin works here again." in town.thread()
    later(town, 100)
    assert [one.id for one in checks(town)] == ["CHK-101"]
    assert value


def test_an_account_that_was_hers_once_is_looked_at_too(town: Town) -> None:
    """Its link ended, it works again: nobody touches it, and a person is asked whose it is (S1-2, S1-21)."""
    unlinked(town, ALICE_CLOUD)
    town.aws.account = replace(town.aws.account, active=True)
    calls = len(town.aws.log)
    later(town, 1.01)
    assert "Find out whose account alice.martin is" in everything_said(town)
    done(town, INES, "It is the account of the payroll program now.")
    ticks(town)
    assert len(town.aws.log) == calls
    later(town, 1.1)
    assert len(certificates(town)) == 1, "what somebody answered is not asked again"


def test_an_account_that_is_a_colleagues_by_now_is_none_of_hers(town: Town) -> None:
    """Ben took it over: his account is neither read as hers nor asked about."""
    unlinked(town, ALICE_CLOUD)
    with town.engine.db.begin() as tx:
        people.link(tx, Link(BEN, CLOUD, ALICE_CLOUD.native_id, ALICE_CLOUD.label, "set-up", "set-up"), town.now)
    town.aws.account = replace(town.aws.account, active=True)
    later(town, 1.01)
    assert certificates(town)[0].facts["searched"] == ["aws"]


def test_an_account_that_looks_like_hers_is_found_by_the_search(town: Town) -> None:
    """What nobody ever recorded is found too: a new account under her e-mail raises a question (S1-2)."""
    town.aws.alike = {"alice.martin@lumen.example": (OLD,)}
    with town.engine.db.look() as tx:
        email = people.every(tx)[ALICE].email
    town.aws.alike = {email: (OLD,)}
    later(town, 1.01)
    assert "alice-old" in everything_said(town)
    assert certificates(town) == []


def test_what_people_decided_to_keep_is_named_and_not_asked_again(db: Database) -> None:
    """A key that was left by decision is no finding; the certificate says that it is still there (S1-16)."""
    town = Town(db)
    approved(town, when="later", day="2026-11-27", time="17:00")
    town.aws.credentials.append(Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False))
    later(town, 5)
    town.press(INES, "item_no")
    town.work()
    finish(town)
    later(town, 1.01)
    assert certificates(town)[0].facts["kept"] == 1
    assert any("One thing is still there by decision." in line for line in town.thread())


def test_what_was_left_open_until_a_day_is_a_finding_after_it(town: Town) -> None:
    """Two people let a right stay for ten days: until then it is named, and afterwards it is there for no reason."""
    town.aws.grants = [PROD]
    waived(town, town.now + timedelta(days=10))
    later(town, 1.01)
    assert certificates(town)[0].facts["kept"] == 1
    later(town, 29)
    assert of(town, "CHK-102").request.state is RequestState.AWAITING_APPROVAL


def test_while_a_removal_runs_once_more_nobody_looks_again(town: Town) -> None:
    """What was closed has work again: the look waits until that is over."""
    with town.engine.db.begin() as tx:
        records.reopen(tx, records.lock(tx, LEFT))
    later(town, 1.01)
    assert checks(town) == []


def test_somebody_who_left_a_second_time_is_looked_after_by_the_second_request(town: Town) -> None:
    """She came back and left again: the looks after the first time end, those after the second come."""
    town.pass_time(timedelta(days=2))
    back(town)
    town.aws.account = replace(town.aws.account, active=True)
    town.offboard(note="A second time.")
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    later(town, 6)
    assert "I do not look again: OFF-102 came after this." in everything_said(town)
    assert all(one.ended_at is not None for one in looks(town))


def test_what_somebody_vouched_for_and_is_still_there_is_a_finding(db: Database) -> None:
    """A person said it was done; the look says otherwise, and says who said so (S3-10, S0-25)."""
    town = Town(db)
    town.aws.grants = [replace(PROD, by_hand="Only the portal can do it.")]
    approved(town)
    done(town, INES)
    finish(town)
    later(town, 1.01)
    said = everything_said(town)
    assert "it was still there when it was looked at the last time; a person said that this was done" in said


def test_whoever_doubts_has_it_looked_at_now(town: Town) -> None:
    """A button under what is finished: one look, a double press is answered, the days of policy stay (S2-19)."""
    town.press(HANNA, "look_now")
    with pytest.raises(Refused, match="looking already"):
        town.press(MARCO, "look_now")
    ticks(town)
    assert town.thread()[-1].startswith("✓ Looked once more")
    assert [one.nth for one in looks(town) if one.ended_at is None] == [1, 7, 30, 90]
    for person in (ALICE, BEN):
        with pytest.raises(Refused, match="cannot show you"):
            town.press(person, "look_now")


def test_a_word_in_the_thread_belongs_to_the_offboarding(town: Town) -> None:
    """Two requests share the thread: what people write there is kept with the first."""
    later(town, 1.01)
    left = of(town, LEFT).request
    kept = comment(town.engine, left.channel, left.thread, MARCO, "Thank you all.", "key", town.now)
    assert kept == LEFT


def test_whom_policy_protects_by_now_is_not_touched(town: Town) -> None:
    """What would end at once stops, and security decides."""
    town.aws.account = replace(town.aws.account, active=True)
    town.pass_time(timedelta(days=1, minutes=1))
    rescan(town.engine, town.now)
    town.work()
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        assert version is not None
        text = versions.body(tx, version).replace("protected: [P-001]", "protected: [P-001, P-004]")
        versions.keep(tx, "policy.yaml", text, town.now)
    ticks(town)
    assert town.aws.account.active is True


@pytest.mark.parametrize(("line", "days"), [("rescans: []", []), ("rescans: [3, 10]", [3, 10])])
def test_the_company_says_when(db: Database, line: str, days: list[int]) -> None:
    """The days stand in the policy; none means that nobody looks again."""
    town = Town(db)
    rule(town, line)
    gone(town)
    assert [one.nth for one in looks(town)] == days
    later(town, 4)
    assert len(certificates(town)) == len(days[:1])
