"""Being in the organisation: as a member, by an invitation, or outside with single repositories."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.model import Account, Assign, Change, Grant
from connectors.github import facts
from connectors.github.names import among, asked_by_name, refuse_other
from connectors.github.sight import ended, gone, owners_now
from connectors.github.wire import NAME, NOT_FOUND, OWNER, Api, Row, hidden
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.http import Answer

INVITED = "An invitation was sent; the access begins when it is accepted."
REINSTATE = "reinstate"
COMES_BACK = (
    "For three months GitHub keeps what a removed member had: the role, teams, roles on repositories, private forks. "
    "It comes back when the person accepts the invitation. Keys, tokens, webhooks, Copilot seats and what single "
    "sign-on let in do not."
)
NO_ACCOUNT = f"The {NAME} account no longer exists."


def leave(api: Api, account: Account) -> Outcome:
    """End a membership, or take an invitation back. Raises ConnectorError, also for the last owner."""
    login, member = asked_by_name(api, account.native_id, lambda name: f"{api.home}/memberships/{name}")
    if login is None or not member.found:
        return gone(api, NO_ACCOUNT if login is None else "The account is not in the organisation.")
    refuse_other(account, member)
    if member.body.get("direct_membership") is False:
        said = "The membership comes from an enterprise team and has to be ended there."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    if member.body["role"] == "admin" and member.body["state"] == "active":
        keep_an_owner(api, account)
    answer = api.send("DELETE", f"{api.home}/memberships/{login}", accept=NOT_FOUND)
    if not answer.found:
        return looked_again(api, account, "memberships", OWNER)
    what = "Invitation to" if member.body["state"] == "pending" else "Membership of"
    return ended(answer, f"{what} {api.org} ended.")


def looked_again(api: Api, account: Account, where: str, needs: str) -> Outcome:
    """After a 404 on a removal: already so only where a look under today's name finds nothing either.

    Raises ConnectorError PERMISSION where it is still there.
    """
    _, look = asked_by_name(api, account.native_id, lambda name: f"{api.home}/{where}/{name}")
    if look.found:
        raise hidden(needs)
    return gone(api, "It was gone already.")


def keep_an_owner(api: Api, account: Account) -> None:
    """Raises ConnectorError for the last owner. Our own account is none: a program cannot own an organisation alone."""
    if not owners_now(api) - {account.native_id, str(api.own()["id"])}:
        said = f"This is the last owner of {api.org}. Make somebody else an owner first."
        raise ConnectorError(said, kind=Kind.PERMANENT)


def join(api: Api, account: Account, detail: str) -> Outcome:
    """Give a membership; who is not in is invited. Raises ConnectorError."""
    login, member = asked_by_name(api, account.native_id, lambda name: f"{api.home}/memberships/{name}")
    if login is None:
        raise nobody()
    role = "admin" if detail in {facts.OWNERS, "admin"} else "member"
    refuse_other(account, member)
    if detail == REINSTATE and not member.found:
        return _reinstated(api, account)
    if member.found and member.body["state"] == "pending":
        return Outcome(Result.PENDING, INVITED, handle=f"org:{api.org}", evidence=member.evidence)
    if member.found and member.body["role"] in {role, "admin"}:
        return Outcome(Result.ALREADY, f"The account is in {api.org}.", evidence=member.evidence)
    answer = api.send("PUT", f"{api.home}/memberships/{login}", {"role": role})
    return joined(answer, f"Membership of {api.org} given.", f"org:{api.org}")


def _reinstated(api: Api, account: Account) -> Outcome:
    """Invite a former member to what she had: GitHub decides what that was."""
    if api.server:
        raise ConnectorError("An Enterprise Server cannot reinstate anybody.", kind=Kind.PERMANENT)
    body = {"invitee_id": int(account.native_id), "role": REINSTATE}
    answer = api.send("POST", f"{api.home}/invitations", body, accept=frozenset({422}))
    if answer.status == 422:
        said = f"{NAME} kept nothing of this account: it was never a member, or left more than three months ago."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    said = f"{INVITED} {COMES_BACK}"
    return Outcome(Result.PENDING, said, handle=f"org:{api.org}", evidence=answer.evidence)


def reinstatement(grant: Grant) -> Assign:
    """The change that gives a removed member back all that GitHub kept, not only the membership of this grant.

    Only for a restore that was approved as a whole: it brings back what the account had, whatever it was.
    """
    return Assign(replace(grant, entitlement=replace(grant.entitlement, detail=REINSTATE)))


def comes_back(change: Change, *, server: bool) -> str:
    """What people should know before a membership is given back; empty for every other change."""
    if not isinstance(change, Assign) or not change.grant.entitlement.native_id.startswith("org:"):
        return ""
    kept = "An Enterprise Server keeps nothing of it." if server else f"An owner may reinstate instead. {COMES_BACK}"
    return f"{INVITED} {kept}"


def nobody() -> ConnectorError:
    """The error of a gift for an account that is gone."""
    return ConnectorError(f"The {NAME} account no longer exists, so nothing can be given to it.", kind=Kind.GONE)


def joined(answer: Answer, said: str, handle: str) -> Outcome:
    """Given, or waiting for the person to accept."""
    if (answer.body or {}).get("state") == "pending":
        return Outcome(Result.PENDING, INVITED, handle=handle, evidence=answer.evidence)
    return ended(answer, said)


def _outsider(api: Api, account: Account) -> Row | None:
    return among(api, api.every(f"{api.home}/outside_collaborators"), account.native_id)


def put_outside(api: Api, account: Account) -> Outcome:
    """End everything an account has that is no member. Raises ConnectorError."""
    row = _outsider(api, account)
    if row is None:
        return gone(api, "The account is no outside collaborator.")
    answer = api.send("DELETE", f"{api.home}/outside_collaborators/{row['login']}", accept=NOT_FOUND)
    if answer.found:
        return ended(answer, f"All outside access to {api.org} ended.")
    if _outsider(api, account) is not None:
        raise hidden(OWNER)
    return gone(api, "It was gone already.")


def outside_again(api: Api, account: Account) -> Outcome:
    """GitHub offers no call for it: one becomes an outside collaborator with the first repository."""
    if _outsider(api, account):
        return Outcome(Result.ALREADY, f"The account is an outside collaborator of {api.org}.")
    raise ConnectorError("This follows by itself once a repository is given back and the invitation accepted.")
