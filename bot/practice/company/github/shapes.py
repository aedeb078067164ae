"""How GitHub writes people, teams and repositories in JSON: every field it publishes as required, with its URLs."""

from __future__ import annotations

from functools import cache
from typing import Any

from bot.practice.company.github import state
from bot.practice.company.github.state import LEVELS, Member, Org, Repo, Team, User
from bot.practice.company.github.things import Invitation, Key

Json = dict[str, Any]
FOUNDED = "2021-03-01T09:00:00Z"
_PERSON = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}
_REPOSITORY = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "deployments_url": "deployments",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "statuses_url": "statuses/{sha}",
    "trees_url": "git/trees{/sha}",
}
_SAME = ("contributors", "downloads", "events", "forks", "hooks", "languages", "merges", "stargazers", "subscribers")
_REPOSITORY |= {f"{word}_url": word for word in (*_SAME, "subscription", "tags", "teams")}


@cache
def _urls(base: str, login: str) -> Json:
    """The addresses around an account; many rows show the same few people."""
    url = f"{base}/users/{login}"
    return {"url": url, "html_url": f"{base}/{login}", "avatar_url": f"{base}/avatars/{login}"} | {
        name: f"{url}/{rest}" for name, rest in _PERSON.items()
    }


def user(base: str, known: User) -> Json:
    """An account in a list."""
    return {
        "login": known.login,
        "id": known.id,
        "node_id": f"U_{known.id}",
        "gravatar_id": "",
        **_urls(base, known.login),
        "type": known.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def profile(base: str, known: User) -> Json:
    """An account by itself: the e-mail is what the person chose to show."""
    empty = dict.fromkeys(("company", "blog", "location", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    shown = {"name": known.name, "email": known.email, "created_at": FOUNDED, "updated_at": FOUNDED}
    locked = {"suspended_at": known.suspended_at} if known.suspended_at else {}
    return {**user(base, known), **empty, **counts, **shown, **locked}


def short_org(base: str, known: Org) -> Json:
    """The organisation inside something else."""
    url = f"{base}/orgs/{known.login}"
    return {
        "login": known.login,
        "id": known.id,
        "node_id": f"O_{known.id}",
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{base}/avatars/{known.login}",
        "description": None,
    }


def org(base: str, known: Org) -> Json:
    """The organisation by itself."""
    private = sum(each.private for each in known.repos.values())
    counts = dict.fromkeys(("public_gists", "followers", "following"), 0)
    return {
        **short_org(base, known),
        **counts,
        "html_url": f"{base}/{known.login}",
        "name": known.name,
        "type": "Organization",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": len(known.repos) - private,
        "total_private_repos": private,
        "owned_private_repos": private,
        "default_repository_permission": known.base,
        "two_factor_requirement_enabled": True,
        "created_at": FOUNDED,
        "updated_at": FOUNDED,
        "archived_at": None,
    }


def account(base: str, known: Org) -> Json:
    """The organisation where GitHub shows the owner of something."""
    return user(base, User(known.id, known.login, known.name, kind="Organization"))


def membership(base: str, known: Org, person: User, member: Member) -> Json:
    """Somebody's place in the organisation, and which teams of the enterprise bring it too."""
    url = f"{base}/orgs/{known.login}"
    cloud: Json = {
        "direct_membership": member.direct,
        "enterprise_teams_providing_indirect_membership": [
            f"ent:{slug}" for slug, people in known.enterprise.teams.items() if person.id in people
        ],
    }
    return {
        "url": f"{url}/memberships/{person.login}",
        "state": member.state,
        "role": member.role,
        "organization_url": url,
        "user": user(base, person),
        "organization": short_org(base, known),
        **(cloud if known.edition == "cloud" else {}),
    }


def simple_team(base: str, known: Org, each: Team) -> Json:
    """A team inside another. Its URL is the one by numbers, which clients use for everything inside it."""
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
        "type": "organization",
        "url": url,
        "html_url": f"{base}/orgs/{known.login}/teams/{each.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
    }


def team(base: str, known: Org, each: Team) -> Json:
    """A team in a list."""
    outer = known.teams.get(each.parent)
    return {**simple_team(base, known, each), "parent": simple_team(base, known, outer) if outer else None}


def full_team(base: str, known: Org, each: Team) -> Json:
    """A team by itself."""
    counts = {"members_count": len(each.members), "repos_count": len(each.repos)}
    whole = {"organization": org(base, known), "created_at": FOUNDED, "updated_at": FOUNDED}
    return {**team(base, known, each), **counts, **whole}


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
    """A repository as seen by somebody with the role `viewer`."""
    return {**plain_repo(base, known, each), **_facts(each), **_viewed(known, viewer)}


def plain_repo(base: str, known: Org, each: Repo) -> Json:
    """A repository inside something else."""
    url = f"{base}/repos/{known.login}/{each.name}"
    return {
        "id": each.id,
        "node_id": f"R_{each.id}",
        "name": each.name,
        "full_name": f"{known.login}/{each.name}",
        "private": each.private,
        "owner": account(base, known),
        "description": each.description,
        "fork": False,
        "url": url,
        "html_url": f"{base}/{known.login}/{each.name}",
    } | {name: f"{url}/{rest}" for name, rest in _REPOSITORY.items()}


def full_repo(base: str, known: Org, each: Repo, viewer: str) -> Json:
    """A repository by itself."""
    address = f"{base}/{known.login}/{each.name}"
    counts = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
    return {
        **plain_repo(base, known, each),
        **_facts(each),
        "permissions": permissions(state.plain(known, viewer)),
        **dict.fromkeys(f"{counts} network_count subscribers_count".split(), 0),
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "has_discussions"), False),
        **dict.fromkeys(("clone_url", "git_url", "ssh_url", "svn_url"), address),
    }


def _facts(each: Repo) -> Json:
    return {
        "visibility": "private" if each.private else "public",
        "archived": each.archived,
        "disabled": False,
        "default_branch": "main",
        "created_at": FOUNDED,
        "updated_at": each.pushed_at or FOUNDED,
        "pushed_at": each.pushed_at or None,
    }


def _viewed(known: Org, viewer: str) -> Json:
    return {"permissions": permissions(state.plain(known, viewer)), "role_name": viewer}


def collaborator(base: str, known: Org, each: Repo, person: User, *, direct: bool) -> Json:
    """Somebody on a repository, with the role they hold there."""
    held = each.direct[person.id] if direct else state.level(known, each, person.id)
    return {**user(base, person), **_viewed(known, held)}


def permission(base: str, known: Org, each: Repo, person: User) -> Json:
    """The level somebody holds: `permission` knows four, `role_name` all six."""
    held = state.level(known, each, person.id)
    own = each.direct.get(person.id, held)
    named = own if state.plain(known, own) == held else held
    four = {"triage": "read", "maintain": "write"}.get(held, held)
    return {"permission": four, "role_name": named, "user": {**user(base, person), **_viewed(known, named)}}


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
    """An invitation to the organisation; one by e-mail has no login."""
    person = known.users.get(sent.user)
    role = {"member": "direct_member", "admin": "admin"}.get(sent.role, sent.role)
    failed = {"failed_at": sent.failed_at, "failed_reason": "Invitation expired"} if sent.failed_at else {}
    return {
        "id": sent.number,
        "node_id": f"OI_{sent.number}",
        "login": person.login if person else None,
        "email": sent.email,
        "role": role,
        "created_at": sent.created_at,
        "inviter": user(base, known.users[sent.inviter]),
        "team_count": len(teams_of(known, sent)),
        "invitation_teams_url": f"{base}/organizations/{known.id}/invitations/{sent.number}/teams",
        "invitation_source": "member",
        **failed,
    }


def teams_of(known: Org, sent: Invitation) -> list[Team]:
    """The teams an invitation leads into."""
    return [each for each in known.teams.values() if sent.user in each.pending or each.slug in sent.teams]


def repo_invitation(base: str, known: Org, each: Repo, user_id: int) -> Json:
    """An invitation to a repository; it stays in the list after it lapsed."""
    number = user_id * 10 + each.id
    return {
        "id": number,
        "node_id": f"RI_{number}",
        "repository": {**plain_repo(base, known, each)},
        "invitee": user(base, known.users[user_id]),
        "inviter": user(base, known.users[each.inviters.get(user_id, user_id)]),
        "permissions": state.plain(known, each.invited[user_id]),
        "created_at": each.pushed_at or FOUNDED,
        "expired": user_id in each.lapsed,
        "url": f"{base}/repos/{known.login}/{each.name}/invitations/{number}",
        "html_url": f"{base}/{known.login}/{each.name}/invitations",
    }


def everybody(known: Org, each: Repo) -> list[int]:
    """Who reaches a repository by any way, in the order of their ids."""
    if known.base != "none":
        inside = {key for key, member in known.members.items() if member.state == "active"}
    else:
        reaching = [one for one in known.teams.values() if any(each.name in t.repos for t in state.around(known, one))]
        inside = state.owners(known) | {key for one in reaching for key in one.members}
    return sorted(inside | set(each.direct))
