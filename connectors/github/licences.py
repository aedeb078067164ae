"""What the organisation pays for by the head: a Copilot seat, and codespaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import call
from typing import Any

from bot.domain.model import Account, Asset, Entitlement
from connectors.github import facts
from connectors.github.membership import nobody
from connectors.github.names import asked_by_name
from connectors.github.sight import ended, gone
from connectors.github.wire import Api, Row, permitted, rows_of
from connectors.interface import ConnectorError, Outcome, Result
from connectors.wire.together import side_by_side

SEATS = "the scope admin:org, or the app's permission Copilot Business: write"
MACHINES = "the scope admin:org, or the app's permission Organization codespaces: read"
UNSEEN = f"GitHub does not show us Copilot seats. It needs {SEATS}."
NO_MACHINES = f"GitHub does not show us codespaces. It needs {MACHINES}."
_NONE = frozenset({404, 422})  # no seat; and no Copilot in this organisation


@dataclass(frozen=True, slots=True)
class Held:
    """Her seat (None: none) and her codespaces (None: hidden). `seen` is False where seats are hidden."""

    seat: Row | None = None
    seen: bool = True
    machines: tuple[Row, ...] | None = ()


def asked(api: Api, who: Account) -> Held:
    """The seat and the codespaces of one account; an Enterprise Server knows neither. Raises ConnectorError."""
    if api.server:
        return Held()
    people = f"{api.home}/members/{who.label}"
    asks: tuple[Callable[[], Any], ...] = (
        partial(permitted, partial(api.send, "GET", f"{people}/copilot", needs=SEATS, accept=_NONE)),
        partial(permitted, partial(_machines, api, f"{people}/codespaces")),
    )
    seat, machines = side_by_side(call, asks, at_once=api.at_once)
    own = seat.body if seat is not None and seat.status not in _NONE else None
    return Held(own, seat is not None, machines)


def _machines(api: Api, path: str) -> tuple[Row, ...]:
    """Who is no member (404) has none that the organisation pays for."""
    first = api.send("GET", path, params={"per_page": 100}, needs=MACHINES, accept=_NONE)
    if first.status in _NONE:
        return ()
    rows = rows_of(first, "codespaces")
    whole = len(rows) >= int(first.body.get("total_count") or 0)
    return rows if whole else api.every(path, needs=MACHINES, under="codespaces")


def still_shown(api: Api) -> None:
    """That there is no seat is told like what a token may not see: raises ConnectorError where ours sees no more.

    An app is refused in so many words, so nothing is asked for it.
    """
    if not api.signing.is_app and not api.server:
        api.sure(f"{api.home}/organization-roles", needs=SEATS)


def seat(row: Row) -> Entitlement | None:
    """A seat given to the person by name; one that a team gives ends with the team, one that is ending has ended."""
    if row.get("assigning_team") or row.get("pending_cancellation_date"):
        return None
    return Entitlement("copilot", "licence", "Copilot seat", detail=str(row.get("plan_type") or ""))


def machine(who: Account, row: Row) -> Asset:
    """A codespace: a machine that may hold work that was never pushed."""
    unpushed = (row.get("git_status") or {}).get("has_unpushed_changes")
    on = (row.get("repository") or {}).get("name", "")
    label = f"{row['name']} on {on}{', with work that was never pushed' if unpushed else ''}"
    return Asset(who, f"codespace:{row['id']}", "codespace", label, last_activity=facts.moment(row.get("last_used_at")))


def take(api: Api, account: Account) -> Outcome:
    """End a seat, at the end of the period that is paid for. Raises ConnectorError."""
    login, held = asked_by_name(api, account.native_id, lambda name: f"{api.home}/members/{name}/copilot", accept=_NONE)
    if login is None or held.status in _NONE:
        still_shown(api)
        return gone(api, "The account has no Copilot seat.")
    if seat(held.body) is None:
        return Outcome(Result.ALREADY, "The Copilot seat is ending, or ends with the team that gives it.")
    body = {"selected_usernames": [login]}
    answer = api.send("DELETE", f"{api.home}/copilot/billing/selected_users", body, needs=SEATS)
    return ended(answer, "Copilot seat ended; it works until the end of the period that is paid for.")


def give(api: Api, account: Account) -> Outcome:
    """Buy a seat for a member. Raises ConnectorError, TRANSIENT where the membership is not there yet."""
    login, held = asked_by_name(api, account.native_id, lambda name: f"{api.home}/members/{name}/copilot", accept=_NONE)
    if login is None:
        raise nobody()
    if held.status not in _NONE and not held.body.get("pending_cancellation_date"):
        return Outcome(Result.ALREADY, "The account has a Copilot seat.")
    body = {"selected_usernames": [login]}
    path = f"{api.home}/copilot/billing/selected_users"
    answer = api.send("POST", path, body, needs=SEATS, accept=frozenset({422}))
    if answer.status == 422:
        raise ConnectorError("The Copilot seat follows once the membership is there.")
    return ended(answer, "Copilot seat given.")
