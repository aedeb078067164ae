"""AWS: the IAM users of one or many AWS accounts, and the users of its Identity Center."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.domain.model import Account, Change, Grant, Link, account_of
from bot.domain.reading import Completeness, Reading
from connectors.aws import assignments, centre, changes, guides, reading, survey
from connectors.aws.accounts import Accounts
from connectors.aws.centre import Centre
from connectors.aws.facts import place_of
from connectors.aws.trail import Trail
from connectors.aws.wire import NAME, Api
from connectors.interface import Check, ConnectorError, Guide, Kind, Outcome, Partly, Secrets, Spec
from connectors.wire.http import garbled
from connectors.wire.together import side_by_side

NO_CENTRE = "This is a user of Identity Center, and the settings do not speak of it: set IDENTITY_CENTER."
UNTOLD = "This is a user of account {place}, which the setting ACCOUNTS does not name."


class Aws:
    """The AWS accounts of a company, through the key of an IAM user."""

    def __init__(self, spec: Spec, accounts: Accounts, secrets: Secrets) -> None:
        self.spec = spec
        self._accounts = accounts
        self._secrets = secrets
        self._trail = Trail()
        self._found: Centre | None = None

    def check(self) -> Check:
        """What these credentials may do, in every account and in Identity Center. Never raises."""
        try:
            with _whole():
                found = self._centre() if centre.wanted(self._secrets) else None
                return survey.check(self._accounts, found, datetime.now(UTC))
        except ConnectorError as error:
            return Check(ready=False, missing=(error.said,))

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this user reaches. An account that could not be opened is told. Raises ConnectorError."""
        with _whole():
            if centre.is_ours(link.native_id):
                return centre.read(self._centre(), self.spec.key, link, now)
            api = self._of(link.native_id)
            identify = partial(self._accounts.identity, api.place, now)
            lanes: tuple[Callable[[], Any], ...] = (
                partial(reading.read, api, identify, self._trail, self.spec.key, link, now),
                partial(self._accounts.shut, now),
            )
            seen, shut = side_by_side(lambda ask: ask(), lanes, at_once=2)
        read: Reading = seen
        if not shut:
            return read
        why = f"{' '.join(shut)} Whether this person has a user there is not known."
        return replace(read, account=replace(read.account, seen=Completeness.PARTIAL, why=why))

    def apply(self, change: Change) -> Outcome:
        """Make it so, never touching the user of our own key. Raises ConnectorError."""
        native_id = account_of(change).native_id
        with _whole():
            if centre.is_ours(native_id):
                return assignments.apply(self._centre(), self.spec, change)
            if native_id == self._accounts.own()["UserId"]:
                raise ConnectorError(changes.OWN, kind=Kind.PERMANENT)
            return changes.apply(self._of(native_id), self.spec, change)

    def by_hand(self, change: Change) -> Guide | None:
        """How a person does it in the console, with a link. Asks nobody."""
        return guides.by_hand(change)

    def bounds(self, grant: Grant) -> bool:
        """Whether AWS itself ends this right at its `until`, so that a later end must be written there too."""
        return grant.entitlement.native_id.startswith(("policy:", "inline:"))

    def poll(self, handle: str) -> Outcome:
        """How a change of an account assignment stands. Raises ConnectorError."""
        with _whole():
            return assignments.poll(self._centre(), handle)

    def find(self, email: str) -> tuple[Account, ...]:
        """Users that carry this address in a tag, or are named like it, in every open account. Raises ConnectorError.

        An account that cannot be opened hides none of the others; every reading tells of it.
        """
        with _whole():
            people = centre.find(self._centre(), self.spec.key, email) if centre.wanted(self._secrets) else ()
            try:
                return (*survey.find(self._accounts, self.spec.key, email), *people)
            except Partly as error:
                raise Partly(error.said, (*error.found, *people), kind=error.kind) from None

    def accounts(self) -> Iterator[Account]:
        """Every IAM user of every account, then every user of Identity Center, page by page. Raises ConnectorError."""
        with _whole():
            yield from survey.accounts(self._accounts, self.spec.key)
            if centre.wanted(self._secrets):
                yield from centre.accounts(self._centre(), self.spec.key)

    def _of(self, native_id: str) -> Api:
        place = place_of(native_id)[0]
        if not self._accounts.told(place):
            raise ConnectorError(UNTOLD.format(place=place), kind=Kind.PERMISSION)
        return self._accounts.of(place)

    def _centre(self) -> Centre:
        if not centre.wanted(self._secrets):
            raise ConnectorError(NO_CENTRE, kind=Kind.PERMISSION)
        if self._found is None:
            self._found = centre.centre_of(self._accounts.home, self._secrets)
        return self._found


@contextmanager
def _whole() -> Iterator[None]:
    """An answer that lacks what it must hold is half an answer, and no fault of ours."""
    try:
        yield
    except (KeyError, TypeError) as error:
        raise garbled(NAME) from error
