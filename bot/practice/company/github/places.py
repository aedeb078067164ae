"""Where a route finds the repository it is about, and what the asker may do there."""

from __future__ import annotations

from bot.practice.company.github import state
from bot.practice.company.github.api import NO_INTEGRATION, asker, token
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import LEVELS, Org, Refusal, Repo


def level_here(known: Org, each: Repo) -> str:
    """What the asker may do on a repository; an app that administers repositories administers all of them."""
    held = token().permissions
    if held is None:
        return state.level(known, each, asker().id)
    return "admin" if held.get("administration") == "write" else "read"


def find(org: str, name: str, needed: str = "read", right: str = "administration") -> tuple[Org, Repo]:
    """The repository, if the asker reaches it at this level: GitHub hides what one may not see, refuses the rest."""
    known = organisation()
    held = token().permissions
    if org.lower() != known.login.lower() or (held is None and "repo" not in token().scopes):
        raise Refusal(404)
    each = state.repo(known, name)
    if held is not None and needed != "read" and right not in held:
        raise Refusal(403, NO_INTEGRATION)
    level = level_here(known, each)
    if level == "none":
        raise Refusal(404)
    if held is None and LEVELS.index(level) < LEVELS.index(needed):
        raise Refusal(403, "Must have admin rights to Repository.")
    return known, each
