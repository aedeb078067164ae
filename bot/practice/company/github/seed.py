"""Lumen Works on GitHub: who has what before anybody leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.practice.company import people
from bot.practice.company.github import depth
from bot.practice.company.github.state import Member, Org, Repo, Team, Token, User
from bot.practice.company.github.things import Key

LOGIN = "lumen-works"
TOKEN = "practice-github-token"
ALICE, BEN, INES, BOT, PRIYA = 40004, 40008, 40005, 49999, 40011
MARCO, YUKI, SARA = 40003, 40009, 40007
_LOGINS = {
    "marco": "marco-rossi",
    "alice": "alice-m",
    "ines": "ines-f",
    "sara": "shaddad",
    "ben": "bokafor",
    "yuki": "ytanaka",
    "priya": "priya-shah",
}


def accounts() -> dict[int, str]:
    """GitHub's numeric id and the roster id of everybody who has an account."""
    found = [people.person(handle) for handle in _LOGINS]
    return {40000 + int(human.id[-3:]): human.id for human in found}


def company(now: datetime | None = None) -> Org:
    """The organisation as it is today."""
    moment = now or datetime.now(UTC)
    org = Org(70001, LOGIN, people.COMPANY)
    for handle, login in _LOGINS.items():
        human = people.person(handle)
        number = 40000 + int(human.id[-3:])
        org.users[number] = User(number, login, human.name, human.email)
    org.users[BOT] = User(BOT, "usher-bot", "Usher")
    org.members = {number: Member("admin" if number in {INES, BOT} else "member") for number in org.users}
    del org.members[PRIYA]
    org.teams = {team.slug: team for team in _teams()}
    org.repos = {repo.name: repo for repo in _repos(moment)}
    org.tokens = {
        TOKEN: Token("usher-bot", frozenset({"admin:org", "repo"})),
        "practice-github-reader": Token("usher-bot", frozenset({"read:org", "repo"})),
        "practice-alice-token": Token("alice-m", frozenset({"read:org", "repo"})),
    }
    depth.add(org, moment)
    return org


def _teams() -> tuple[Team, ...]:
    payments = {"payments-api": "write", "web-shop": "write"}
    return (
        Team(60001, "payments", "Payments", {ALICE: "member", BEN: "member", MARCO: "maintainer"}, payments),
        Team(60002, "oncall", "On call", {ALICE: "maintainer", INES: "maintainer"}, {"runbooks": "write"}),
        Team(60003, "platform", "Platform", {INES: "maintainer", SARA: "member"}, {"infrastructure": "maintain"}),
        Team(60004, "data", "Data", {YUKI: "maintainer"}, {"reports": "maintain"}),
    )


def _repos(now: datetime) -> tuple[Repo, ...]:
    key = "ssh-ed25519 AAAAC3NzaPracticeKeyThatOpensNothing ci-payments"
    added, used = _stamp(now - timedelta(days=410)), _stamp(now - timedelta(hours=2))
    payments = Repo(50001, "payments-api", "Takes the money", direct={ALICE: "admin"})
    payments.keys = [
        Key(80001, "ci-payments", key, read_only=False, added_by="alice-m", created_at=added, last_used=used)
    ]
    payments.pushes = [
        _push(90003, ALICE, now - timedelta(days=1), "main"),
        _push(90002, BEN, now - timedelta(days=4), "refunds"),
        _push(90001, ALICE, now - timedelta(days=9), "main"),
    ]
    shop = Repo(50002, "web-shop", "The shop people see", direct={PRIYA: "write", MARCO: "admin"})
    shop.pushes = [_push(90004, PRIYA, now - timedelta(hours=6), "main")]
    others = (
        Repo(50003, "infrastructure", "Where everything runs"),
        Repo(50004, "runbooks", "What to do when it breaks"),
        Repo(50005, "reports", "Numbers for the board", direct={YUKI: "admin"}),
    )
    for repo in (payments, shop, *others):
        repo.pushed_at = repo.pushes[0]["timestamp"] if repo.pushes else _stamp(now - timedelta(days=30))
    return (payments, shop, *others)


def _push(number: int, actor: int, at: datetime, branch: str) -> dict[str, Any]:
    return {
        "id": number,
        "node_id": f"PSH_{number}",
        "before": f"{number - 1:040x}",
        "after": f"{number:040x}",
        "ref": f"refs/heads/{branch}",
        "timestamp": _stamp(at),
        "activity_type": "push",
        "actor": actor,
    }


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
