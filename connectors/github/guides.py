"""How a person does by hand what Usher may not: the page of GitHub, the steps there, and what proves it."""

from __future__ import annotations

from bot.domain.model import Change, Credential, Disable, Enable, Grant, HandOver, Resume, Revoke, Suspend
from connectors.interface import Guide

SHOWN = "A picture of the page afterwards, or the line of the organisation's audit log"


def by_hand(site: str, org: str, change: Change) -> Guide | None:
    """The steps for one change, at the web address `site`; None for what GitHub has no page for."""
    home = f"{site}/organizations/{org}/settings"
    match change:
        case Revoke(grant):
            return _access(site, org, home, grant)
        case Disable(credential):
            return _credential(site, org, home, credential)
        case Suspend(account):
            return Guide(
                f"Open {site}/stafftools/users/{account.label}/admin, press Suspend, and give the reason.", SHOWN
            )
        case Resume(account):
            return Guide(f"Open {site}/stafftools/users/{account.label}/admin and press Unsuspend.", SHOWN)
        case HandOver(asset):
            how = f"Open {site}/{org}/{asset.label}/settings/access and give a successor the role Admin."
            return Guide(how, SHOWN)
        case Enable():
            return Guide("Only the person can make a key or token again, or authorise it, in their own settings.")
    return None


def _access(site: str, org: str, home: str, grant: Grant) -> Guide | None:
    who, right = grant.account.label, grant.entitlement
    match right.native_id.split(":")[0]:
        case "org":
            how = f"Open {site}/orgs/{org}/people?query={who}, and remove the member {who} from the organisation."
        case "org-invite":
            how = f"Open {site}/orgs/{org}/people/pending_invitations and cancel the invitation of {who}."
        case "outside":
            how = f"Open {site}/orgs/{org}/outside-collaborators and remove {who} from all repositories."
        case "team":
            how = f"Open {site}/orgs/{org}/teams and take {who} out of {right.label}."
            how = f"{grant.by_hand} See {site}/orgs/{org}/teams." if grant.by_hand else how
        case "role":
            how = f"Open {home}/org_role_assignments and take {right.label} from {who}."
        case "copilot":
            how = f"Open {home}/copilot/seat_management and remove {who}."
        case "org-bypass":
            how = f"Open {home}/rules and take {who} off the bypass list: {right.label}."
        case "environment" | "bypass" | "branch" | "repo" | "invite":
            how = f"Open {site}/{org}, go to the settings of the repository, and take {who} out there: {right.label}."
        case "enterprise":
            how = f"Open {site}/enterprises/{right.native_id.partition(':')[2]}/people?query={who} and remove {who}."
        case _:
            return None
    return Guide(how, SHOWN)


def _credential(site: str, org: str, home: str, credential: Credential) -> Guide:
    who = credential.account.label
    match credential.native_id.split(":")[0]:
        case "pat":
            how = f"Open {home}/personal-access-tokens/active and revoke every token of {who}."
        case "org-hook":
            how = f"Open {home}/hooks and delete the {credential.label}."
        case "sso":
            how = f"Open {site}/orgs/{org}/people/{who}/sso and revoke the credential {credential.label}."
        case _:
            how = f"Open {site}/{org}, go to the settings of the repository, and delete the {credential.label}."
    return Guide(how, SHOWN)
