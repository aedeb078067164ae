"""What every connector owes: subclass `Contract`, give it a `harness`, and these promises are tested.

A harness is one connector on a system that is ours to break. A promise a system cannot be asked to show (a web page
instead of an answer, where the system speaks no HTTP) is skipped by raising `pytest.skip` in the harness.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    EndSessions,
    HandOver,
    Link,
    PersonId,
    Provision,
    Revoke,
    Suspend,
    inverse,
)
from bot.domain.reading import Completeness, Part, Reading
from bot.domain.verify import Verdict, judge
from connectors.interface import Connector, ConnectorError, Kind, Proves, Result

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PARTS = ("account", "grants", "credentials", "assets", "made", "sessions")
SETTLED = {Verdict.CONFIRMED, Verdict.UNSEEN}


class Harness(Protocol):
    """One connector on a practice system, fresh for every test."""

    connector: Connector
    link: Link
    """The leaver."""
    unlinked: Link
    """A link to an account that no longer exists."""
    secrets: tuple[str, ...]
    """What must never be shown: tokens, passwords, connection strings."""

    def others(self) -> Mapping[str, object]:
        """What everybody but the leaver has in the system, by native id, to be compared before and after."""
        ...

    def accept(self) -> None:
        """What the leaver would do for a pending change, such as accepting an invitation."""
        ...

    def refused(self) -> Connector:
        """The same connector with wrong credentials."""
        ...

    def unreachable(self) -> Connector:
        """The same connector where nobody listens."""
        ...

    def garbled(self) -> AbstractContextManager[None]:
        """While it lasts, the system answers everything with a web page."""
        ...


def removals(reading: Reading, can: Iterable[type[Change]]) -> tuple[Change, ...]:
    """What a leaver's plan asks of this connector."""
    held = (*reading.credentials.items, *reading.made.items)
    accounts = tuple(account for account in reading.account.items if account.active)
    every: tuple[Change, ...] = (
        *(Suspend(account) for account in accounts),
        *(Disable(credential) for credential in held if credential.active),
        *(EndSessions(account) for account in reading.account.items if reading.sessions.items),
        *(HandOver(asset, asset.candidates[0]) for asset in reading.assets.items if asset.sole_admin),
        *(Revoke(grant) for grant in reversed(reading.grants.items)),  # the narrow before the wide, so that each counts
    )
    return tuple(change for change in every if type(change) in can)


def error_of(call: Callable[[], object]) -> ConnectorError:
    """The ConnectorError this call raises; anything else fails the test."""
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value


def told(error: BaseException) -> str:
    """All that a log could show of an error, its causes included."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(getattr(error, "args", ""))


def _without(others: Mapping[str, object], some: set[str]) -> dict[str, object]:
    return {native: held for native, held in others.items() if native not in some}


def _parts(reading: Reading) -> dict[str, Part[Any]]:
    return {name: getattr(reading, name) for name in (*PARTS, "work")}


class Contract:
    """The promises. Subclasses define the fixture `harness`."""

    def test_a_reading_says_of_every_part_how_much_it_saw(self, harness: Harness) -> None:
        """A part that is not complete says why in words, and the reading names what proved that we could see."""
        reading = harness.connector.read(harness.link, NOW)
        assert reading.control
        assert reading.at == NOW
        assert reading.system == harness.connector.spec.key
        for name, part in _parts(reading).items():
            assert part.complete or len(part.why.split()) > 3, name
            assert part.seen is not Completeness.NOT_APPLICABLE or not part.items, name

    def test_a_leaver_reaches_something_and_nothing_is_listed_twice(self, harness: Harness) -> None:
        """The practice leaver has access; two grants or keys with one native id could not be told apart later."""
        reading = harness.connector.read(harness.link, NOW)
        assert [account.native_id for account in reading.account.items] == [harness.link.native_id]
        keys = [grant.key for grant in reading.grants.items]
        assert keys
        assert len(keys) == len(set(keys))
        held = [one.native_id for one in (*reading.credentials.items, *reading.made.items)]
        assert len(held) == len(set(held))
        assert all(one.privileged <= bool(one.why) for one in (grant.entitlement for grant in reading.grants.items))

    def test_reading_changes_nothing_and_reads_the_same_again(self, harness: Harness) -> None:
        """Two readings of an unchanged system are equal but for the vendor's request ids."""
        before = harness.others()
        first, second = (replace(harness.connector.read(harness.link, NOW), evidence=()) for _ in range(2))
        assert first == second
        assert harness.others() == before

    def test_a_look_that_proves_a_change_sees_all_that_a_reading_sees(self, harness: Harness) -> None:
        """What it leaves out is what nothing is judged by; and it says that it did not ask for it."""
        connector = harness.connector
        read = connector.read(harness.link, NOW)
        seen = connector.prove(harness.link, NOW) if isinstance(connector, Proves) else read
        assert replace(seen, work=read.work, evidence=()) == replace(read, evidence=())
        assert seen.work == read.work or seen.work.seen is Completeness.NOT_APPLICABLE

    def test_an_account_that_is_gone_reads_as_complete_and_empty(self, harness: Harness) -> None:
        """Somebody removed by hand is no error: the reading proves that nothing is left."""
        reading = harness.connector.read(harness.unlinked, NOW)
        assert reading.control
        assert reading.account == Part()
        assert reading.grants.complete
        assert not reading.grants.items

    def test_a_leaver_loses_everything_and_nobody_else_loses_anything(self, harness: Harness) -> None:
        """Every change works, says so in words, is already so the second time, and is borne out by a fresh reading."""
        connector, before = harness.connector, harness.others()
        changes = removals(connector.read(harness.link, NOW), connector.spec.can)
        assert changes
        for change in changes:
            outcome = connector.apply(change)
            assert outcome.result in {Result.APPLIED, Result.ALREADY}, outcome
            assert outcome.said.endswith("."), outcome
            assert judge(change, connector.read(harness.link, NOW)) in SETTLED, change
            assert connector.apply(change).result is Result.ALREADY, change
        assert not [grant for grant in connector.read(harness.link, NOW).grants.items if Revoke in connector.spec.can]
        successors = {change.to.native_id for change in changes if isinstance(change, HandOver) and change.to}
        assert _without(harness.others(), successors) == _without(before, successors)

    def test_what_was_taken_away_can_be_given_back(self, harness: Harness) -> None:
        """The inverse of every change restores what the first reading saw, under the same native ids."""
        connector = harness.connector
        first = connector.read(harness.link, NOW)
        changes = [one for one in removals(first, connector.spec.can) if not isinstance(one, HandOver)]
        for change in changes:
            connector.apply(change)
        back = [one for change in changes if (one := inverse(change)) and type(one) in connector.spec.can]
        self._give_back(harness, back)
        again = connector.read(harness.link, NOW)
        assert all(judge(change, again) is Verdict.CONFIRMED for change in back)
        if Assign in connector.spec.can:
            assert {grant.key for grant in again.grants.items} == {grant.key for grant in first.grants.items}
        assert all(connector.apply(change).result is Result.ALREADY for change in back)

    @staticmethod
    def _give_back(harness: Harness, changes: list[Change]) -> None:
        """A few rounds, as the retry law would: some things can only be given once others are there."""
        for _ in range(3):
            for change in changes:
                try:
                    harness.connector.apply(change)
                except ConnectorError as error:
                    assert error.retry, error.said  # noqa: PT017  only waiting may help here
                harness.accept()

    def test_a_change_that_was_never_declared_is_refused(self, harness: Harness) -> None:
        """The engine never asks; if it did, nothing would happen and the error would not be retried."""
        account = harness.connector.read(harness.link, NOW).account.items[0]
        every = (Delete(account), Provision(account), Suspend(account), EndSessions(account))
        undeclared = [change for change in every if type(change) not in harness.connector.spec.can]
        for change in undeclared:
            error = error_of(lambda change=change: harness.connector.apply(change))  # type: ignore[misc]
            assert error.kind is Kind.PERMANENT

    def test_wrong_credentials_are_told_as_such_and_never_shown(self, harness: Harness) -> None:
        """A rejected token is the owner's business, not a reason to retry; and no message carries it."""
        connector = harness.refused()
        changes = removals(harness.connector.read(harness.link, NOW), connector.spec.can)
        for call in (lambda: connector.read(harness.link, NOW), lambda: connector.apply(changes[0])):
            error = error_of(call)
            assert error.kind is Kind.CREDENTIAL
            self._keeps_secrets(harness, told(error))
        check = connector.check()
        assert not check.ready
        assert check.missing
        self._keeps_secrets(harness, repr(check))

    def test_a_system_that_is_down_is_worth_waiting_for(self, harness: Harness) -> None:
        """No connection is transient; check() says so instead of raising."""
        connector = harness.unreachable()
        changes = removals(harness.connector.read(harness.link, NOW), connector.spec.can)
        for call in (lambda: connector.read(harness.link, NOW), lambda: connector.apply(changes[0])):
            error = error_of(call)
            assert error.kind is Kind.TRANSIENT
            self._keeps_secrets(harness, told(error))
        assert not connector.check().ready

    def test_a_web_page_is_no_answer(self, harness: Harness) -> None:
        """A maintenance page with status 200 is neither an empty list nor a success."""
        changes = removals(harness.connector.read(harness.link, NOW), harness.connector.spec.can)
        with harness.garbled():
            assert error_of(lambda: harness.connector.read(harness.link, NOW)).retry
            assert error_of(lambda: harness.connector.apply(changes[0])).retry
            assert not harness.connector.check().ready

    def test_what_is_printed_of_a_connector_shows_no_secret(self, harness: Harness) -> None:
        """Neither the connector, nor its settings, nor a reading carries a token into a log."""
        reading = harness.connector.read(harness.link, NOW)
        shown = [harness.connector, vars(harness.connector), harness.connector.spec, reading, harness.connector.check()]
        self._keeps_secrets(harness, "".join(map(repr, shown)))

    def test_a_connector_is_ready_and_lists_what_it_may_do_in_excess(self, harness: Harness) -> None:
        """With the permissions it asks for, nothing is missing."""
        check = harness.connector.check()
        assert check.ready, check.missing
        assert not check.missing

    @staticmethod
    def _keeps_secrets(harness: Harness, text: str) -> None:
        assert not [secret for secret in harness.secrets if secret in text]


def link_to(connector: Connector, native_id: str, label: str, person: str = "P-004") -> Link:
    """A confirmed link of a practice person."""
    return Link(PersonId(person), connector.spec.key, native_id, label, "practice", "practice")
