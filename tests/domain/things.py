"""Small values to make sentences with: one account, one of each thing it can hold, and what a system says of it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.model import Account, Asset, Credential, Entitlement, Grant, PersonId, SystemKey, Trigger
from bot.domain.policy import System, TaskRule
from bot.domain.reading import Part, Reading, Session

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CODE = SystemKey("code")
OWNER = PersonId("P-owner")
ALICE = Account(CODE, "1", "alice", active=True)
BEN = Account(CODE, "2", "ben", active=True)
TEAM = Entitlement("team:1", "team", "payments")
PROD = Entitlement("prod:1", "role", "production", privileged=True, why="reaches production")
KEY = Credential(ALICE, "key:1", "access key", "A…1")
DEPLOY = Credential(ALICE, "deploy:1", "deploy key", "ci", personal=False)
REPO = Asset(ALICE, "repo:1", "repository", "payments-api", sole_admin=True, admins=("1",), candidates=(BEN,))
MEMBER = Entitlement("org:1", "organisation", "lumen", carries=("repo:1",))
HOST = System(CODE, "Code host", OWNER, connector="code")
LAPTOP = System(
    SystemKey("laptop"),
    "Laptop",
    OWNER,
    tasks={Trigger.LEAVER: TaskRule("Collect the laptop", "Meet on the last day.", "The asset number")},
)


def grant(entitlement: Entitlement = TEAM, account: Account = ALICE) -> Grant:
    """The account holds it."""
    return Grant(account, entitlement)


def everything() -> Reading:
    """Alice holds one of each."""
    return Reading(
        CODE,
        NOW,
        "the organisation",
        account=Part((ALICE,)),
        grants=Part((grant(TEAM), grant(PROD), grant(MEMBER))),
        credentials=Part((KEY,)),
        assets=Part((REPO,)),
        made=Part((DEPLOY,)),
        sessions=Part((Session("s1", "web"),)),
    )
