"""The policies we ship allow every call the connector makes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.model import Change, Delete, EndSessions, Link, Revoke, Suspend, inverse
from bot.practice.company.aws.centre import DESK
from connectors.aws import SPEC
from connectors.aws.connector import Aws
from connectors.aws.wire import action
from connectors.interface import Result
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import PERMISSIONS, AwsHarness, alice, granted
from tests.connectors.contract import link_to, removals

FOLDER = Path(__file__).parents[2] / "connectors/aws"


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


def there_and_back(connector: Aws, changes: tuple[Change, ...]) -> None:
    """Make every change, wait for it, and undo it."""
    for change in (*changes, *(back for change in changes if (back := inverse(change)))):
        begun = connector.apply(change)
        if begun.result is Result.PENDING:
            DESK.settle()
            connector.poll(begun.handle)


def everything(harness: AwsHarness) -> None:
    """All that Usher can do, in all accounts and in Identity Center."""
    portal = aws_wide.portal(harness)
    there = aws_wide.other(harness, ACCOUNTS="organization", IDENTITY_CENTER="yes")
    connector = there.connector
    aws_wide.took_on(harness, "deploy", "alice", timedelta(minutes=9), timedelta(hours=1))
    now = datetime.now(UTC)
    connector.check()
    connector.find(aws_wide.EMAIL)
    for _ in range(2):
        list(connector.accounts())
    connector.read(replace(harness.link, label="alice.renamed"), now)
    connector.read(link_to(connector, harness.id_of("ines.ferreira"), "ines.ferreira"), now)
    for link in (harness.link, there.link, portal.link):
        there_and_back(connector, changes_of(connector, link, now))
    aws_practice.second_factor(harness)
    for change in (Suspend(alice(harness)), Delete(alice(harness))):
        connector.apply(change)


def changes_of(connector: Aws, link: Link, now: datetime) -> tuple[Change, ...]:
    """What a leaver's plan asks, sessions of roles included."""
    read = connector.read(link, now)
    every = removals(read, SPEC.can)
    if not link.native_id.startswith("sso/"):
        return every
    return tuple(one for one in every if isinstance(one, Revoke))


def test_the_permissions_we_ask_for_are_those_we_use(harness: AwsHarness) -> None:
    """Every call is in the file, and each line of the file is a call; both sides are the same set."""
    everything(harness)
    listed = {row["call"]: row["needs"] for row in PERMISSIONS["calls"]}
    assert harness.called == set(listed)
    assert sorted(listed.values()) == sorted(name for one in granted() for name in one["Action"])
    assert all(action(call) == needs for call, needs in listed.items())
    assert EndSessions in SPEC.can


def allowed(name: str) -> set[str]:
    """What one of the files for two roles allows."""
    statements: list[dict[str, Any]] = json.loads((FOLDER / name).read_text())["Statement"]
    return {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}


def test_the_files_for_two_roles_are_the_same_permissions_divided() -> None:
    """Nothing that writes is in the file for reading; who we are is in both; roles are taken on by the key itself."""
    read, write = allowed("permissions.read.json"), allowed("permissions.write.json")
    whole = {name for one in granted() for name in one["Action"]}
    assert read | write | {"sts:AssumeRole"} == whole
    assert read & write == {"sts:GetCallerIdentity"}
    reading = ("Get", "List", "Describe", "Lookup", "Simulate", "Generate")
    assert all(name.partition(":")[2].startswith(reading) for name in read)
    assert not [name for name in write - read if name.partition(":")[2].startswith(reading)]


def test_a_company_that_never_deletes_leaves_that_permission_out(harness: AwsHarness) -> None:
    """Usher is ready without it, and says of deleting alone that it cannot."""
    policy = [one for one in PERMISSIONS["policy"]["Statement"] if one["Effect"] == "Allow"]
    less = [{**one, "Resource": "*"} for one in policy if one["Sid"] != "DeleteAfterGrace"]
    document = json.dumps({"Version": "2012-10-17", "Statement": less})
    harness.backend.put_user_policy("usher", "access-runbooks", document)
    check = harness.connector.check()
    assert check.ready, check.missing
    assert set(check.cannot) == {Delete}
    assert "iam:DeleteUser" in check.cannot[Delete]
