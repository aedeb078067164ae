"""Sessions of roles outlive the keys they were opened with: they are seen, ended for one person, and said when over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.model import EndSessions
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company import aws
from bot.practice.company.aws import members
from bot.practice.company.aws.trail import HISTORY
from connectors.interface import Kind, Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import NAME, AwsHarness, alice, granted
from tests.connectors.contract import NOW, error_of

HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


def now() -> datetime:
    """The moment by the clock of this machine, which AWS has too."""
    return datetime.now(UTC)


def test_an_open_session_of_a_role_is_seen_with_its_end(harness: AwsHarness) -> None:
    """The report can say when the last of them is over; what is over already is not told."""
    ends = aws_wide.took_on(harness, "deploy", "alice-laptop", HALF, HOUR)
    aws_wide.took_on(harness, "deploy", "alice-yesterday", 3 * HOUR, HOUR)
    part = harness.connector.read(harness.link, now()).sessions
    assert part.complete
    assert [(one.label, one.until) for one in part.items] == [("Role deploy as alice-laptop", ends)]


def test_ending_them_denies_what_was_issued_before_and_only_to_her(harness: AwsHarness) -> None:
    """The policy at the role names her session, the moment, and its own end; nobody else is hit."""
    aws_wide.took_on(harness, "deploy", "alice-laptop", HALF, HOUR)
    ends = aws_wide.took_on(harness, "deploy", "alice-phone", HALF / 2, HOUR)
    change = EndSessions(alice(harness))
    assert harness.connector.apply(change).result is Result.APPLIED
    document = json.loads(harness.backend.get_role("deploy").policies[f"usher-ended-{harness.link.native_id}"])
    condition = document["Statement"][0]["Condition"]
    assert condition["StringLike"] == {"aws:userid": ["*:alice-laptop", "*:alice-phone"]}
    assert condition["DateLessThan"]["aws:CurrentTime"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    assert judge(change, harness.connector.read(harness.link, now())) is Verdict.CONFIRMED
    assert harness.connector.apply(change).result is Result.ALREADY
    assert len(harness.recorded.ledger.writes) == 1


def test_a_session_that_began_later_is_open_and_the_earlier_one_stays_ended(harness: AwsHarness) -> None:
    """The policy is written again with both names."""
    aws_wide.took_on(harness, "deploy", "first", HALF, HOUR)
    harness.connector.apply(EndSessions(alice(harness)))
    aws_wide.took_on(harness, "deploy", "second", -timedelta(seconds=2), HOUR)
    later = now() + timedelta(minutes=6)
    assert [one.native_id.rpartition("/")[2] for one in harness.connector.read(harness.link, later).sessions.items] == [
        "second"
    ]
    harness.connector.apply(EndSessions(alice(harness)))
    assert "*:first" in harness.backend.get_role("deploy").policies[f"usher-ended-{harness.link.native_id}"]


def test_a_policy_somebody_changed_ends_nothing(harness: AwsHarness) -> None:
    """Only our own words prove that a session is denied."""
    aws_wide.took_on(harness, "deploy", "alice-laptop", HALF, HOUR)
    harness.connector.apply(EndSessions(alice(harness)))
    name = f"usher-ended-{harness.link.native_id}"
    role = harness.backend.get_role("deploy")
    harness.backend.put_role_policy("deploy", name, role.policies[name].replace('"Deny"', '"Allow"'))
    assert harness.connector.read(harness.link, now()).sessions.items


def test_a_session_in_an_account_of_others_is_told_and_not_called_ended(harness: AwsHarness) -> None:
    """It can only be ended there, so the part is not complete."""
    aws_wide.took_on(harness, "audit", "alice", HALF, HOUR, account="333333333333")
    part = harness.connector.read(harness.link, now()).sessions
    assert part.seen is Completeness.PARTIAL
    assert "333333333333" in part.why
    assert harness.connector.apply(EndSessions(alice(harness))).result is Result.ALREADY


def test_a_session_in_another_account_of_ours_is_ended_there(harness: AwsHarness) -> None:
    """One user, twenty accounts, a role in each: the session ends at the role, in its own account."""
    there = aws_wide.other(harness)
    members.role(there.backend, "deploy", granted()[:1])
    aws_wide.took_on(harness, "deploy", "alice-there", HALF, HOUR, account=there.number)
    aws_wide.took_on(harness, "deploy", "alice-here", HALF, HOUR)
    read = there.connector.read(harness.link, now()).sessions
    assert read.complete
    assert {one.label for one in read.items} == {"Role deploy as alice-there", "Role deploy as alice-here"}
    change = EndSessions(alice(harness))
    assert there.connector.apply(change).result is Result.APPLIED
    name = f"usher-ended-{harness.link.native_id}"
    for backend, session in ((there.backend, "alice-there"), (harness.backend, "alice-here")):
        condition = json.loads(backend.get_role("deploy").policies[name])["Statement"][0]["Condition"]
        assert condition["StringLike"] == {"aws:userid": [f"*:{session}"]}
    assert judge(change, there.connector.read(harness.link, now())) is Verdict.CONFIRMED
    assert there.connector.apply(change).result is Result.ALREADY


def test_what_she_only_tried_and_what_another_of_her_name_did_are_no_sessions(harness: AwsHarness) -> None:
    """The id of the user decides, and whether AWS let her."""
    asked = {"roleArn": f"arn:aws:iam::{aws.ACCOUNT}:role/deploy", "roleSessionName": "x"}
    HISTORY.remember(aws.ACCOUNT, "AssumeRole", (NAME, harness.link.native_id), now() - HALF, asked, "AccessDenied")
    HISTORY.remember(aws.ACCOUNT, "AssumeRole", (NAME, "AIDAEARLIERALICE"), now() - HALF, asked)
    assert not harness.connector.read(harness.link, now()).sessions.items


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_trail_that_may_not_be_read_leaves_both_questions_open(harness: AwsHarness, status: int) -> None:
    """Everything else is read; who made what, and which sessions are open, a person must look up."""
    harness.fault("LookupEvents", status)
    read = harness.connector.read(harness.link, NOW)
    assert read.credentials.items
    assert read.made.seen is read.sessions.seen is Completeness.NOT_PERMITTED
    assert error_of(lambda: harness.connector.apply(EndSessions(alice(harness)))).kind in {
        Kind.PERMISSION,
        Kind.THROTTLED,
        Kind.TRANSIENT,
    }


def test_what_she_made_for_others_is_told_in_words(harness: AwsHarness) -> None:
    """A key for a program is no step of the plan: switching it off would stop the program. A person decides."""
    who = (NAME, harness.link.native_id)
    HISTORY.remember(aws.ACCOUNT, "CreateRole", who, NOW - timedelta(days=3), {"roleName": "export"})
    HISTORY.remember(aws.ACCOUNT, "CreateAccessKey", who, NOW - timedelta(days=4), {"userName": "nightly"})
    HISTORY.remember(aws.ACCOUNT, "CreateAccessKey", who, NOW - timedelta(days=5), {})
    HISTORY.remember(aws.ACCOUNT, "CreateUser", who, NOW - timedelta(days=99), {"userName": "long-ago"})
    HISTORY.remember(aws.ACCOUNT, "CreateUser", ("ben.okafor", "B"), NOW - timedelta(days=1), {"userName": "his"})
    part = harness.connector.read(harness.link, NOW).made
    assert part.seen is Completeness.PARTIAL
    assert not part.items
    assert "made an access key for nightly, role export, role nightly-report." in part.why
    assert "last 90 days" in part.why
    assert "his" not in part.why.replace("this", "")


def test_what_the_trail_told_before_it_asked_us_to_slow_down_is_told(harness: AwsHarness) -> None:
    """Two questions a second are allowed: the rest is asked at the next reading, and the part says what it lacks."""
    asked: list[object] = []

    def slow(params: object, **_: object) -> None:
        asked.append(params)
        if len(asked) == 4:
            harness.fault("LookupEvents", 429, times=1)

    who = (NAME, harness.link.native_id)
    HISTORY.remember(aws.ACCOUNT, "CreateAccessKey", who, NOW - HALF, {"userName": "nightly"})
    harness.connector._accounts.events.register("before-call.cloudtrail.LookupEvents", slow)  # noqa: SLF001
    first, second = (harness.connector.read(harness.link, NOW).made.why for _ in range(2))
    assert "slow down" not in second
    assert "role nightly-report" in second
    assert "slow down" in first
    assert "an access key for nightly" in first


def test_more_events_than_anybody_reads_are_told(harness: AwsHarness) -> None:
    """Ten pages are read of one question; what lies behind them is unknown and said to be."""
    who = (NAME, harness.link.native_id)
    for _ in range(501):
        HISTORY.remember(aws.ACCOUNT, "CreateUser", who, NOW - HALF, {"userName": "many"})
    read = harness.connector.read(harness.link, NOW)
    assert "more events" in read.made.why
    assert read.sessions.seen is Completeness.PARTIAL
