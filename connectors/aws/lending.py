"""A managed policy for a while: its text, written into the user with the moment at which it ends by itself.

A policy that is attached belongs to others too and can carry no end of one person's; a copy can.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.aws import facts
from connectors.aws.wire import Api, Row, part

LENT = "usher-lent-"
WHOSE = ("aws", "own")  # AWS's own policies and those of the account, as the name of a copy tells them apart


def copy_of(arn: str) -> str:
    """What a copy of this policy is called; nothing for a policy in a folder, whose name alone would not say which."""
    owner, _, path = arn.split(":", 4)[4].partition(":policy/")
    return f"{LENT}{WHOSE[owner != WHOSE[0]]}-{path}" if path and "/" not in path else ""


def original(name: str, user: Row) -> str:
    """The policy that a policy of the user's own is a copy of, or nothing."""
    whose, _, path = name.removeprefix(LENT).partition("-")
    if not name.startswith(LENT) or whose not in WHOSE or not path:
        return ""
    _, partition, _, _, account, _ = str(user["Arn"]).split(":", 5)
    return f"arn:{partition}:iam::{'aws' if whose == WHOSE[0] else account}:policy/{path}"


def text_of(api: Api, arn: str, until: datetime) -> str:
    """The text of a policy, allowing nothing after that moment. Raises ConnectorError."""
    version = part(api.ask("GetPolicy", PolicyArn=arn), "Policy")["DefaultVersionId"]
    found = part(api.ask("GetPolicyVersion", PolicyArn=arn, VersionId=version), "PolicyVersion")
    return facts.until(facts.text(found["Document"]), until)


def _last(condition: Any) -> Any:
    """The end that Usher wrote: it stands behind one that the policy had before."""
    ends = (condition.get(word, {}).get("aws:CurrentTime") for word in reversed(facts.BEFORE))
    return next(filter(None, ends), None)


def end_of(document: Any) -> datetime | None:
    """When everything that a policy allows is over, where it says so itself."""
    try:
        allows = [one for one in facts.many(document["Statement"]) if one["Effect"] == "Allow"]
        ends = [_last(one["Condition"]) for one in allows]
        return max(datetime.strptime(end, facts.MOMENT).replace(tzinfo=UTC) for end in ends)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
