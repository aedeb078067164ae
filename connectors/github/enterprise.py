"""Above the organisation: the enterprise, which keeps whom an organisation lets go, and the accounts of a server."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import Account, Entitlement
from connectors.github.membership import NO_ACCOUNT, keep_an_owner, nobody
from connectors.github.names import asked_by_name, login_of, profile
from connectors.github.sight import ended, gone
from connectors.github.wire import NAME, Api, Row
from connectors.interface import ConnectorError, Kind, Outcome, Result

OWNER = "a token of an owner of the enterprise with the scope admin:enterprise"
UNSEEN = f"{NAME} does not show us who belongs to the enterprise. It needs {OWNER}."
SITE = "a token of an administrator of the server with the scope site_admin"
MEMBERS = """query($slug: String!, $login: String!) { enterprise(slug: $slug) { id
  members(first: 100, query: $login) { nodes { __typename
    ... on User { id databaseId } ... on EnterpriseUserAccount { user { id databaseId } } } } } }"""
REMOVE = """mutation($input: RemoveEnterpriseMemberInput!) {
  removeEnterpriseMember(input: $input) { user { login } } }"""


@dataclass(frozen=True, slots=True)
class Place:
    """Whether an account belongs to the enterprise, by the node ids of both; `seen` is False where that is hidden."""

    enterprise: str = ""
    user: str = ""
    seen: bool = True


def asked(api: Api, who: Account) -> Place:
    """Her place in the enterprise, where one is set up. Raises ConnectorError for all but a refusal."""
    if not api.enterprise or api.server:
        return Place()
    try:
        return _place(api, who)
    except ConnectorError as error:
        if error.kind is Kind.PERMISSION:
            return Place(seen=False)
        raise


def _place(api: Api, who: Account) -> Place:
    known = api.graphql(MEMBERS, slug=api.enterprise, login=who.label).get("enterprise")
    if not known:
        raise ConnectorError(UNSEEN, kind=Kind.PERMISSION)
    people = (one.get("user") if one["__typename"] != "User" else one for one in known["members"]["nodes"] if one)
    hers: Row = next((one for one in people if one and str(one.get("databaseId")) == who.native_id), {})
    return Place(str(known["id"]), str(hers.get("id", "")))


def entitlement(slug: str) -> Entitlement:
    """Belonging to the enterprise: it outlives the last organisation, and with it licences."""
    why = "outlives the membership of the organisation, also with its licences"
    return Entitlement(f"enterprise:{slug}", "enterprise member", f"Member of the enterprise {slug}", why=why)


def leave(api: Api, account: Account) -> Outcome:
    """Take somebody out of the enterprise, and so out of all its organisations. Raises ConnectorError."""
    login, member = asked_by_name(api, account.native_id, lambda name: f"{api.home}/memberships/{name}")
    if login is None:
        return gone(api, NO_ACCOUNT)
    place = _place(api, Account(account.system, account.native_id, login))
    if not place.user:
        return gone(api, "The account does not belong to the enterprise.")
    if member.found and (member.body["role"], member.body["state"]) == ("admin", "active"):
        keep_an_owner(api, account)
    api.graphql(REMOVE, input={"enterpriseId": place.enterprise, "userId": place.user})
    return Outcome(Result.APPLIED, f"Membership of the enterprise {api.enterprise} ended.")


def join(api: Api, account: Account) -> Outcome:
    """No call gives it: one belongs to the enterprise with the first of its organisations. Raises ConnectorError."""
    login = login_of(api, account.native_id)
    if login is None:
        raise nobody()
    if _place(api, Account(account.system, account.native_id, login)).user:
        return Outcome(Result.ALREADY, f"The account belongs to the enterprise {api.enterprise}.")
    raise ConnectorError("This follows by itself once the membership of the organisation is there.")


# ---- the accounts of an Enterprise Server ----


def suspend(api: Api, account: Account, *, on: bool) -> Outcome:
    """Lock an account of the server, or let it in again; it keeps everything it has. Raises ConnectorError."""
    user = profile(api, account.native_id)
    if not user.found:
        if on:
            return gone(api, NO_ACCOUNT)
        raise nobody()
    if bool(user.body.get("suspended_at")) is on:
        return Outcome(Result.ALREADY, f"The account is {'suspended' if on else 'not suspended'}.")
    login = str(user.body["login"])
    answer = api.send("PUT" if on else "DELETE", f"/users/{login}/suspended", needs=SITE)
    return ended(answer, f"The account {login} was {'suspended' if on else 'let in again'} on the whole server.")
