"""After somebody left, everything is looked at again: it stays gone, or people hear what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Credential, Link, Person, Revoke
from bot.engine.control import comment
from bot.engine.rescan import rescan
from bot.store import Database, people, records, versions
from tests.fakes.memory import down
from tests.fakes.town import ALICE, ALICE_CLOUD, BEN, CLOUD, HANNA, INES, MARCO, SARA, Town
from tests.stories.acts import approved, done, everything_said, finish, sealed
from tests.stories.later import (
    FRESH_KEY,
    LEFT,
    OLD,
    OTHER,
    PROD,
    certificates,
    checks,
    gone,
    later,
    looks,
    of,
    ticks,
    unlinked,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database, which Alice has left."""
    return gone(Town(db))


def rule(town: Town, line: str) -> None:
    """The company writes one more line into its policy."""
    with town.engine.db.begin() as tx:
        version = versions.newest(tx, "policy.yaml")
        assert version is not None
        versions.keep(tx, "policy.yaml", f"{versions.body(tx, version)}\n{line}\n", town.now)


def waived(town: Town, until: datetime) -> None:
    """Two people let the right to production stay until a day."""
    with town.engine.db.begin() as tx:
        known = records.steps(tx, LEFT)
        like = next(step for step in known if isinstance(step.action, Revoke) and step.action.grant.key == PROD.key)
        number = known[-1].number + 1
        open_ = replace(like, state=StepState.WAIVED, due=until, ended_by=SARA, number=number)
        records.add_steps(tx, [replace(open_, id=records.step_id(LEFT, number))])


def back(town: Town) -> None:
    """The roster says that Alice starts again today."""
    with town.engine.db.begin() as tx:
        known = people.every(tx)[ALICE]
        facts = {name: getattr(known, name) for name in Person.__dataclass_fields__}
        people.put(tx, [Person(**{**facts, "starts": town.now.date(), "ends": None})])


def test_four_looks_and_four_certificates_in_the_thread(town: Town) -> None:
    """Day 1, 7, 30 and 90: everything is read, nothing is approved, one dated line each (S1-2, S1-21, S0-25, S3-10)."""
    assert [one.nth for one in looks(town)] == [1, 7, 30, 90]
    calls = len(town.aws.log) + len(town.github.log)
    for days in (1.01, 6, 23, 60):
        later(town, days)
    assert [one.state for one in checks(town)] == [RequestState.CLOSED] * 4
    said = [line for line in town.thread() if "clean" in line]
    starts = [line.split(",")[0] for line in said]
    assert starts == ["✓ After 1 day", "✓ After 7 days", "✓ After 30 days", "✓ After 90 days"]
    assert "Read whole: GitHub and AWS" in said[0]
    assert "not looked at now: Laptop and badge and Shared admin password" in said[0]
    assert len(town.aws.log) + len(town.github.log) == calls
    assert not any(town.direct(person)[-1].text.startswith("CHK") for person in (MARCO, INES))
    assert looks(town)[-1].ended_at is not None


def test_a_look_that_is_due_begins_once_however_often_the_clock_ticks(town: Town) -> None:
    """Two replicas, a second tick in the same moment: one look."""
    town.pass_time(timedelta(days=1, minutes=1))
    assert rescan(town.engine, town.now) == 1
    assert rescan(town.engine, town.now) == 0
    town.work()
    assert rescan(town.engine, town.now) == 0
    assert len(certificates(town)) == 1


def test_after_a_week_of_standstill_one_look_makes_up_for_two(town: Town) -> None:
    """Day 1 and day 7 were missed: both are made with one request, and the line says the longer time."""
    later(town, 8)
    assert [one.id for one in checks(town)] == ["CHK-101"]
    assert [(one.nth, one.request) for one in looks(town)][:2] == [(1, "CHK-101"), (7, "CHK-101")]
    assert certificates(town)[0].facts["days"] == [1, 7]
    assert any(line.startswith("✓ After 7 days") for line in town.thread())


def test_what_could_not_be_read_is_said_and_looked_at_again(town: Town) -> None:
    """AWS is down on day 1: clean as far as seen, AWS not; a day later it is seen (S1-2)."""
    town.aws.faults = [down() for _ in range(9)]
    town.pass_time(timedelta(days=1, minutes=1))
    for _ in range(4):
        ticks(town)
        town.pass_time(timedelta(minutes=2))
    first = certificates(town)[0].facts
    assert list(first["seen"]) == ["github"]
    line = next(line for line in town.thread() if line.startswith("◐"))
    assert "clean as far as seen; 1 system not seen." in line
    assert "Not seen: AWS (The system does not answer)." in line
    assert line.endswith("I look again in a day.")
    town.aws.faults = []
    later(town, 1.1)
    assert sorted(certificates(town)[1].facts["seen"]) == ["aws", "github"]


def test_a_part_that_is_not_shown_is_no_part_of_the_certificate(town: Town) -> None:
    """AWS lists no keys: the certificate names the part and why, and not AWS as read whole (S1-2)."""
    town.aws.blind = "The list of keys is closed."
    later(town, 1.01)
    facts = certificates(town)[0].facts
    assert facts["unseen"] == [["aws", "keys and tokens", "The list of keys is closed."]]
    assert list(facts["seen"]) == ["github"]
    line = next(line for line in town.thread() if line.startswith("◐"))
    assert "clean as far as seen; 1 system seen in part." in line
    assert "Seen in part: AWS without keys and tokens." in line


def test_what_stays_unreadable_is_not_looked_at_for_ever(town: Town) -> None:
    """Three looks are added because something was not shown; after that the days of the policy do."""
    town.aws.blind = "The list of keys is closed."
    for _ in range(12):
        later(town, 1.01)
    assert sum(one.nth == 0 for one in looks(town)) == 3


def test_what_came_back_and_can_be_undone_ends_at_once(town: Town) -> None:
    """Her account works again: locked without another question, in the same thread, and looked at once more (S1-21)."""
    town.aws.account = replace(town.aws.account, active=True)
    later(town, 1.01)
    check, left = of(town, "CHK-101").request, of(town, LEFT).request
    assert town.aws.account.active is False
    assert check.state is RequestState.CLOSED
    assert check.approvers == ()
    assert (check.channel, check.thread) == (left.channel, left.thread)
    assert "it was locked and works again" in everything_said(town)
    assert "CHK-101 ends it at once: that can be undone, and its kind was approved with" in everything_said(town)
    later(town, 1.01)
    assert town.thread()[-1].startswith("✓ Looked once more")


def test_a_new_key_is_switched_off_and_called_new(town: Town) -> None:
    """A key nobody saw before is told as such, and one that was switched on again too (S1-2, S1-21)."""
    town.aws.credentials = [FRESH_KEY, replace(town.aws.credentials[0], active=True)]
    later(town, 1.01)
    assert not any(key.active for key in town.aws.credentials)
    said = everything_said(town)
    assert "it is new: nobody saw it before" in said
    assert "it was switched off and works again" in said


def test_a_right_that_came_back_asks_like_a_removal(town: Town) -> None:
    """A group is no danger of the hour: two people say yes, and it goes (S1-11, S1-21)."""
    town.aws.grants = [PROD]
    later(town, 1.01)
    assert of(town, "CHK-101").request.state is RequestState.AWAITING_APPROVAL
    assert "it was taken away and is there again" in everything_said(town)
    assert town.aws.grants == [PROD]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert town.aws.grants == []
    assert of(town, "CHK-101").request.state is RequestState.CLOSED


def test_what_a_rule_of_the_system_gives_is_told_with_its_rule(town: Town) -> None:
    """Somebody takes the person out of the group, or it comes back: the words name the group (S1-21)."""
    town.aws.grants = [replace(OTHER, path="by the group Everybody", by_hand="The group is filled elsewhere.")]
    later(town, 1.01)
    said = everything_said(town)
    assert "it is new: it was given after this person left" in said
    assert "it comes by the group Everybody, and comes back for as long as that stands" in said


def test_what_is_urgent_does_not_wait_for_what_is_not(town: Town) -> None:
    """An account and a group came back: the account is locked at once, the group asks, each in its own request."""
    town.aws.account = replace(town.aws.account, active=True)
    town.aws.grants = [PROD]
    later(town, 1.01)
    assert town.aws.account.active is False
    assert town.aws.grants == [PROD]
    assert [one.state for one in checks(town)] == [RequestState.CLOSED, RequestState.AWAITING_APPROVAL]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert town.aws.grants == []


def test_a_kind_that_was_never_approved_asks_first(db: Database) -> None:
    """Nobody ever approved to switch a key of hers off: a new one asks, whatever it can do (S1-11)."""
    town = Town(db)
    town.aws.credentials = []
    town.github.made = []
    gone(town)
    town.aws.credentials = [FRESH_KEY]
    later(town, 1.01)
    assert of(town, "CHK-101").request.state is RequestState.AWAITING_APPROVAL
    assert town.aws.credentials[0].active


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
