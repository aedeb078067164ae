"""One GitHub organisation in memory: who is in it, in which team, on which repository, and what removal takes along."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.practice.company.github import things
from bot.practice.company.github.things import Invitation, Key, Removed

LEVELS = ("none", "read", "triage", "write", "maintain", "admin")
PERMISSIONS = {"pull": "read", "push": "write"}


class Refusal(Exception):
    """GitHub says no: the status and the message of its answer."""

    def __init__(self, status: int, message: str = "Not Found") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class User:
    """A GitHub account; the id never changes, the login may."""

    id: int
    login: str
    name: str
    email: str | None = None
    kind: str = "User"
    suspended_at: str | None = None


@dataclass(slots=True)
class Member:
    """A membership of the organisation: admin means owner; pending until the invitation is accepted.

    It is not direct when only a team of the enterprise brings it.
    """

    role: str = "member"
    state: str = "active"
    direct: bool = True


@dataclass(slots=True)
class Team:
    """A team: members by user id with their role in it, repositories by name with the level it gives.

    `parent` is the slug of the team around it; `group` names what the identity provider fills it from.
    """

    id: int
    slug: str
    name: str
    members: dict[int, str] = field(default_factory=dict)
    repos: dict[str, str] = field(default_factory=dict)
    pending: dict[int, str] = field(default_factory=dict)
    parent: str = ""
    group: str = ""


@dataclass(slots=True)
class Repo:
    """A repository: direct collaborators by user id with their level; invitations to it; pushes, newest first.

    `lapsed` are people whose invitation was not accepted within seven days: GitHub still lists it.
    """

    id: int
    name: str
    description: str
    private: bool = True
    direct: dict[int, str] = field(default_factory=dict)
    invited: dict[int, str] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    pushed_at: str = ""
    archived: bool = False
    lapsed: set[int] = field(default_factory=set)
    inviters: dict[int, int] = field(default_factory=dict)
    hooks: list[things.Hook] = field(default_factory=list)
    runners: list[things.Runner] = field(default_factory=list)
    secrets: list[things.Secret] = field(default_factory=list)
    environments: list[things.Environment] = field(default_factory=list)
    rulesets: list[things.Ruleset] = field(default_factory=list)
    branches: list[things.Branch] = field(default_factory=list)
    pulls: list[things.Pull] = field(default_factory=list)
    runs: list[things.Run] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """Whose token it is and what it may do: scopes for a person's, permissions for an app's, never both."""

    login: str
    scopes: frozenset[str]
    permissions: dict[str, str] | None = None
    expires: float = 0.0


@dataclass(slots=True)
class Org:
    """The organisation and every account near it. Hold `lock` while reading or changing.

    `edition` is cloud or server; `settle` how many seconds GitHub takes for what it does in the background; `custom`
    the organisation's own repository roles with the level each builds on.
    """

    id: int
    login: str
    name: str
    base: str = "read"
    users: dict[int, User] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    repos: dict[str, Repo] = field(default_factory=dict)
    invitations: dict[int, Invitation] = field(default_factory=dict)
    removed: dict[int, Removed] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    edition: str = "cloud"
    settle: float = 0.0
    custom: dict[str, str] = field(default_factory=dict)
    enterprise: things.Enterprise = field(default_factory=lambda: things.Enterprise(1, "enterprise", "Enterprise"))
    identities: dict[int, str] = field(default_factory=dict)
    without_second_factor: set[int] = field(default_factory=set)
    failed: list[Invitation] = field(default_factory=list)
    authorizations: list[things.Authorization] = field(default_factory=list)
    fine_grained: list[things.FineGrained] = field(default_factory=list)
    requests: list[things.FineGrained] = field(default_factory=list)
    roles: dict[int, things.Role] = field(default_factory=dict)
    hooks: list[things.Hook] = field(default_factory=list)
    apps: dict[str, things.App] = field(default_factory=dict)
    installations: list[things.Installation] = field(default_factory=list)
    runners: list[things.Runner] = field(default_factory=list)
    secrets: list[things.Secret] = field(default_factory=list)
    rulesets: list[things.Ruleset] = field(default_factory=list)
    seats: dict[int, things.Seat] = field(default_factory=dict)
    codespaces: list[things.Codespace] = field(default_factory=list)
    audit: list[things.Event] = field(default_factory=list)
    server_tokens: list[things.ServerToken] = field(default_factory=list)
    later: list[tuple[float, Callable[[Org], None]]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: int = 900_000


def now() -> str:
    """This moment, as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(org: Org) -> int:
    """A new id."""
    org.numbers += 1
    return org.numbers


def user(org: Org, login: str) -> User:
    """The account with this login (case does not matter); 404 when there is none."""
    wanted = login.lower()
    account = org.users.get(org.names.get(wanted, 0))
    if account is None or account.login.lower() != wanted:  # names change hands, so the index is only a guess
        org.names = {each.login.lower(): key for key, each in org.users.items()}
        account = org.users.get(org.names.get(wanted, 0))
    if account is None:
        raise Refusal(404)
    return account


def team(org: Org, slug: str | None = None, team_id: int | None = None) -> Team:
    """The team by slug or by id; 404 when there is none."""
    known = org.teams.get(slug or "")
    if known is None:
        known = next((each for each in org.teams.values() if team_id == each.id), None)
    if known is None:
        raise Refusal(404)
    return known


def repo(org: Org, name: str) -> Repo:
    """The repository by name; 404 when there is none."""
    if name in org.repos:
        return org.repos[name]
    for known in org.repos.values():
        if known.name.lower() == name.lower():
            return known
    raise Refusal(404)


def active(org: Org, user_id: int) -> bool:
    """Whether they are a member who accepted."""
    member = org.members.get(user_id)
    return member is not None and member.state == "active"


def is_owner(org: Org, user_id: int) -> bool:
    """Whether they own the organisation."""
    return active(org, user_id) and org.members[user_id].role == "admin"


def owners(org: Org) -> set[int]:
    """Everybody who owns the organisation."""
    return {key for key, member in org.members.items() if member.role == "admin" and member.state == "active"}


def outsiders(org: Org) -> set[int]:
    """People with a repository but no membership."""
    return {key for known in org.repos.values() for key in known.direct if not active(org, key)}


def highest(levels: Iterable[str]) -> str:
    """The strongest of these levels."""
    return max(levels, key=LEVELS.index, default="none")


def plain(org: Org, role: str) -> str:
    """The level that a role of the organisation's own builds on; the others are levels themselves."""
    return org.custom.get(role, role)


def around(org: Org, known: Team) -> list[Team]:
    """A team and the teams it lies in: members of the inner one reach what the outer ones reach."""
    found = [known]
    while found[-1].parent in org.teams:
        found.append(org.teams[found[-1].parent])
    return found


def teams_of(org: Org, user_id: int) -> list[Team]:
    """The teams somebody is in, directly or because an inner team is theirs, each once."""
    mine = [each for known in org.teams.values() if user_id in known.members for each in around(org, known)]
    return list({each.slug: each for each in mine}.values())


def level(org: Org, known: Repo, user_id: int) -> str:
    """What somebody may do on a repository: owner, direct, through a team, or by membership alone."""
    if is_owner(org, user_id):
        return "admin"
    through = [plain(org, each.repos[known.name]) for each in teams_of(org, user_id) if known.name in each.repos]
    base = [org.base] if active(org, user_id) else []
    return highest([plain(org, known.direct.get(user_id, "none")), *through, *base])


def _keep_an_owner(org: Org, user_id: int) -> None:
    if owners(org) == {user_id}:
        raise Refusal(403, "You can't remove the last owner of the organization.")


def invite(org: Org, user_id: int, role: str, inviter: int) -> Invitation:
    """Invite somebody who is no member; their membership is pending until they accept."""
    sent = Invitation(number(org), user_id, role, inviter, now())
    org.invitations[sent.number] = sent
    org.members[user_id] = Member("admin" if role == "admin" else "member", "pending")
    return sent


def set_member(org: Org, user_id: int, role: str, inviter: int) -> Member:
    """Change a member's role, or invite; 422 for a role that does not exist."""
    if role not in {"admin", "member"}:
        raise Refusal(422, "Validation Failed")
    if not active(org, user_id):
        invite(org, user_id, role, inviter)
    elif role == "member":
        _keep_an_owner(org, user_id)
    org.members[user_id].role = role
    return org.members[user_id]


def remove_member(org: Org, user_id: int, *, pending: bool = True) -> None:
    """End a membership, and with it every team and every repository; 404 when there is none, 403 for the last owner."""
    member = org.members.get(user_id)
    if member is None or not member.direct or (member.state == "pending" and not pending):
        raise Refusal(404)
    _keep_an_owner(org, user_id)
    teams = {each.slug: each.members[user_id] for each in org.teams.values() if user_id in each.members}
    if member.state == "active":
        org.removed[user_id] = Removed(member.role, teams, _direct(org, user_id))
    if any(user_id in each for each in org.enterprise.teams.values()):
        org.members[user_id] = Member(direct=False)  # what an enterprise team gives, only the enterprise takes away
    else:
        del org.members[user_id]
    org.invitations = {key: sent for key, sent in org.invitations.items() if sent.user != user_id}
    for role in org.roles.values():
        role.users.discard(user_id)
    for each in org.teams.values():
        each.members.pop(user_id, None)
        each.pending.pop(user_id, None)
    remove_from_repos(org, user_id)


def remove_from_repos(org: Org, user_id: int) -> None:
    """End every direct collaboration and every repository invitation. Deploy keys stay: they belong to nobody."""
    for each in org.repos.values():
        each.direct.pop(user_id, None)
        each.invited.pop(user_id, None)


def _direct(org: Org, user_id: int) -> dict[str, str]:
    return {each.name: each.direct[user_id] for each in org.repos.values() if user_id in each.direct}


def accept(org: Org, user_id: int) -> None:
    """Do what the invited person does: accept the invitation to the organisation, its teams and its repositories."""
    for sent in [sent for sent in org.invitations.values() if sent.user == user_id]:
        del org.invitations[sent.number]
        before = org.removed.get(user_id) if sent.role == "reinstate" else None
        org.members[user_id] = Member(before.role if before else org.members[user_id].role)
        for slug, role in (before.teams if before else {}).items():
            org.teams[slug].members[user_id] = role
        for name, level_there in (before.repos if before else {}).items():
            org.repos[name].direct[user_id] = level_there
    for each in org.teams.values():
        if user_id in each.pending:
            each.members[user_id] = each.pending.pop(user_id)
    for known in org.repos.values():
        if user_id in known.invited:
            known.direct[user_id] = known.invited.pop(user_id)


def convert_to_outsider(org: Org, user_id: int) -> None:
    """End the membership but keep the repositories their teams gave them; 403 for the last owner."""
    if not active(org, user_id):
        raise Refusal(404)
    _keep_an_owner(org, user_id)
    kept = {known.name: level(org, known, user_id) for known in org.repos.values()}
    plain = {known.name: known.direct.get(user_id) for known in org.repos.values()}
    in_teams = {name for each in org.teams.values() if user_id in each.members for name in each.repos}
    remove_member(org, user_id)
    for name, had in kept.items():
        if name in in_teams or plain[name]:
            org.repos[name].direct[user_id] = had


def join_team(org: Org, known: Team, user_id: int, role: str, inviter: int) -> str:
    """Put somebody in a team; people outside the organisation are invited to it first. Returns active or pending."""
    if active(org, user_id):
        known.members[user_id] = "maintainer" if user_id in owners(org) else role
        return "active"
    if user_id not in org.members:
        invite(org, user_id, "member", inviter)
    known.pending[user_id] = role
    return "pending"


def leave_team(known: Team, user_id: int) -> None:
    """Take somebody out of a team; 404 when they are not in it."""
    if known.members.pop(user_id, None) is None and known.pending.pop(user_id, None) is None:
        raise Refusal(404)
