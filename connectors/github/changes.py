"""The changes GitHub can make, each after a look at what is so now: "already so" is seen, never guessed from a 404."""

from __future__ import annotations

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Credential,
    Disable,
    Enable,
    Grant,
    HandOver,
    Resume,
    Revoke,
    Suspend,
)
from connectors.github import (
    credentials,
    enterprise,
    hooks,
    keys,
    licences,
    membership,
    repositories,
    roles,
    seats,
    teams,
)
from connectors.github.names import same_names
from connectors.github.sight import owners_now
from connectors.github.wire import Api
from connectors.interface import ConnectorError, Kind, Outcome, Spec, unsupported

_FINAL = frozenset({Kind.PERMISSION, Kind.GONE, Kind.PERMANENT})  # nobody tries these again
_UNSURE = frozenset({Kind.TRANSIENT, Kind.PERMANENT})  # these may come from a 404 that was believed


def apply(api: Api, spec: Spec, change: Change) -> Outcome:
    """Make one change. Raises ConnectorError."""
    api = api.anew()
    try:
        return _made(api, spec, change)
    except ConnectorError as error:
        _told_apart(api, error)
        raise


def _told_apart(api: Api, error: ConnectorError) -> None:
    """A thing that is not there looks like a name that changed meanwhile, and like one that we are shown no more.

    Asks only after such an error. Raises ConnectorError TRANSIENT for the second, PERMISSION for the third.
    """
    if error.kind in _FINAL:
        same_names(api)
    if error.kind is Kind.GONE or (error.kind in _UNSURE and api.hidden):
        owners_now(api)


def _made(api: Api, spec: Spec, change: Change) -> Outcome:
    match change:
        case Revoke(Grant(account, entitlement)):
            return _revoke(api, spec, change, account, entitlement.native_id)
        case Assign(Grant(account, entitlement)):
            return _assign(api, spec, change, account, entitlement.native_id, entitlement.detail)
        case Disable(credential):
            return _disable(api, spec, change, credential)
        case Enable(credential):
            return _enable(api, spec, change, credential)
        case HandOver(asset, to):
            return repositories.hand_over(api, asset, to)
        case Suspend(account) | Resume(account) if type(change) in spec.can:
            return enterprise.suspend(api, account, on=isinstance(change, Suspend))
    raise unsupported(spec, change)


def _revoke(api: Api, spec: Spec, change: Change, account: Account, native_id: str) -> Outcome:
    match native_id.split(":"):
        case ["org" | "org-invite", _]:
            return membership.leave(api, account)
        case ["outside", _]:
            return membership.put_outside(api, account)
        case ["team", number]:
            return teams.leave(api, account, number)
        case ["role", number]:
            return roles.take(api, account, number)
        case ["repo", number, role]:
            return repositories.leave(api, account, number, role)
        case ["invite", number, _]:
            return repositories.uninvite(api, account, number)
        case ["copilot"]:
            return licences.take(api, account)
        case ["enterprise", _]:
            return enterprise.leave(api, account)
    return _seat(api, spec, change, account, native_id)


def _seat(
    api: Api, spec: Spec, change: Change, account: Account, native_id: str, mode: str = "", *, give: bool = False
) -> Outcome:
    match native_id.split(":"):
        case ["environment", number, environment]:
            return seats.deployment(api, account, number, environment, give=give)
        case ["bypass", number, ruleset]:
            return seats.exemption(api, account, number, ruleset, mode, give=give)
        case ["org-bypass", ruleset]:
            return seats.exemption(api, account, "", ruleset, mode, give=give)
        case ["branch", number, name, rule]:
            return seats.branch(api, account, number, name, rule, give=give)
    raise unsupported(spec, change)


def _assign(api: Api, spec: Spec, change: Change, account: Account, native_id: str, detail: str) -> Outcome:
    match native_id.split(":"):
        case ["org" | "org-invite", _]:
            return membership.join(api, account, detail)
        case ["outside", _]:
            return membership.outside_again(api, account)
        case ["team", number]:
            return teams.join(api, account, number, detail)
        case ["role", number]:
            return roles.give(api, account, number)
        case ["repo" | "invite", number, role]:
            return repositories.join(api, account, number, role)
        case ["copilot"]:
            return licences.give(api, account)
        case ["enterprise", _]:
            return enterprise.join(api, account)
    return _seat(api, spec, change, account, native_id, detail, give=True)


def _disable(api: Api, spec: Spec, change: Change, credential: Credential) -> Outcome:
    match credential.native_id.split(":")[0]:
        case "sso" | "pat":
            return credentials.end(api, credential)
        case "hook" | "org-hook":
            return hooks.remove(api, credential)
        case "key":
            return keys.remove(api, credential)
    raise unsupported(spec, change)


def _enable(api: Api, spec: Spec, change: Change, credential: Credential) -> Outcome:
    match credential.native_id.split(":")[0]:
        case "sso" | "pat":
            raise credentials.again()
        case "hook" | "org-hook":
            raise hooks.again()
        case "key":
            return keys.add(api, credential)
    raise unsupported(spec, change)
