"""Any application that speaks SCIM 2.0: its accounts and the groups they are in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Completeness,
    Entitlement,
    Grant,
    Link,
    Part,
    Reading,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    absent,
    account_of,
    unseen,
)
from connectors.interface import Check, ConnectorError, Kind, Outcome, Result, Secrets, Spec, unsupported
from connectors.wire.scim import Row, Scim, equals, group_path, is_active, server, user_path, values
from connectors.wire.together import side_by_side

SPEC = Spec(
    SystemKey("scim"),
    "SCIM application",
    frozenset({Suspend, Resume, Revoke, Assign}),
    ("URL", "TOKEN"),
    "Accounts and groups of an application that speaks SCIM 2.0. URL ends where /Users begins. "
    "Not for applications that delete an account when it is made inactive.",
)
POWERFUL = re.compile(r"(?<![a-z])(admin|owner|prod(uction)?(?![a-z]))", re.IGNORECASE)
OWN = "This is the account that Usher itself works with; it is not changed from here."
GONE = "This account no longer exists."
NO_TOKENS = "There is no account that could hold tokens."


class ScimApplication:
    """One application, through a token that an administrator issued for provisioning."""

    def __init__(self, spec: Spec, scim: Scim) -> None:
        self.spec = spec
        self._scim = scim

    def check(self) -> Check:
        """Whether the token may list accounts and groups. Never raises."""
        missing = []
        for path in ("/Users", "/Groups"):
            try:
                self._scim.page(path, count=1)
            except ConnectorError as error:
                if error.kind is not Kind.GONE or path == "/Users":  # an application without groups is none the worse
                    missing.append(error.said)
        return Check(not missing, tuple(dict.fromkeys(missing)))

    def read(self, link: Link, now: datetime) -> Reading:
        """The account and its groups: one level of calls, three without a search for groups. Raises ConnectorError."""
        questions = (partial(self._scim.get, user_path(link.native_id)), partial(self._searched, link.native_id))
        found, groups = _together(questions)
        system, name = self.spec.key, self.spec.name
        if not found.found:
            self._refuse_other(link.native_id, link.label)
            control, tokens = f"list of accounts in {name}", NO_TOKENS
            return Reading(system, now, control, credentials=absent(tokens), **_silent(name), evidence=found.evidence)
        holder = _account(system, found.body)
        tokens = f"{name} does not show tokens over SCIM. Look in its own settings for keys and tokens of this account."
        return Reading(
            system,
            now,
            f"account {holder.label} in {name}",
            Part((holder,)),
            self._grants(holder, found.body, groups),
            unseen(tokens),
            **_silent(name),
            evidence=found.evidence,
        )

    def apply(self, change: Change) -> Outcome:
        """Make it so. Raises ConnectorError."""
        if type(change) not in self.spec.can:
            raise unsupported(self.spec, change)
        account = account_of(change)
        found, own = _together((partial(self._scim.get, user_path(account.native_id)), self._own))
        if own == account.native_id:
            raise ConnectorError(OWN, kind=Kind.PERMANENT)
        if not found.found:
            self._refuse_other(account.native_id, account.label)
            if isinstance(change, Suspend | Revoke):
                return Outcome(Result.ALREADY, GONE, evidence=found.evidence)
            raise ConnectorError(GONE, kind=Kind.GONE)
        match change:
            case Suspend() | Resume():
                return self._switch(found.body, active=isinstance(change, Resume))
            case Revoke(grant) | Assign(grant):
                return self._membership(account, grant.entitlement, wanted=isinstance(change, Assign))
        raise unsupported(self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Accounts with this user name or address. Raises ConnectorError."""
        wanted = email.strip()
        named = partial(self._scim.every, "/Users", equals("userName", wanted))
        mailed = partial(self._searchable, "/Users", equals("emails.value", wanted))
        rows = {str(row["id"]): row for found in _together((named, mailed)) for row in found or ()}
        # A server that ignores filters answers with everybody.
        return tuple(_account(self.spec.key, row) for row in rows.values() if wanted.lower() in _addresses(row))

    def _switch(self, row: Row, *, active: bool) -> Outcome:
        state = "active" if active else "inactive"
        if is_active(row) is active:
            return Outcome(Result.ALREADY, f"The account was already {state}.")
        answer = self._scim.set_active(user_path(str(row["id"])), row, active=active)
        return Outcome(Result.APPLIED, f"The account was made {state}.", evidence=answer.evidence)

    def _membership(self, account: Account, right: Entitlement, *, wanted: bool) -> Outcome:
        prefix, _, id = right.native_id.partition(":")
        if prefix != "group" or not id:
            raise ConnectorError(f"{self.spec.name} has no right of this kind.", kind=Kind.PERMANENT)
        path = group_path(id)
        group = self._scim.get(path)
        if not group.found and wanted:
            raise ConnectorError(f"{right.label} no longer exists.", kind=Kind.GONE)
        if not group.found:
            return Outcome(Result.ALREADY, f"{right.label} no longer exists.")
        if (account.native_id in values(group.body, "members")) is wanted:
            return Outcome(Result.ALREADY, f"{right.label} was {'already given' if wanted else 'not held'}.")
        answer = self._scim.patch(path, _joining(account.native_id) if wanted else _leaving(account.native_id))
        return Outcome(
            Result.APPLIED, f"{right.label} {'given' if wanted else 'taken away'}.", evidence=answer.evidence
        )

    def _own(self) -> str:
        """The account of our token, where the server has such a thing (RFC 7644 3.11; few do)."""
        try:
            return str(self._scim.get("/Me").body.get("id", ""))
        except (ConnectorError, AttributeError):
            return ""

    def _refuse_other(self, native_id: str, label: str) -> None:
        """The control read: the list of accounts answers, and nobody else has this name. Raises ConnectorError."""
        rows = self._scim.every("/Users", equals("userName", label))
        if any(str(row.get("userName")).lower() == label.lower() and str(row["id"]) != native_id for row in rows):
            said = f"The {self.spec.name} name of this account now belongs to another account."
            raise ConnectorError(said, kind=Kind.GONE)

    def _searchable(self, path: str, where: str) -> tuple[Row, ...] | None:
        """What a search finds, or None where the server cannot search like this."""
        try:
            return self._scim.every(path, where)
        except ConnectorError as error:
            if error.kind is Kind.PERMANENT:
                return None
            raise

    def _searched(self, native_id: str) -> tuple[Row, ...] | ConnectorError | None:
        try:
            return self._searchable("/Groups", equals("members.value", native_id))
        except ConnectorError as error:
            if error.kind in {Kind.PERMISSION, Kind.GONE}:
                return error
            raise

    def _grants(self, holder: Account, user: Row, found: tuple[Row, ...] | ConnectorError | None) -> Part[Grant]:
        if isinstance(found, ConnectorError):
            if found.kind is Kind.GONE:
                return absent(f"{self.spec.name} has no groups over SCIM.")
            return unseen(found.said)
        stated = _direct(user)
        if found is None and stated is None:
            found = self._scim.every("/Groups")
        groups = side_by_side(self._whole, found or (), at_once=self.spec.concurrency)
        mine = {str(row["id"]): row for row in groups if holder.native_id in values(row, "members")}
        # What the account's own entry says counts too: a server may ignore a search it does not know.
        mine = {**{str(row["value"]): {"displayName": row.get("display")} for row in stated or ()}, **mine}
        grants = tuple(Grant(holder, _group(id, row)) for id, row in mine.items())
        if groups and stated is None and not any("members" in row for row in groups):
            return Part(grants, Completeness.PARTIAL, f"{self.spec.name} does not show over SCIM who is in a group.")
        return Part(grants)

    def _whole(self, group: Row) -> Row:
        """A group with its members: lists of some servers leave them out."""
        if "members" in group:
            return group
        found = self._scim.get(group_path(str(group["id"])))
        return {**group, **found.body} if found.found else group


def connect(key: SystemKey, name: str, secrets: Secrets) -> ScimApplication:
    """The application at URL; speaks to nobody yet. Raises ConnectorError naming a missing setting."""
    settle = timedelta(seconds=float(secrets.get("SETTLE_SECONDS", "0")))
    spec = replace(SPEC, key=key, name=name, settle=settle)
    return ScimApplication(spec, server(secrets.need("URL"), secrets.need("TOKEN"), name))


def _together(questions: Iterable[Callable[[], Any]]) -> tuple[Any, ...]:
    return side_by_side(lambda question: question(), questions, at_once=SPEC.concurrency)


def _account(system: SystemKey, row: Row) -> Account:
    return Account(system, str(row["id"]), str(row.get("userName") or row["id"]), is_active(row))


def _addresses(row: Row) -> set[str]:
    return {str(row.get("userName", "")).lower(), *(value.lower() for value in values(row, "emails"))}


def _direct(user: Row) -> list[Row] | None:
    """The groups the account's entry names itself, without those it is in only through another group."""
    groups = user.get("groups")
    return None if groups is None else [row for row in groups if row.get("type") != "indirect" and row.get("value")]


def _group(id: str, row: Row) -> Entitlement:
    name = str(row.get("displayName") or id)
    powerful = bool(POWERFUL.search(name))
    why = "has special powers, as its name says" if powerful else ""
    return Entitlement(f"group:{id}", "group", f"Group {name}", powerful, why)


def _joining(id: str) -> dict[str, object]:
    return {"op": "add", "path": "members", "value": [{"value": id}]}


def _leaving(id: str) -> dict[str, object]:
    # Never `remove members` with a value beside the path: a server that does not read the value empties the group.
    return {"op": "remove", "path": f"members[{equals('value', id)}]"}


def _silent(name: str) -> dict[str, Any]:
    """What SCIM has no words for."""
    nothing: Part[Any] = absent(f"SCIM says nothing about what people own or made in {name}.")
    sessions: Part[Any] = absent(f"SCIM shows no sessions of {name}; an inactive account cannot sign in again.")
    return {"assets": nothing, "made": nothing, "sessions": sessions}
