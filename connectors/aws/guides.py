"""How a person does by hand, in the console of AWS, what no call does or what we may not do."""

from __future__ import annotations

from urllib.parse import quote

from bot.domain.model import Assign, Change, Delete, Disable, Enable, EndSessions, Resume, Revoke, Suspend, account_of
from connectors.aws import facts
from connectors.interface import Guide

USERS = "https://console.aws.amazon.com/iam/home#/users/details/{name}?section={section}"
PORTAL = "https://console.aws.amazon.com/singlesignon/home"
SEEN = "A picture of that page afterwards, with the name of the account and the time."


def by_hand(change: Change) -> Guide | None:
    """The steps, with a link; None where we know none."""
    account = account_of(change)
    place, id = facts.place_of(account.native_id)
    if place == "sso":
        steps = _portal(change)
        return Guide(f"Open {PORTAL}, choose Users, then {account.label} ({id}). {steps}", SEEN) if steps else None
    section, steps = _iam(change)
    link = USERS.format(name=quote(facts.user_name(account.label)), section=section)
    where = f"Sign in to AWS account {place}. " if place else ""
    return Guide(f"{where}Open {link}. {steps}", SEEN) if steps else None


def _portal(change: Change) -> str:
    match change:
        case Suspend():
            return "Choose Disable user access. If your people come from an identity provider, do it there instead."
        case Resume():
            return "Choose Enable user access."
        case EndSessions():
            return "Under Active sessions choose all of them, then Delete session."
        case Revoke(grant):
            return f"Remove {grant.entitlement.label} under Groups, AWS accounts or Applications."
        case Assign(grant):
            return f"Add {grant.entitlement.label} under Groups, AWS accounts or Applications."
        case Delete():
            return "Choose Delete user, or delete the person where your people come from."
        case _:
            return ""


def _iam(change: Change) -> tuple[str, str]:
    match change:
        case Suspend():
            return "permissions", "Choose Add permissions, Attach policies directly, and attach AWSDenyAll."
        case Resume():
            return "permissions", "Remove the policy usher-contain or AWSDenyAll."
        case Disable(credential) if credential.native_id == facts.PASSWORD:
            return "security_credentials", "Choose Manage console access, then Disable."
        case Disable(credential):
            return "security_credentials", f"Find {credential.label}, and make it inactive."
        case Enable(credential):
            return "security_credentials", f"Find {credential.label}, and make it active."
        case Revoke(grant):
            return "permissions", f"Remove {grant.entitlement.label}, under Permissions or Groups."
        case Assign(grant):
            return "permissions", f"Add {grant.entitlement.label}, under Permissions or Groups."
        case EndSessions():
            steps = "In IAM choose Roles, each role this person took on, Revoke sessions."
            return "permissions", f"{steps} That ends the sessions of everybody in that role."
        case Delete():
            return "security_credentials", "Choose Delete. AWS says first what has to go before it."
        case _:
            return "", ""
