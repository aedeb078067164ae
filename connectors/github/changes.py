"""The changes GitHub can make, each after a look at what is so now: "already so" is seen, never guessed from a 404."""

from __future__ import annotations

from bot.domain.model import Account, Assign, Change, Credential, Disable, Enable, Grant, HandOver, Revoke
from connectors.github import credentials, hooks, keys, membership, repositories, roles, teams
from connectors.github.wire import Api
from connectors.interface import Outcome, Spec, unsupported


def apply(api: Api, spec: Spec, change: Change) -> Outcome:
    """Make one change. Raises ConnectorError."""
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
    raise unsupported(spec, change)


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
