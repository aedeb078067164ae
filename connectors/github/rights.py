"""What our credential may do, compared with what each ability needs: the exact permission to add, and what is too much.

Sources: GitHub, "Scopes for OAuth apps" and "Permissions required for GitHub Apps".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.model import Change, Resume, Suspend

LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Right:
    """One ability: the scope of a classic token and the permission of an app it takes; `needed` for anything at all."""

    words: str
    scope: str
    permission: str
    level: str
    title: str
    needed: bool = False


# `title` is the name on GitHub's page where the app is set up; without one that is not needed something is cut short.
RIGHTS = (
    Right("read and change who belongs to the organisation and its teams", "admin:org", "members", "write", "Members",
          needed=True),
    Right("read and change who works on a repository, its deploy keys, and who passes its rules by", "repo",
          "administration", "write", "Administration (repository)", needed=True),
    Right("see the repositories", "repo", "metadata", "read", "Metadata", needed=True),
    Right("see the last push, and who is a code owner", "repo", "contents", "read", "Contents"),
    Right("see who lets deployments through, and which pipelines run", "repo", "actions", "read", "Actions"),
    Right("see open pull requests", "repo", "pull_requests", "read", "Pull requests"),
    Right("take away and give roles of the organisation", "admin:org", "organization_custom_org_roles", "write",
          "Custom organization roles"),
    Right("end credentials that single sign-on let in, read the audit log, and change who passes the organisation's "
          "rules by", "admin:org", "organization_administration", "write", "Administration (organization)"),
    Right("end fine-grained tokens", "", "organization_personal_access_tokens", "write", "Personal access tokens"),
    Right("see in the audit log who made a webhook or brought in an app", "read:audit_log",
          "organization_administration", "read", "Administration (organization)"),
    Right("end and give Copilot seats", "admin:org", "organization_copilot_seat_management", "write",
          "GitHub Copilot Business"),
    Right("see codespaces", "admin:org", "organization_codespaces", "read", "Organization codespaces"),
    Right("remove webhooks of the organisation", "admin:org_hook", "organization_hooks", "write",
          "Webhooks (organization)"),
    Right("remove webhooks of a repository", "repo", "repository_hooks", "write", "Webhooks (repository)"),
)  # fmt: skip
SITE = "site_admin"
# A scope brings these along; nobody can hold admin:org without them.
IMPLIED = frozenset(
    {"write:org", "read:org", "manage_runners:org", "repo:status", "repo_deployment", "public_repo", "repo:invite"}
    | {"security_events", "read:enterprise"}
)
WORDS = {
    "delete_repo": "delete repositories",
    "workflow": "change automated workflows",
    "workflows": "change automated workflows",
    "gist": "write gists",
    "user": "change its own profile",
    "admin:enterprise": "change the whole enterprise",
    "site_admin": "administer the whole server",
    "admin:repo_hook": "change the web hooks of repositories",
    "admin:public_key": "change its own SSH keys",
    "write:packages": "publish packages",
    "delete:packages": "delete packages",
    "contents": "change the code itself",
}


def scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes GitHub lists in X-OAuth-Scopes; None for the tokens that have none."""
    listed = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return None if listed is None else frozenset(name.strip() for name in listed.split(",") if name.strip())


def lack(held: frozenset[str] | None, org: str, *, found: bool, owner: bool) -> tuple[str, ...]:
    """What a token needs and has not, in words. A token without scopes is judged by ownership."""
    if not found:
        return (f"The organisation {org} does not exist, or this token may not see it.",)
    missing = [] if owner else [f"The token's account is not an owner of {org}."]
    needed = {one.scope: one.words for one in reversed(RIGHTS) if one.needed and one.scope}
    return (*missing, *(
        f"The token may not {words} (scope {scope})."
        for scope, words in reversed(needed.items()) if held is not None and scope not in held
    ))  # fmt: skip


def app_lack(permissions: Mapping[str, str]) -> tuple[str, ...]:
    """What an app needs and has not, in words."""
    return tuple(f"The app may not {_add(one)}" for one in RIGHTS if one.needed and not _has(permissions, one))


def limits(held: frozenset[str] | None, permissions: Mapping[str, str] | None) -> tuple[str, ...]:
    """What is cut short, each with the exact permission to add."""
    lacking = (one for one in RIGHTS if not one.needed and not _held(one, held, permissions))
    return tuple(dict.fromkeys(f"Usher may not {_add(one)}" for one in lacking))


def _held(one: Right, held: frozenset[str] | None, permissions: Mapping[str, str] | None) -> bool:
    if permissions is not None:
        return _has(permissions, one)
    return bool(one.scope) and (held is None or one.scope in held)


def cannot(held: frozenset[str] | None, *, server: bool) -> dict[type[Change], str]:
    """What nothing of can be done: only an administrator of a server locks accounts. `held`: None for an app too."""
    if not server or (held is not None and SITE in held):
        return {}
    said = f"Locking an account of the server takes a token of an administrator of the server, with the scope {SITE}."
    return {Suspend: said, Resume: said}


def excess(held: Iterable[str], *, server: bool = False, enterprise: bool = False) -> tuple[str, ...]:
    """What a token may do beyond what we use, in words."""
    used = {one.scope for one in RIGHTS} | {SITE if server else "", "admin:enterprise" if enterprise else ""}
    extra = sorted(set(held) - used - IMPLIED)
    return tuple(f"The token may also {WORDS.get(name, 'do more')} ({name}), which is not needed." for name in extra)


def app_excess(permissions: Mapping[str, str]) -> tuple[str, ...]:
    """What an app may do beyond what we use, in words."""
    most = {one.permission: max(LEVELS.index(each.level) for each in RIGHTS if each.permission == one.permission)
            for one in RIGHTS}  # fmt: skip
    extra = sorted(
        name for name, level in permissions.items() if level in LEVELS and LEVELS.index(level) > most.get(name, -1)
    )
    return tuple(
        f"The app may also {WORDS.get(name, 'do more')} ({name}: {permissions[name]}), which is not needed."
        for name in extra
    )


def _has(permissions: Mapping[str, str], one: Right) -> bool:
    level = permissions.get(one.permission, "")
    return level in LEVELS and LEVELS.index(level) >= LEVELS.index(one.level)


def _add(one: Right) -> str:
    scope = f", or the scope {one.scope}" if one.scope else ", which no token can have"
    return f"{one.words}: add the app permission {one.title}: {one.level}{scope}."
