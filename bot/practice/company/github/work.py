"""What goes on in a repository: open pull requests, in GraphQL, and the runs of its workflows."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import NO_INTEGRATION, base, listed, permitted, token
from bot.practice.company.github.connections import Shape, connection, paged
from bot.practice.company.github.places import find
from bot.practice.company.github.state import Org, Refusal, Repo
from bot.practice.company.github.things import Pull, Run

routes = Blueprint("work", __name__)
_WORKFLOW = ("jobs", "logs", "cancel", "rerun", "artifacts")


@routes.get("/repos/<org>/<name>/actions/runs")
def runs(org: str, name: str) -> Response:
    """Runs of workflows, newest first: of one status, event or actor. An app needs the permission for Actions."""
    known, each = find(org, name)
    if token().permissions is not None:
        permitted("actions")
    asked = request.args
    actor = state.user(known, asked["actor"]).id if asked.get("actor") else 0
    found = [
        one
        for one in sorted(each.runs, key=lambda one: one.started_at, reverse=True)
        if asked.get("status", one.status) == one.status
        and asked.get("event", one.event) == one.event
        and actor in {0, one.actor}
    ]
    return listed(found, partial(_run, known, each), under="workflow_runs")


def _run(known: Org, repo: Repo, one: Run) -> dict[str, Any]:
    home = f"{base()}/repos/{known.login}/{repo.name}"
    url = f"{home}/actions/runs/{one.id}"
    person = shapes.user(base(), known.users[one.actor])
    return {
        "id": one.id,
        "node_id": f"WFR_{one.id}",
        "name": one.name,
        "head_branch": "main",
        "head_sha": f"{one.id:040x}",
        "head_commit": None,
        "run_number": 1,
        "display_title": one.name,
        "event": one.event,
        "status": one.status,
        "conclusion": "success" if one.status == "completed" else None,
        "path": f".github/workflows/{one.name}.yml",
        "workflow_id": one.workflow,
        "url": url,
        "html_url": url,
        "pull_requests": [],
        "created_at": one.started_at,
        "updated_at": one.started_at,
        "actor": person,
        "triggering_actor": person,
        "repository": shapes.plain_repo(base(), known, repo),
        "head_repository": shapes.plain_repo(base(), known, repo),
        "check_suite_url": f"{home}/check-suites/{one.id}",
        "workflow_url": f"{home}/actions/workflows/{one.workflow}",
        **{f"{word}_url": f"{url}/{word}" for word in _WORKFLOW},
    }


def pulls(
    known: Org,
    each: Repo,
    _info: Any,
    after: str | None = None,
    first: int | None = None,
    states: list[str] | None = None,
) -> Shape:
    """The pull requests of a repository. An app needs the permission for them."""
    if token().permissions is not None and "pull_requests" not in (token().permissions or {}):
        raise Refusal(403, NO_INTEGRATION)
    found = [one for one in reversed(each.pulls) if states is None or one.state in states]
    return connection(found, partial(_pull, known, each), after, first)


def _pull(known: Org, repo: Repo, one: Pull) -> Shape:
    reviewers = [_person(known, key) for key in one.reviewers]
    asked = [*reviewers, *(_team(known, slug) for slug in one.teams if slug in known.teams)]
    return {
        "__typename": "PullRequest",
        "id": f"PR_{repo.id}_{one.number}",
        "number": one.number,
        "title": one.title,
        "state": one.state,
        "author": _person(known, one.author),
        "reviewRequests": paged(lambda: asked, partial(_request, repo, one)),
    }


def _request(repo: Repo, one: Pull, who: Shape) -> Shape:
    return {"id": f"RR_{repo.id}_{one.number}_{who['id']}", "requestedReviewer": who}


def _person(known: Org, key: int) -> Shape:
    kind = "User" if known.users[key].kind == "User" else "Bot"
    return {"__typename": kind, "databaseId": key, "id": f"U_{key}", "login": known.users[key].login}


def _team(known: Org, slug: str) -> Shape:
    each = known.teams[slug]
    return {"__typename": "Team", "databaseId": each.id, "id": f"T_{each.id}", "slug": slug, "name": each.name}
