"""GitHub's routes about what happened: pushes, commits, the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from bot.practice.company.github import journal, shapes, state
from bot.practice.company.github.api import base, listed, owned, streamed
from bot.practice.company.github.places import find
from bot.practice.company.github.state import Org, Refusal, Repo

routes = Blueprint("history", __name__)
PERIODS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@routes.get("/repos/<org>/<name>/activity")
def activity(org: str, name: str) -> Response:
    """Pushes and merges, newest first: by anybody or by one login, of one kind, or of the last days."""
    known, each = find(org, name)
    login, kind = request.args.get("actor", "").lower(), request.args.get("activity_type", "")
    days = PERIODS.get(request.args.get("time_period", ""), 36500)
    since = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen = [
        one
        for one in each.pushes
        if login in {"", known.users[one["actor"]].login.lower()}
        and kind in {"", one["activity_type"]}
        and one["timestamp"] >= since
    ]
    return streamed(seen, lambda one: shapes.push(base(), known, one))


@routes.get("/repos/<org>/<name>/commits")
def commits(org: str, name: str) -> Response:
    """Commits on the main branch, newest first, by author and since a moment."""
    known, each = find(org, name)
    author, since = request.args.get("author", ""), request.args.get("since", "")
    number = state.user(known, author).id if author else 0
    seen = [
        one
        for one in each.pushes
        if one["ref"] == "refs/heads/main" and number in {0, one["actor"]} and one["timestamp"] >= since
    ]
    return listed(seen, lambda one: _commit(known, each, one))


@routes.get("/orgs/<org>/audit-log")
def audit_log(org: str) -> Response:
    """What was done to the organisation; a token needs the scope read:audit_log."""
    known = owned(org, "read:audit_log", "organization_administration")
    if request.args.get("include", "web") not in {"web", "git", "all"}:
        raise Refusal(422, "Validation Failed")
    seen = journal.found(known, request.args.get("phrase", ""))
    if request.args.get("order") == "asc":
        seen.reverse()
    return streamed(seen, lambda event: journal.shape(known, event))


def _commit(known: Org, each: Repo, one: dict[str, Any]) -> dict[str, Any]:
    url = f"{base()}/repos/{known.login}/{each.name}/commits/{one['after']}"
    person = known.users[one["actor"]]
    by = {"name": person.name, "email": f"{person.id}@users.example", "date": one["timestamp"]}
    tree = {"sha": one["before"], "url": url}
    return {
        "url": url,
        "sha": one["after"],
        "node_id": f"C_{one['id']}",
        "html_url": url,
        "comments_url": f"{url}/comments",
        "commit": {
            "url": url,
            "author": by,
            "committer": by,
            "message": "Work",
            "comment_count": 0,
            "tree": tree,
        },
        "author": shapes.user(base(), person),
        "committer": shapes.user(base(), person),
        "parents": [],
    }
