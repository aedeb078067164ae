"""What a classic token may do, compared with what we need (GitHub, "Scopes for OAuth apps")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NEEDED = {
    "admin:org": "read and change who belongs to the organisation and its teams",
    "repo": "read and change who works on a repository, and its deploy keys",
}
# A scope brings these along; nobody can hold admin:org without them.
IMPLIED = frozenset(
    {"write:org", "read:org", "manage_runners:org", "repo:status", "repo_deployment", "public_repo", "repo:invite"}
    | {"security_events"}
)
WORDS = {
    "delete_repo": "delete repositories",
    "workflow": "change automated workflows",
    "gist": "write gists",
    "user": "change its own profile",
    "admin:enterprise": "change the whole enterprise",
    "site_admin": "administer the whole server",
    "admin:repo_hook": "change the web hooks of repositories",
    "admin:org_hook": "change the web hooks of the organisation",
    "admin:public_key": "change its own SSH keys",
    "write:packages": "publish packages",
    "delete:packages": "delete packages",
}


def lack(headers: Mapping[str, str], org: str, *, found: bool, owner: bool) -> tuple[str, ...]:
    """What is missing, in words; empty when everything is there. A token without scopes is judged by ownership."""
    if not found:
        return (f"The organisation {org} does not exist, or this token may not see it.",)
    missing = [] if owner else [f"The token's account is not an owner of {org}."]
    held = _held(headers)
    if held is not None:
        missing += [f"The token may not {words} (scope {name})." for name, words in NEEDED.items() if name not in held]
    return tuple(missing)


def excess(headers: Mapping[str, str]) -> tuple[str, ...]:
    """What the token may do beyond what we need, in words."""
    extra: Iterable[str] = sorted((_held(headers) or frozenset()) - NEEDED.keys() - IMPLIED)
    return tuple(f"The token may also {WORDS.get(name, 'do more')} ({name}), which is not needed." for name in extra)


def _held(headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes GitHub lists in X-OAuth-Scopes; None for the tokens that have none."""
    listed = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return None if listed is None else frozenset(name.strip() for name in listed.split(",") if name.strip())
