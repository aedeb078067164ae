"""What goes on in the repositories that an account works in: whether it is too early to take it out of them.

All of it is for the person who is asked, so what GitHub does not tell is left out and said to be; a reading never fails
for it. Source of what a scheduled run says: GitHub, "Events that trigger workflows", actor for scheduled workflows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import call
from typing import Any, TypeVar

from bot.domain.model import Account, Grant
from bot.domain.reading import Completeness, Part, Work
from connectors.github import facts
from connectors.github.bulk import Direct, batches
from connectors.github.wire import NAME, Api, Row, rows_of
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer, garbled
from connectors.wire.together import side_by_side

Got = TypeVar("Got")
MOST = 10  # repositories that are asked about, those with the newest pushes: three calls for each, and two for all
SHOWN = 100
PULLS = "the scope repo, or the app's permission Pull requests: read"
RUNS = "the scope repo, or the app's permission Actions: read"
PUSHES = "the scope repo, or the app's permission Contents: read"
TEAMS = "the scope read:org, or the app's permission Members: read"
CUT = f"Only the {MOST} repositories with the newest pushes were looked at."
NOT_ASKED = "It was not asked what goes on: this look was to prove a change."
OFTEN = f"Of what runs on a schedule only the newest {SHOWN} runs in a repository were looked at."
UNSEEN = f"{NAME} does not show who may change some repositories: what goes on in them is not known."
_BELOW = frozenset({"none", "read", "triage"})
_RIGHTS = frozenset({"repo", "environment", "branch", "bypass"})  # native ids that name a repository after these
REACHED = """query($org: String!, $logins: [String!]!) { organization(login: $org) {
  teams(first: 50, userLogins: $logins) { totalCount nodes { databaseId
    repositories(first: 100) { totalCount edges { permission node { databaseId } } } } } } }"""
OPEN = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository {
  pullRequests(states: OPEN, first: 100) { totalCount nodes {
    author { ... on User { databaseId } }
    reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { databaseId } } } } } } } } }"""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer (None: there is none), and why there is none."""

    said: Any = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked of one repository."""

    row: Row
    pulls: Row | None
    pushes: Told
    running: Told
    scheduled: Told


@dataclass(frozen=True, slots=True)
class Reached:
    """The repositories that are looked at, the teams by the number of what they open, and what is left out and why."""

    repos: tuple[Row, ...] = ()
    teams: Mapping[int, frozenset[str]] | None = None
    why: str = ""


def teams(api: Api, who: Account) -> Told:
    """Which repositories her teams let her change, before each team is asked. Raises ConnectorError, seldom."""
    found = _told(partial(api.graphql, REACHED, org=api.org, logins=[who.label]), TEAMS)
    organisation = (found.said or {}).get("organization")
    return Told(organisation["teams"], found.why) if organisation else Told(None, found.why or CUT)


def chosen(repos: Sequence[Row], direct: Sequence[Direct], through: Told) -> Reached:
    """Where she may change something: of many repositories those with the newest pushes."""
    known = {int(row["id"]): row for row in repos}
    by_team, cut = _by_team(through.said)
    named = {
        int(row["id"])
        for row, one in zip(repos, direct, strict=True)  # a repository stands twice where the list moved meanwhile
        if one.hers is not None and facts.role_of(one.hers) not in _BELOW
    }
    every = sorted((known[one] for one in named | by_team.keys() if one in known), key=_pushed, reverse=True)
    said = through.why or (CUT if cut or len(every) > MOST else "")
    unseen = "" if all(one.seen for one in direct) else UNSEEN
    return Reached(tuple(every[:MOST]), by_team, " ".join(filter(None, (said, unseen))))


def _pushed(row: Row) -> str:
    return str(row.get("pushed_at") or "")


def _by_team(found: Row | None) -> tuple[dict[int, frozenset[str]], bool]:
    """By the number of a repository the teams that open it, and whether a list was longer than what was asked for."""
    rows = (found or {}).get("nodes") or ()
    cut = found is not None and found["totalCount"] > len(rows)
    opened: dict[int, frozenset[str]] = {}
    for team in rows:
        edges = team["repositories"]["edges"]
        cut = cut or team["repositories"]["totalCount"] > len(edges)
        for edge in edges:
            if str(edge["permission"]).lower() not in _BELOW:
                number = int(edge["node"]["databaseId"])
                opened[number] = opened.get(number, frozenset()) | {f"team:{team['databaseId']}"}
    return opened, cut


def asked(api: Api, reached: Reached) -> tuple[Seen, ...]:
    """Everything that is asked about these repositories, side by side. Raises ConnectorError, seldom."""
    if not reached.repos:
        return ()
    asks: tuple[Callable[[], Any], ...] = (
        partial(_told, partial(batches, api, OPEN, reached.repos), PULLS),
        *(partial(_asked, api, row) for row in reached.repos),
    )
    pulls, *rest = side_by_side(call, asks, at_once=api.at_once)
    shown = pulls.said or {}
    return tuple(
        Seen(row, (shown.get(int(row["id"])) or {}).get("pullRequests"), *answers)
        for row, answers in zip(reached.repos, rest, strict=True)
    )


def _asked(api: Api, row: Row) -> tuple[Told, Told, Told]:
    home = f"/repos/{row['full_name']}"
    runs = f"{home}/actions/runs"
    asks = (
        partial(_told, partial(_sent, api, f"{home}/activity", PUSHES, "", per_page=SHOWN), PUSHES),
        partial(_told, partial(_sent, api, runs, RUNS, "workflow_runs", status="in_progress", per_page=1), RUNS),
        partial(_told, partial(_sent, api, runs, RUNS, "workflow_runs", event="schedule", per_page=SHOWN), RUNS),
    )
    pushes, running, scheduled = side_by_side(call, asks, at_once=api.at_once)
    return pushes, running, scheduled


def _sent(api: Api, path: str, needs: str, under: str, **params: object) -> Answer:
    """One page of a list. Raises ConnectorError, also where it is none."""
    answer = api.send("GET", path, params=params, needs=needs)
    rows_of(answer, under)
    if under and not isinstance(answer.body.get("total_count"), int):
        raise garbled(NAME)
    return answer


def _told(ask: Callable[[], Any], needs: str) -> Told:
    """The answer, or why there is none. Raises ConnectorError where GitHub wants us to wait, or knows us no more."""
    try:
        return Told(ask())
    except ConnectorError as error:
        if error.kind in {Kind.THROTTLED, Kind.CREDENTIAL}:
            raise
        return Told(
            None, error.said if error.retry else f"{NAME} did not show us what goes on there. It needs {needs}."
        )


# ---- what was found, as our values ----


def part(who: Account, reached: Reached, seen: Sequence[Seen], grants: Iterable[Grant]) -> Part[Work]:
    """What goes on, by repository, with the rights that lead there; complete when every question was answered."""
    held = [one.entitlement.native_id for one in grants]
    items = tuple(_work(who, reached, one, held) for one in seen)
    hidden = [one.why for each in seen for one in (each.pushes, each.running, each.scheduled) if one.why]
    if any(one.pulls is None for one in seen):
        hidden.append(f"{NAME} did not show us open pull requests. It needs {PULLS}.")
    if any(one.scheduled.said and not _whole(one.scheduled.said) for one in seen):
        hidden.append(OFTEN)
    reasons = " ".join(dict.fromkeys([reached.why, *hidden] if reached.why else hidden))
    return Part(items, Completeness.PARTIAL, reasons) if reasons else Part(items)


def _work(who: Account, reached: Reached, seen: Seen, held: Iterable[str]) -> Work:
    number = int(seen.row["id"])
    teams = (reached.teams or {}).get(number, frozenset())
    rights = tuple(one for one in held if one in teams or _leads_to(one, number))
    push = facts.last_push(seen.pushes.said)
    actor = (push or {}).get("actor")
    pulls, reviews = _pulls(who, seen.pulls)
    return Work(
        f"repo:{number}",
        "repository",
        seen.row["name"],
        rights,
        last_change=facts.moment((push or {}).get("timestamp")),
        last_actor=facts.account(who.system, actor) if actor else None,
        pulls=pulls,
        reviews=reviews,
        running=seen.running.said.body["total_count"] if seen.running.said else None,
        schedules=_schedules(who, seen.scheduled.said),
    )


def _leads_to(native_id: str, number: int) -> bool:
    kind, _, rest = native_id.partition(":")
    return kind in _RIGHTS and rest.split(":")[0] == str(number)


def _pulls(who: Account, found: Row | None) -> tuple[int | None, int | None]:
    """Open pull requests of hers, and those that wait for her; unknown where there are more than a list shows."""
    if found is None or found["totalCount"] > len(found["nodes"]):
        return None, None
    rows = [one for one in found["nodes"] if one]
    asked_of = [
        [_is(who, one.get("requestedReviewer")) for one in (row.get("reviewRequests") or {}).get("nodes") or () if one]
        for row in rows
    ]
    return sum(_is(who, row.get("author")) for row in rows), sum(map(any, asked_of))


def _is(who: Account, person: Row | None) -> bool:
    return str((person or {}).get("databaseId")) == who.native_id


def _schedules(who: Account, found: Answer | None) -> tuple[str, ...] | None:
    """What runs by itself with her as its actor: the newest run of a workflow decides. None where there may be more.

    GitHub goes on running it after she has left the organisation, for as long as her account exists.
    """
    if found is None:
        return None
    newest: dict[int, Row] = {}
    for row in found.body["workflow_runs"]:
        newest.setdefault(int(row["workflow_id"]), row)
    hers = (row for row in newest.values() if str((row.get("actor") or {}).get("id")) == who.native_id)
    names = tuple(str(row.get("name") or row.get("path") or "") for row in hers)
    return names if names or _whole(found) else None


def _whole(found: Answer) -> bool:
    return bool(found.body["total_count"] <= len(found.body["workflow_runs"]))
