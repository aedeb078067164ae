"""Being in a team."""

from __future__ import annotations

from bot.domain.model import Account
from connectors.github import facts
from connectors.github.membership import NO_ACCOUNT, joined, looked_again, nobody
from connectors.github.names import asked_by_name
from connectors.github.sight import ended, gone
from connectors.github.wire import NOT_FOUND, OWNER, Api, Row, permitted, rows_of
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.together import side_by_side

_NOT_OFFERED = frozenset({400, 404, 422})  # no single sign-on, another kind of it, or another plan
TEAM = f"{OWNER}, and a team that no identity provider manages (where one does, its owner takes the person out there)"


def opens(api: Api, row: Row) -> tuple[Row, ...]:
    """The repositories a team opens. Raises ConnectorError."""
    return api.every(f"{api.home}/teams/{row['slug']}/repos", keep=facts.slim)


def filled_by(api: Api, row: Row) -> str:
    """The groups of an identity provider that fill a team; empty where none does, or the plan knows no such thing.

    Raises ConnectorError.
    """
    where = f"{api.home}/teams/{row['slug']}"
    lists = [(f"{where}/external-groups", "groups")]
    lists += [] if api.server else [(f"{where}/team-sync/group-mappings", "groups")]
    found = side_by_side(lambda one: _groups(api, *one), lists, at_once=api.at_once)
    return ", ".join(dict.fromkeys(str(group["group_name"]) for groups in found for group in groups))


def _groups(api: Api, path: str, under: str) -> tuple[Row, ...]:
    answer = permitted(lambda: api.send("GET", path, accept=_NOT_OFFERED))
    return () if answer is None or answer.status in _NOT_OFFERED else rows_of(answer, under)


def _team(api: Api, number: str) -> Row | None:
    return next((row for row in api.every(f"{api.home}/teams") if str(row["id"]) == number), None)


def leave(api: Api, account: Account, number: str) -> Outcome:
    """End a membership of a team. Raises ConnectorError."""
    team = _team(api, number)
    if team is None:
        return gone(api, "The team no longer exists.")
    where = f"teams/{team['slug']}/memberships"
    login, held = asked_by_name(api, account.native_id, lambda name: f"{api.home}/{where}/{name}")
    if login is None or not held.found:
        return gone(api, NO_ACCOUNT if login is None else f"The account is not in team {team['name']}.")
    answer = api.send("DELETE", f"{api.home}/{where}/{login}", needs=TEAM, accept=NOT_FOUND)
    if not answer.found:
        return looked_again(api, account, where, TEAM)
    return ended(answer, f"Membership of team {team['name']} ended.")


def join(api: Api, account: Account, number: str, detail: str) -> Outcome:
    """Give a membership of a team; a maintainer is never made less. Raises ConnectorError."""
    team = _team(api, number)
    if team is None:
        raise ConnectorError("The team no longer exists.", kind=Kind.GONE)
    role = facts.MAINTAINERS if detail == facts.MAINTAINERS else "member"
    where = f"{api.home}/teams/{team['slug']}/memberships"
    login, held = asked_by_name(api, account.native_id, lambda name: f"{where}/{name}")
    if login is None:
        raise nobody()
    if held.found and held.body["state"] == "active" and held.body["role"] in {role, facts.MAINTAINERS}:
        return Outcome(Result.ALREADY, f"The account is in team {team['name']}.", evidence=held.evidence)
    answer = api.send("PUT", f"{where}/{login}", {"role": role}, needs=TEAM)
    return joined(answer, f"Membership of team {team['name']} given.", f"team:{number}")
