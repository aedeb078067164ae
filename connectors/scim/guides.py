"""What a person does where SCIM cannot: in the application's own administration, with its own page to read."""

from __future__ import annotations

from bot.domain.model import Assign, Change, Delete, Resume, Revoke, Suspend, account_of
from connectors.interface import Guide
from connectors.wire.scim.profile import STANDARD, Profile

PICTURE = "A picture of the account's page afterwards, with its name and its state."


def by_hand(name: str, profile: Profile, change: Change) -> Guide | None:
    """The steps for one change, or None where nobody can say them for this application."""
    steps = _steps(name, profile, change)
    page = "" if profile is STANDARD else f" What the vendor says about it: {profile.page}"
    return Guide(steps + page, PICTURE) if steps else None


def _steps(name: str, profile: Profile, change: Change) -> str:
    account = account_of(change)
    who = f"the account {account.label} (its number there is {account.native_id})"
    there = f"In the administration of {name}"
    match change:
        case Suspend() if profile.inactive_deletes:
            ends = f"In {name}, end the open sessions of {who} and change how it signs in, if {name} lets you."
            return f"{ends} Save or hand over what it holds. Then remove it."
        case Suspend():
            return f"{there}, find {who} and deactivate it. Do not delete it."
        case Resume() if profile.inactive_deletes:
            return f"In {name}, invite {account.label} again: the account that was removed does not come back."
        case Resume():
            return f"{there}, find {who} and activate it."
        case Revoke(grant):
            return f"{there}, open {grant.entitlement.label} and remove {who}."
        case Assign(grant):
            return f"{there}, open {grant.entitlement.label} and add {who}."
        case Delete():
            return f"{there}, find {who}. Save what it holds, then remove it."
    return ""
