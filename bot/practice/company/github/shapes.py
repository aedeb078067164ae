"""How GitHub writes things in JSON: the fields clients read, with the URLs they follow."""

from __future__ import annotations

from typing import Any

from bot.practice.company.github.state import (
    LEVELS,
    Invitation,
    Key,
    Member,
    Org,
    Repo,
    Team,
    User,
    active,
    level,
    owners,
)

Json = dict[str, Any]


def user(base: str, known: User, *, site_admin: bool = False) -> Json:
    """An account in a list."""
    url = f"{base}/users/{known.login}"
    return {
        "login": known.login,
        "id": known.id,
        "node_id": f"U_{known.id}",
        "avatar_url": "",
        "url": url,
        "html_url": url,
        "repos_url": f"{url}/repos",
        "type": "User",
        "user_view_type": "public",
        "site_admin": site_admin,
    }


def profile(base: str, known: User) -> Json:
    """An account by itself: the e-mail is what the person chose to show."""
    return {**user(base, known), "name": known.name, "email": known.email, "bio": None, "public_repos": 0}


def org(base: str, known: Org) -> Json:
    """The organisation."""
    url = f"{base}/orgs/{known.login}"
    return {
        "login": known.login,
        "id": known.id,
        "node_id": f"O_{known.id}",
        "url": url,
        "html_url": url,
        "members_url": f"{url}/members{{/member}}",
        "repos_url": f"{url}/repos",
        "hooks_url": f"{url}/hooks",
        "avatar_url": "",
        "description": None,
        "name": known.name,
        "type": "Organization",
        "default_repository_permission": known.base,
        "two_factor_requirement_enabled": True,
        "total_private_repos": sum(each.private for each in known.repos.values()),
    }


def membership(base: str, known: Org, person: User, member: Member) -> Json:
    """Somebody's place in the organisation."""
    url = f"{base}/orgs/{known.login}"
    return {
        "url": f"{url}/memberships/{person.login}",
        "state": member.state,
        "role": member.role,
        "organization_url": url,
        "user": user(base, person),
        "organization": org(base, known),
        "direct_membership": True,
        "enterprise_teams_providing_indirect_membership": [],
    }


def team(base: str, known: Org, each: Team) -> Json:
    """A team. Its URL is the one by numbers, which clients use for everything inside it."""
    url = f"{base}/organizations/{known.id}/team/{each.id}"
    return {
        "id": each.id,
        "node_id": f"T_{each.id}",
        "slug": each.slug,
        "name": each.name,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"{base}/orgs/{known.login}/teams/{each.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
        "members_count": len(each.members),
        "repos_count": len(each.repos),
    }


def team_membership(base: str, known: Org, each: Team, person: User) -> Json:
    """Somebody's place in a team."""
    role = each.members.get(person.id) or each.pending.get(person.id)
    url = f"{base}/organizations/{known.id}/team/{each.id}/memberships/{person.login}"
    return {"url": url, "role": role, "state": "active" if person.id in each.members else "pending"}


def permissions(name: str) -> dict[str, bool]:
    """A level as five yes or no."""
    at = LEVELS.index(name)
    steps = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {flag: at >= LEVELS.index(needed) for flag, needed in steps.items()}


def repo(base: str, known: Org, each: Repo, viewer: str = "admin") -> Json:
    """A repository as seen by somebody with the level `viewer`."""
    url = f"{base}/repos/{known.login}/{each.name}"
    return {
        "id": each.id,
        "node_id": f"R_{each.id}",
        "name": each.name,
        "full_name": f"{known.login}/{each.name}",
        "private": each.private,
        "visibility": "private" if each.private else "public",
        "owner": {**user(base, User(known.id, known.login, known.name)), "type": "Organization"},
        "description": each.description,
        "fork": False,
        "archived": False,
        "disabled": False,
        "url": url,
        "html_url": url,
        "keys_url": f"{url}/keys{{/key_id}}",
        "collaborators_url": f"{url}/collaborators{{/collaborator}}",
        "teams_url": f"{url}/teams",
        "hooks_url": f"{url}/hooks",
        "default_branch": "main",
        "created_at": "2021-03-01T09:00:00Z",
        "updated_at": each.pushed_at,
        "pushed_at": each.pushed_at,
        "permissions": permissions(viewer),
        "role_name": viewer,
    }


def collaborator(base: str, known: Org, each: Repo, person: User, *, direct: bool) -> Json:
    """Somebody on a repository, with the level they hold there."""
    held = each.direct[person.id] if direct else level(known, each, person.id)
    return {**user(base, person), "permissions": permissions(held), "role_name": held}


def permission(base: str, known: Org, each: Repo, person: User) -> Json:
    """The level somebody holds: `permission` knows four, `role_name` all six."""
    held = level(known, each, person.id)
    four = {"triage": "read", "maintain": "write"}.get(held, held)
    return {"permission": four, "role_name": held, "user": {**user(base, person), "permissions": permissions(held)}}


def key(base: str, known: Org, each: Repo, one: Key) -> Json:
    """A deploy key: the public half, who added it, and when it was last used."""
    return {
        "id": one.id,
        "key": one.key,
        "url": f"{base}/repos/{known.login}/{each.name}/keys/{one.id}",
        "title": one.title,
        "verified": True,
        "created_at": one.created_at,
        "read_only": one.read_only,
        "added_by": one.added_by,
        "last_used": one.last_used,
        "enabled": one.enabled,
    }


def push(base: str, known: Org, one: Json) -> Json:
    """One entry of a repository's activity."""
    return {**one, "actor": user(base, known.users[one["actor"]])}


def invitation(base: str, known: Org, sent: Invitation) -> Json:
    """An open invitation to the organisation."""
    person = known.users[sent.user]
    role = {"member": "direct_member", "admin": "admin"}.get(sent.role, sent.role)
    return {
        **user(base, person),
        "id": sent.number,
        "email": None,
        "role": role,
        "created_at": sent.created_at,
        "inviter": user(base, known.users[sent.inviter]),
        "team_count": sum(person.id in each.pending for each in known.teams.values()),
        "invitation_teams_url": f"{base}/organizations/{known.id}/invitations/{sent.number}/teams",
        "invitation_source": "member",
    }


def repo_invitation(base: str, known: Org, each: Repo, user_id: int, inviter: int) -> Json:
    """An invitation to a repository."""
    granted = each.invited[user_id]
    return {
        "id": user_id * 10 + each.id,
        "repository": repo(base, known, each),
        "invitee": user(base, known.users[user_id]),
        "inviter": user(base, known.users[inviter]),
        "permissions": granted,
        "created_at": each.pushed_at,
        "expired": False,
        "url": f"{base}/repos/{known.login}/{each.name}/invitations/{user_id * 10 + each.id}",
    }


def everybody(known: Org, each: Repo) -> list[int]:
    """Who reaches a repository by any way, in the order of their ids."""
    return sorted(key for key in known.users if level(known, each, key) != "none" and _near(known, each, key))


def _near(known: Org, each: Repo, user_id: int) -> bool:
    return active(known, user_id) or user_id in each.direct or user_id in owners(known)
