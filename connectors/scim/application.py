"""One application that speaks SCIM 2.0, through a token that an administrator issued for provisioning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.model import Account, Assign, Change, Delete, Link, Resume, Revoke, Suspend, account_of
from bot.domain.reading import Part, Reading
from connectors.interface import Check, ConnectorError, Guide, Kind, Outcome, Result, Spec, unsupported
from connectors.scim import changes, searching
from connectors.scim.guides import by_hand
from connectors.scim.reading import account_from, grants, searched, silent
from connectors.wire.http import Answer
from connectors.wire.scim.client import Scim
from connectors.wire.scim.offers import Offers, offers
from connectors.wire.scim.profile import cannot_rest
from connectors.wire.scim.rows import Row, user_path
from connectors.wire.together import side_by_side

OWN = "This is the account that Usher itself works with; it is not changed from here."
GONE = "This account no longer exists."


class ScimApplication:
    """One application, in the words of its profile and of what it says about itself."""

    def __init__(self, spec: Spec, scim: Scim, own: str = "") -> None:
        self.spec = spec
        self._scim = scim
        self._own_id = own
        self._offers: Offers | None = None
        self._deletes = scim.profile.inactive_deletes  # or was seen to

    def check(self) -> Check:
        """Whether the token may list accounts and groups, and what this server does not let us do. Never raises."""
        try:
            missing = self._lacking("/Users") or (self._lacking("/Groups") if Revoke in self.spec.can else "")
            self._offers = self._offers if missing else offers(self._scim)
        except ConnectorError as error:
            missing = error.said
        cannot = self._refused(self._offers or Offers())
        return Check(not missing, (missing,) if missing else (), cannot=cannot)

    def _lacking(self, path: str) -> str:
        try:
            self._scim.first(path)
        except ConnectorError as error:
            if error.kind is Kind.GONE and path == "/Users":
                return f"{self.spec.name} has no list of accounts at this URL. It must end where /Users begins."
            return "" if error.kind is Kind.GONE else error.said  # without groups an application is none the worse
        return ""

    def _refused(self, server: Offers) -> dict[type[Change], str]:
        name = self.spec.name
        cannot = cannot_rest(name) if self._deletes else {}
        if not server.active:
            lacks = f"{name} says that accounts cannot be made inactive over SCIM. Lock the account in {name} itself."
            cannot = {Suspend: lacks, Resume: lacks} | cannot
        if not server.groups:
            lacks = f"{name} has no groups over SCIM. Change them in {name} itself."
            cannot |= {Revoke: lacks, Assign: lacks}
        return {kind: why for kind, why in cannot.items() if kind in self.spec.can}

    def read(self, link: Link, now: datetime) -> Reading:
        """The account with its groups and roles: one level of calls where a search can be believed.

        Raises ConnectorError.
        """
        id, scim = link.native_id, self._scim
        found, groups = _together((partial(scim.entry, user_path(id), id), partial(searched, scim, id)))
        system, name = self.spec.key, self.spec.name
        if not found.found:
            self._refuse_other(id, link.label)
            return Reading(system, now, f"list of accounts in {name}", **silent(scim), evidence=found.evidence)
        # The number as it was linked: a server that reads it in any case may write it otherwise.
        holder = replace(account_from(system, found.body), native_id=id)
        if found.body["id"] != id:
            groups = searched(scim, str(found.body["id"]))
        return Reading(
            system,
            now,
            f"account {holder.label} in {name}",
            Part((holder,)),
            grants(scim, holder, found.body, groups),
            **silent(scim, found.body),
            evidence=found.evidence,
        )

    def apply(self, change: Change) -> Outcome:
        """Make it so. Raises ConnectorError."""
        if type(change) not in self.spec.can:
            raise unsupported(self.spec, change)
        account = account_of(change)
        entry = partial(self._scim.entry, user_path(account.native_id), account.native_id)
        found, own = _together((entry, self._own))
        # Before anybody asked, the standard: what is not there is refused or not seen.
        server = self._offers or Offers()
        why = self._refused(server).get(type(change))
        if why and not _is_role(change):
            raise ConnectorError(why, kind=Kind.PERMANENT)
        if own and own.casefold() == account.native_id.casefold():
            raise ConnectorError(OWN, kind=Kind.PERMANENT)
        if not found.found:
            return self._gone(change, account, found)
        return self._made(change, found.body, server)

    def _made(self, change: Change, user: Row, server: Offers) -> Outcome:
        scim = self._scim
        match change:
            case Suspend() | Resume():
                outcome = changes.switch(scim, user, server, active=isinstance(change, Resume))
                return self._survived(outcome, str(user["id"]))
            case Revoke(grant) | Assign(grant):
                return changes.right(scim, user, grant.entitlement, server, wanted=isinstance(change, Assign))
            case Delete(account):
                return changes.delete(scim, user, lambda: self._refuse_other(account.native_id, account.label))
        raise unsupported(self.spec, change)

    def _survived(self, outcome: Outcome, id: str) -> Outcome:
        """An application that nobody described may delete what is made inactive: that is said, and not done twice."""
        if outcome.result is not Result.APPLIED or self._scim.entry(user_path(id), id).found:
            return outcome
        self._deletes = True
        name = self.spec.name
        said = f"{name} deleted the account when it was made inactive; it cannot be brought back. Set its PROFILE now."
        return replace(outcome, said=said)

    def _gone(self, change: Change, account: Account, found: Answer) -> Outcome:
        self._refuse_other(account.native_id, account.label)
        if isinstance(change, Suspend | Revoke | Delete):
            return Outcome(Result.ALREADY, GONE, evidence=found.evidence)
        raise ConnectorError(GONE, kind=Kind.GONE)

    def poll(self, handle: str) -> Outcome:
        """How a change stands that the server took on. Raises ConnectorError."""
        return changes.poll(self._scim, handle, lambda id: self._refuse_other(id, ""))

    def by_hand(self, change: Change) -> Guide | None:
        """How a person does it in the application's own administration. Asks nobody and never raises."""
        return by_hand(self.spec.name, self._scim.profile, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Accounts with this user name or address. Raises ConnectorError."""
        return tuple(account_from(self.spec.key, row) for row in searching.people(self._scim, email))

    def accounts(self) -> Iterator[Account]:
        """Every account there is, page by page; SCIM does not say when they were last used.

        Raises ConnectorError, also in the middle: half a list is no list.
        """
        for page in self._scim.pages("/Users"):
            yield from (account_from(self.spec.key, row) for row in page)

    def _own(self) -> str:
        """The account of our token, as it was set or where the server has such a thing (RFC 7644 3.11; few do)."""
        if self._own_id or not self._scim.profile.me:
            return self._own_id
        try:
            return str(self._scim.get("/Me").body.get("id", ""))
        except ConnectorError:
            return ""

    def _refuse_other(self, native_id: str, label: str) -> None:
        """The control read for somebody who is gone: the list of accounts answers, and does not have them.

        Raises ConnectorError, also where somebody else has the name now, and where the list is empty: then this may be
        another application than the one where the account was.
        """
        others = partial(lambda: tuple(searching.named(self._scim, label)) if label else ())
        listed, rows = _together((partial(self._scim.first, "/Users"), others))
        if not listed:
            said = f"{self.spec.name} shows no account at all, so nothing proves that this one is gone. Check URL."
            raise ConnectorError(said, kind=Kind.PERMISSION)
        if any(str(row["id"]) == native_id for row in rows):
            said = f"{self.spec.name} lists this account and does not know it at the same time."
            raise ConnectorError(said, kind=Kind.TRANSIENT)
        if rows:
            said = f"The {self.spec.name} name of this account now belongs to another account."
            raise ConnectorError(said, kind=Kind.GONE)


def _is_role(change: Change) -> bool:
    return isinstance(change, Revoke | Assign) and not change.grant.entitlement.native_id.startswith("group:")


def _together(questions: Iterable[Callable[[], Any]]) -> tuple[Any, ...]:
    return side_by_side(lambda question: question(), questions, at_once=4)
