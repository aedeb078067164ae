"""What Usher gives and takes in IAM Identity Center. An account assignment ends later: it is asked about by its handle.

AWS refuses a second change of the same account and permission set while the first runs (ConflictException), which the
retry law tries again; inside one process such changes wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import NoReturn

from bot.domain.model import Assign, Change, Delete, Revoke, account_of
from connectors.aws import centre as store
from connectors.aws import facts
from connectors.aws.centre import Centre
from connectors.aws.wire import Row, evidence, part
from connectors.interface import ConnectorError, Kind, Outcome, Result, Spec, unsupported

GONE = "This user of Identity Center no longer exists."
STRANGE = "Identity Center has no right of this kind that Usher could change."
WAYS = {  # what a handle begins with: the question, and where its answer stands
    "create": ("DescribeAccountAssignmentCreationStatus", "AccountAssignmentCreation"),
    "delete": ("DescribeAccountAssignmentDeletionStatus", "AccountAssignmentDeletion"),
}
_LOCKS: defaultdict[tuple[str, str], Lock] = defaultdict(Lock)
_MAKING = Lock()


def apply(centre: Centre, spec: Spec, change: Change) -> Outcome:
    """Make it so, or begin to. Raises ConnectorError."""
    if isinstance(change, Delete):
        _refuse(store.DELETED_THERE)
    if not isinstance(change, Revoke | Assign):
        said = unsupported(spec, change).said if type(change) not in spec.can else f"{store.STILL_ON} {store.SESSIONS}"
        raise ConnectorError(said, kind=Kind.PERMANENT)
    id = facts.place_of(account_of(change).native_id)[1]
    wanted = isinstance(change, Assign)
    if store.user_of(centre, id) is None:
        if wanted:
            raise ConnectorError(GONE, kind=Kind.GONE)
        return Outcome(Result.ALREADY, GONE)
    right = change.grant.entitlement
    prefix, _, what = right.native_id.partition(":")
    match prefix:
        case "sso-group":
            return _group(centre, id, what, right.label, wanted=wanted)
        case "sso-app":
            return _application(centre, id, what, right.label, wanted=wanted)
        case "sso-assignment":
            return _assignment(centre, id, what, right.label, wanted=wanted)
    raise ConnectorError(STRANGE, kind=Kind.PERMANENT)


def poll(centre: Centre, handle: str) -> Outcome:
    """How an account assignment stands. Raises ConnectorError."""
    way, _, id = handle.partition(":")
    if way not in WAYS or not id:
        _refuse(STRANGE)
    operation, name = WAYS[way]
    given = {f"{name}RequestId": id}
    answer = centre.sso(operation, **given)
    return _stands(part(answer, f"{name}Status"), way, evidence(answer))


def _refuse(said: str) -> NoReturn:
    raise ConnectorError(said, kind=Kind.PERMANENT)


def _stands(status: Row, way: str, proof: tuple[str, ...]) -> Outcome:
    match part(status, "Status"):
        case "SUCCEEDED":
            said = "The assignment was made." if way == "create" else "The assignment was taken away."
            return Outcome(Result.APPLIED, said, evidence=proof)
        case "IN_PROGRESS":
            handle = f"{way}:{part(status, 'RequestId')}"
            return Outcome(Result.PENDING, "AWS is working on the assignment.", handle, proof)
        case _:
            return Outcome(Result.FAILED, "AWS gave the change of the assignment up.", evidence=proof)


def _assignment(centre: Centre, user: str, what: str, label: str, *, wanted: bool) -> Outcome:
    account, _, permission_set = what.partition(":")
    way = "create" if wanted else "delete"
    with _lock(account, permission_set):
        rows = store.held_by(centre, account, permission_set)
        if any(row["PrincipalId"] == user and row["PrincipalType"] == "USER" for row in rows) is wanted:
            return _already(label, wanted=wanted)
        answer = centre.sso(
            "CreateAccountAssignment" if wanted else "DeleteAccountAssignment",
            TargetId=account,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=permission_set,
            PrincipalType="USER",
            PrincipalId=user,
        )
        outcome = _stands(part(answer, f"{WAYS[way][1]}Status"), way, evidence(answer))
    if outcome.result is Result.FAILED:
        raise ConnectorError(outcome.said, kind=Kind.TRANSIENT)
    return outcome


def _lock(account: str, permission_set: str) -> Lock:
    with _MAKING:
        return _LOCKS[account, permission_set]


def _group(centre: Centre, user: str, group: str, label: str, *, wanted: bool) -> Outcome:
    def held() -> Row | None:
        return next((row for row in store.memberships(centre, user) if row["GroupId"] == group), None)

    found = held()
    if (found is not None) is wanted:
        return _already(label, wanted=wanted)
    if found is None:
        write = centre.people("CreateGroupMembership", GroupId=group, MemberId={"UserId": user})
        return _done(label, write, wanted=wanted)
    membership = found["MembershipId"]
    back = store.synced(store.group_of(centre, group) or {})  # before the write, so that the answer can say it
    drop = _sure(lambda: centre.people("DeleteGroupMembership", MembershipId=membership), lambda: held() is None)
    outcome = _done(label, drop, wanted=wanted) if drop else _already(label, wanted=wanted)
    return replace(outcome, said=f"{outcome.said} {label}: {store.COMES_BACK}") if back else outcome


def _application(centre: Centre, user: str, application: str, label: str, *, wanted: bool) -> Outcome:
    def so() -> bool:
        rows = store.applications(centre, user)
        return any(row["ApplicationArn"] == application for row in rows) is wanted

    if so():
        return _already(label, wanted=wanted)
    operation = "CreateApplicationAssignment" if wanted else "DeleteApplicationAssignment"
    given = {"ApplicationArn": application, "PrincipalId": user, "PrincipalType": "USER"}
    written = _sure(lambda: centre.api.ask(operation, **given), so)
    return _done(label, written, wanted=wanted) if written else _already(label, wanted=wanted)


def _sure(write: Callable[[], Row], so: Callable[[], bool]) -> Row | None:
    """The answer of a write; None where AWS says "no such thing" and a second look agrees."""
    try:
        return write()
    except ConnectorError as error:
        if error.kind is Kind.GONE and so():
            return None
        raise


def _already(label: str, *, wanted: bool) -> Outcome:
    return Outcome(Result.ALREADY, f"{label} was already given." if wanted else f"{label} was not held.")


def _done(label: str, answer: Row, *, wanted: bool) -> Outcome:
    return Outcome(Result.APPLIED, f"{label} given." if wanted else f"{label} taken away.", evidence=evidence(answer))
