"""What GitHub keeps beside people, teams and repositories: credentials, roles, machines, licences, history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# What GitHub calls a kind of credential in a list, and what it calls the same kind when it is to be revoked.
KINDS = {
    "classic_pat": "personal access token",
    "ssh_key": "SSH key",
    "oauth_app_token": "OAuth app token",
    "fine_grained_pat": "fine-grained personal access token",
}


@dataclass(slots=True)
class Key:
    """A deploy key: it acts on its repository without any account, and outlives the person who added it.

    It does not outlive the classic token it was added with, if one was (`token`, an authorization's id).
    """

    id: int
    title: str
    key: str
    read_only: bool
    added_by: str
    created_at: str
    last_used: str | None = None
    enabled: bool = True
    token: int = 0


@dataclass(slots=True)
class Invitation:
    """An invitation to the organisation; `number` is its own id, not the user's. By e-mail it knows no user: 0."""

    number: int
    user: int
    role: str
    inviter: int
    created_at: str
    email: str | None = None
    teams: tuple[str, ...] = ()
    failed_at: str | None = None


@dataclass(slots=True)
class Removed:
    """What somebody had when they were removed, so that they can be reinstated."""

    role: str
    teams: dict[str, str]
    repos: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Authorization:
    """A person's own credential that single sign-on let into the organisation; `secret` is set for a classic token."""

    id: int
    user: int
    kind: str
    title: str
    authorized_at: str
    accessed_at: str | None = None
    scopes: tuple[str, ...] = ()
    ending: str = ""
    expires_at: str | None = None
    secret: str = ""


@dataclass(slots=True)
class FineGrained:
    """A fine-grained token that reaches the organisation, or asks to (`reason`); repos empty means all of them."""

    id: int
    user: int
    token_id: int
    name: str
    permissions: dict[str, dict[str, str]]
    granted_at: str
    repos: tuple[str, ...] = ()
    used_at: str | None = None
    expires_at: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Role:
    """A role in the organisation (not a repository's): who holds it by name, and which teams pass it on."""

    id: int
    name: str
    description: str
    permissions: tuple[str, ...]
    base: str | None = None
    source: str = "Organization"
    users: set[int] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Hook:
    """A webhook. GitHub does not say who made it; the audit log does."""

    id: int
    url: str
    events: tuple[str, ...]
    made_at: str
    active: bool = True


@dataclass(slots=True)
class App:
    """A GitHub App; its public key checks what the app signs, and is absent for apps of other companies."""

    id: int
    slug: str
    name: str
    owner: int
    about: str = ""
    public_key: str = ""


@dataclass(slots=True)
class Installation:
    """An app let into the organisation."""

    id: int
    app: str
    permissions: dict[str, str]
    made_at: str
    selection: str = "all"
    suspended_at: str | None = None


@dataclass(slots=True)
class Runner:
    """A machine that runs builds."""

    id: int
    name: str
    labels: tuple[str, ...] = ("self-hosted", "linux")
    status: str = "online"


@dataclass(slots=True)
class Environment:
    """Where a repository is deployed to, and who may let a deployment through."""

    id: int
    name: str
    made_at: str
    users: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()
    wait: int = 0
    policy: dict[str, bool] | None = None


@dataclass(slots=True)
class Ruleset:
    """Rules for branches, and who may pass them by: (kind of actor, its id, when)."""

    id: int
    name: str
    made_at: str
    bypass: list[tuple[str, int | None, str]] = field(default_factory=list)
    target: str = "branch"


@dataclass(slots=True)
class Branch:
    """A protected branch; `exempt` are the node ids on each of its lists, by the name GraphQL reads the list under."""

    id: int
    pattern: str
    exempt: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Secret:
    """A secret of builds: its name and dates, never its value."""

    name: str
    made_at: str


@dataclass(slots=True)
class Seat:
    """A Copilot licence, given by name or through a team."""

    user: int
    made_at: str
    used_at: str | None = None
    team: str = ""
    ends: str | None = None


@dataclass(slots=True)
class Codespace:
    """A development machine in the cloud."""

    id: int
    name: str
    user: int
    repo: str
    made_at: str
    used_at: str


@dataclass(slots=True)
class Pull:
    """A pull request: who opened it, whose review it waits for, and whether it is open, closed or merged."""

    number: int
    title: str
    author: int
    reviewers: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()
    state: str = "OPEN"


@dataclass(slots=True)
class Run:
    """A run of a workflow. Of a scheduled one the actor is whose schedule it is, member or not."""

    id: int
    workflow: int
    name: str
    actor: int
    started_at: str
    event: str = "push"
    status: str = "completed"


@dataclass(slots=True)
class Event:
    """One line of the audit log; `at` in milliseconds since 1970."""

    at: int
    action: str
    actor: int
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ServerToken:
    """A classic token as the administrators of an Enterprise Server see it."""

    id: int
    user: int
    note: str
    scopes: tuple[str, ...]
    made_at: str


@dataclass(slots=True)
class Enterprise:
    """The enterprise around the organisation: its own members, and teams of its own that bring people in."""

    id: int
    slug: str
    name: str
    seats: int = 50
    managed: bool = False
    owners: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    teams: dict[str, set[int]] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
