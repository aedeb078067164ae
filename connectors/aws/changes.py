"""What Usher does to one IAM user: look first, write only if needed, look again where an answer proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn

from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    Resume,
    Revoke,
    Suspend,
    account_of,
)
from connectors.aws import deleting, facts, guards, lending, sessions
from connectors.aws.reading import who
from connectors.aws.wire import NAME, Api, Row, evidence, missing_as_none, part
from connectors.interface import ConnectorError, Kind, Outcome, Result, Spec, unsupported

OWN = "This is the account that Usher itself works with; it is not changed from here."
GONE = f"This {NAME} account no longer exists."
NOT_OURS = "The policy usher-contain is not the one that Usher writes. Somebody has to look at it."


def apply(api: Api, spec: Spec, change: Change) -> Outcome:
    """Make it so. Raises ConnectorError."""
    if type(change) not in spec.can:
        raise unsupported(spec, change)
    account = account_of(change)
    id = facts.place_of(account.native_id)[1]
    identity, user = who(api, id, facts.user_name(account.label))
    if id == identity["UserId"]:
        _refuse(OWN)
    if user is None:
        if isinstance(change, Suspend | Disable | Revoke | EndSessions | Delete):
            return Outcome(Result.ALREADY, GONE, evidence=evidence(identity))
        raise ConnectorError(GONE, kind=Kind.GONE)
    guards.raise_if_last(api, user, change)
    name = str(user["UserName"])
    match change:
        case EndSessions():
            return sessions.end(api, user, datetime.now(UTC))
        case Suspend():
            return _suspend(api, name)
        case Delete():
            return deleting.delete(api, user)
        case Resume():
            return _resume(api, name)
        case Disable(credential) if credential.native_id == facts.PASSWORD:
            return _drop_password(api, name)
        case Disable(credential) | Enable(credential):
            return _switch(api, name, credential.native_id, wanted=isinstance(change, Enable))
        case Revoke(grant) | Assign(grant):
            return _right(api, user, grant, wanted=isinstance(change, Assign))
    raise unsupported(spec, change)


def _refuse(said: str) -> NoReturn:
    raise ConnectorError(said, kind=Kind.PERMANENT)


def _settle(already: Callable[[], bool], write: Callable[[], Row], so: str, done: str) -> Outcome:
    """Write unless a look shows that it is so; an answer "no such thing" counts only when a second look agrees."""
    if already():
        return Outcome(Result.ALREADY, so)
    try:
        answer = write()
    except ConnectorError as error:
        if error.kind is Kind.GONE and already():
            return Outcome(Result.ALREADY, so)
        raise
    return Outcome(Result.APPLIED, done, evidence=evidence(answer))


def _document(api: Api, name: str, policy: str) -> Any:
    found = missing_as_none(partial(api.ask, "GetUserPolicy", UserName=name, PolicyName=policy))
    return None if found is None else part(found, "PolicyDocument")


def _write(api: Api, name: str, policy: str, document: str) -> Row:
    return api.ask("PutUserPolicy", UserName=name, PolicyName=policy, PolicyDocument=document)


def _suspend(api: Api, name: str) -> Outcome:
    return _settle(
        lambda: facts.contains(_document(api, name, facts.CONTAIN)),
        partial(_write, api, name, facts.CONTAIN, facts.text(facts.DENY_ALL)),
        "Everything was already denied to the account.",
        "Everything is denied to the account now, by Usher's own policy usher-contain.",
    )


def _resume(api: Api, name: str) -> Outcome:
    def free() -> bool:
        document = _document(api, name, facts.CONTAIN)
        if document is not None and not facts.contains(document):
            _refuse(NOT_OURS)
        return document is None

    return _settle(
        free,
        partial(api.ask, "DeleteUserPolicy", UserName=name, PolicyName=facts.CONTAIN),
        "The policy that suspends the account was not there.",
        "The policy that suspended the account was removed.",
    )


def _drop_password(api: Api, name: str) -> Outcome:
    return _settle(
        lambda: missing_as_none(partial(api.ask, "GetLoginProfile", UserName=name)) is None,
        partial(api.ask, "DeleteLoginProfile", UserName=name),
        "There was no console password.",
        "The console password was deleted.",
    )


def _switch(api: Api, name: str, native_id: str, *, wanted: bool) -> Outcome:
    prefix, _, id = native_id.partition(":")
    kind = next((one for one in facts.KEY_KINDS if one.prefix == prefix), None)
    if kind is None or not id:
        _refuse(f"{NAME} has no credential of this kind that Usher could change.")
    label, status = f"{kind.label} {facts.short(id)}", "Active" if wanted else "Inactive"

    def so() -> bool:
        rows = api.every(kind.listing, kind.rows, UserName=name)
        found = next((row for row in rows if row[kind.id] == id), None)
        if found is None and wanted:
            raise ConnectorError(f"{label} no longer exists.", kind=Kind.GONE)
        return (found is not None and found["Status"] == "Active") is wanted

    update = partial(api.ask, kind.update, **{"UserName": name, kind.id: id, "Status": status})
    already = f"{label} was already active." if wanted else f"{label} was not active."
    return _settle(so, update, already, f"{label} made {status.lower()}.")


def _right(api: Api, user: Row, grant: Grant, *, wanted: bool) -> Outcome:
    right, name = grant.entitlement, str(user["UserName"])
    prefix, _, id = right.native_id.partition(":")
    match prefix:
        case "group":
            return _group(api, name, id, wanted=wanted)
        case "policy" if wanted and grant.until and lending.copy_of(id):
            return _lend(api, name, id, grant.until)
        case "policy":
            return _policy(api, name, id, wanted=wanted)
        case "inline" if id != facts.CONTAIN:
            return _inline(api, name, id, right.detail, grant.until if wanted else None, wanted=wanted)
    _refuse(f"{NAME} has no right of this kind that Usher could change.")


def _group(api: Api, name: str, id: str, *, wanted: bool) -> Outcome:
    group, _, group_id = id.partition(":")
    label = f"Group {group}"

    def so() -> bool:
        rows = api.every("ListGroupsForUser", "Groups", UserName=name)
        found = next((row for row in rows if row["GroupName"] == group), None)
        if found and group_id and found["GroupId"] != group_id:
            _refuse(f"{label} is now another group of the same name.")
        return (found is not None) is wanted

    operation = "AddUserToGroup" if wanted else "RemoveUserFromGroup"
    return _settle(so, partial(api.ask, operation, UserName=name, GroupName=group), *_words(label, wanted=wanted))


def _policy(api: Api, name: str, arn: str, *, wanted: bool) -> Outcome:
    copy = "" if wanted else lending.copy_of(arn)

    def so() -> bool:
        return _attached(api, name, arn) is wanted

    operation = "AttachUserPolicy" if wanted else "DetachUserPolicy"
    words = _words(f"Policy {facts.policy_name(arn)}", wanted=wanted)
    write = partial(api.ask, operation, UserName=name, PolicyArn=arn)
    if not copy or _document(api, name, copy) is None:
        return _settle(so, write, *words)
    if not so():  # both the policy and a copy of it: nothing of either stays
        _settle(so, write, *words)
    drop = partial(api.ask, "DeleteUserPolicy", UserName=name, PolicyName=copy)
    return _settle(lambda: _document(api, name, copy) is None, drop, *words)


def _attached(api: Api, name: str, arn: str) -> bool:
    rows = api.every("ListAttachedUserPolicies", "AttachedPolicies", UserName=name)
    return any(row["PolicyArn"] == arn for row in rows)


def _lend(api: Api, name: str, arn: str, until: datetime) -> Outcome:
    """A copy that ends by itself; where AWS has no room for it, the policy, whose end is Usher's to make."""
    label = f"Policy {facts.policy_name(arn)}"
    words = _words(label, wanted=True)
    if _attached(api, name, arn):
        return Outcome(Result.ALREADY, words[0])
    copy, text = lending.copy_of(arn), lending.text_of(api, arn, until)
    said = f"{label} given until {until.astimezone(UTC):%d %B %H:%M} UTC; after that AWS itself allows nothing by it."
    try:
        return _settle(
            lambda: facts.text(_document(api, name, copy)) == text,
            partial(_write, api, name, copy, text),
            words[0],
            said,
        )
    except ConnectorError as error:
        if error.kind is not Kind.PERMANENT:
            raise
    return _policy(api, name, arn, wanted=True)


def _inline(api: Api, name: str, policy: str, kept: str, until: datetime | None, *, wanted: bool) -> Outcome:
    words = _words(f"Own policy {policy}", wanted=wanted)
    if not kept:
        _refuse(f"The text of the own policy {policy} was not kept, so it could not be written again.")
    if not wanted:
        drop = partial(api.ask, "DeleteUserPolicy", UserName=name, PolicyName=policy)
        return _settle(lambda: _document(api, name, policy) is None, drop, *words)
    document = facts.until(kept, until)

    def written() -> bool:
        present = _document(api, name, policy)
        if present is None or facts.text(present) == document:
            return present is not None
        if facts.text(present) != facts.until(kept, lending.end_of(present)):  # not ours with an earlier end
            _refuse(f"There is another own policy {policy} now. Somebody has to choose between the two.")
        return False

    return _settle(written, partial(_write, api, name, policy, document), *words)


def _words(label: str, *, wanted: bool) -> tuple[str, str]:
    if wanted:
        return f"{label} was already given.", f"{label} given."
    return f"{label} was not held.", f"{label} taken away."
