"""GitHub's routes about what costs money per person: Copilot seats and codespaces."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, base, later, listed, owned, sent
from bot.practice.company.github.state import Org, Refusal
from bot.practice.company.github.things import Codespace, Seat

routes = Blueprint("licences", __name__)
COPILOT = ("manage_billing:copilot", "organization_copilot_seat_management")
CODESPACES = ("admin:org", "organization_codespaces")


@routes.get("/orgs/<org>/copilot/billing/seats")
def seats(org: str) -> Response:
    """Every Copilot seat."""
    known = owned(org, *COPILOT)
    held = sorted(known.seats.values(), key=lambda seat: seat.user)
    return listed(held, lambda each: _seat(known, each), under="seats", total="total_seats")


@routes.get("/orgs/<org>/members/<login>/copilot")
def seat(org: str, login: str) -> Response:
    """One person's seat; 404 without one."""
    known = owned(org, *COPILOT)
    number = state.user(known, login).id
    if number not in known.seats:
        raise Refusal(404)
    return answer(_seat(known, known.seats[number]))


@routes.delete("/orgs/<org>/copilot/billing/selected_users")
def cancel_seats(org: str) -> Response:
    """End seats given by name at the end of the billing cycle; a seat given through a team ends with the team only."""
    known = owned(org, *COPILOT)
    names = sent().get("selected_usernames")
    if not names:
        raise Refusal(422, "Validation Failed")
    asked = [known.seats[number] for name in names if (number := state.user(known, name).id) in known.seats]
    ended = [each for each in asked if not each.team and not each.ends]
    for each in ended:
        each.ends = f"{state.now()[:8]}28"
    return answer({"seats_cancelled": len(ended)})


@routes.post("/orgs/<org>/copilot/billing/selected_users")
def buy_seats(org: str) -> Response:
    """Buy seats for members; one that was ending goes on."""
    known = owned(org, *COPILOT)
    people = [state.user(known, name).id for name in sent().get("selected_usernames") or ()]
    if not people or not all(state.active(known, number) for number in people):
        raise Refusal(422, "Validation Failed")
    new = [number for number in people if number not in known.seats]
    for number in people:
        known.seats.setdefault(number, Seat(number, state.now())).ends = None
    return answer({"seats_created": len(new)}, 201)


@routes.get("/orgs/<org>/members/<login>/codespaces")
def codespaces(org: str, login: str) -> Response:
    """One member's development machines that the organisation pays for."""
    known = owned(org, *CODESPACES)
    number = state.user(known, login).id
    found = [each for each in known.codespaces if each.user == number]
    return listed(found, lambda each: _codespace(known, each), under="codespaces")


@routes.delete("/orgs/<org>/members/<login>/codespaces/<name>")
def delete_codespace(org: str, login: str, name: str) -> Response:
    """Delete one, in the background, with what was never pushed from it."""
    known = owned(org, *CODESPACES)
    number = state.user(known, login).id
    if not any((each.name, each.user) == (name, number) for each in known.codespaces):
        raise Refusal(404)
    later(lambda then: _delete(then, name))
    return answer({}, 202)


def _delete(known: Org, name: str) -> None:
    known.codespaces = [each for each in known.codespaces if each.name != name]


def _seat(known: Org, each: Seat) -> dict[str, Any]:
    team = {"assigning_team": shapes.team(base(), known, known.teams[each.team])} if each.team in known.teams else {}
    return {
        "assignee": shapes.user(base(), known.users[each.user]),
        "organization": shapes.short_org(base(), known),
        **team,
        "pending_cancellation_date": each.ends,
        "last_activity_at": each.used_at,
        "last_activity_editor": "vscode/1.95.0" if each.used_at else None,
        "created_at": each.made_at,
        "updated_at": each.made_at,
        "plan_type": "business",
    }


def _codespace(known: Org, each: Codespace) -> dict[str, Any]:
    url = f"{base()}/user/codespaces/{each.name}"
    steps = {f"{word}_url": f"{url}/{word}" for word in ("start", "stop", "machines")}
    return {
        "id": each.id,
        "name": each.name,
        "environment_id": None,
        "owner": shapes.user(base(), known.users[each.user]),
        "billable_owner": shapes.account(base(), known),
        "repository": shapes.plain_repo(base(), known, known.repos[each.repo]),
        "machine": None,
        "prebuild": False,
        "created_at": each.made_at,
        "updated_at": each.used_at,
        "last_used_at": each.used_at,
        "state": "Shutdown",
        "url": url,
        "git_status": {"ahead": 1, "behind": 0, "ref": "main", "has_unpushed_changes": True},
        "location": "WestEurope",
        "idle_timeout_minutes": 30,
        "web_url": f"{base()}/codespaces/{each.name}",
        "pulls_url": None,
        "recent_folders": [],
        **steps,
    }
