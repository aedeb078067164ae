"""Webhooks and apps that somebody brought in: GitHub's objects do not say who, its audit log does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from bot.domain.model import Account, Asset, Credential
from connectors.github.repositories import target
from connectors.github.sight import ended, gone, no_repository
from connectors.github.wire import NOT_FOUND, REPOSITORY, Api, Row, hidden, permitted
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.together import side_by_side

LOG = "the scope read:audit_log, or the app's permission Administration (organization): read"
HOOKS = "the scope admin:org_hook, or the app's permission Webhooks (organization): write"
UNKNOWN = (
    f"Who made a webhook or brought in an app stands only in GitHub's audit log. Reading it needs {LOG}. "
    "Look there for hook.create and integration_installation.create."
)
_ACTIONS = ("hook.create", "integration_installation.create")


@dataclass(frozen=True, slots=True)
class Made:
    """What the audit log says one account made and is still there; `seen` is False where the log is hidden."""

    hooks: tuple[tuple[Row | None, Row], ...] = ()
    apps: tuple[Row, ...] = ()
    seen: bool = False


def asked(api: Api, who: Account, repos: Iterable[Row]) -> Made:
    """The webhooks and apps this account made. Raises ConnectorError."""
    found = side_by_side(partial(_events, api, who), _ACTIONS, at_once=api.at_once)
    made, brought = found
    if made is None or brought is None:
        return Made()
    by_name = {str(row["full_name"]).lower(): row for row in repos}
    places = {str(one.get("repo") or "").lower() for one in made}
    wanted = {str(one["hook_id"]) for one in made if one.get("hook_id")}
    lists = side_by_side(partial(_listed, api), [by_name.get(place) for place in places], at_once=api.at_once)
    if any(one is None for one in lists):
        return Made()
    hooks = tuple(hit for one in lists if one for hit in one if str(hit[1]["id"]) in wanted)
    names = {str(one.get("name") or "").lower().replace(" ", "-") for one in brought}
    apps = _apps(api) if names else ()
    return Made(hooks, tuple(row for row in apps or () if row.get("app_slug") in names), apps is not None)


def _events(api: Api, who: Account, action: str) -> tuple[Row, ...] | None:
    def ask() -> tuple[Row, ...]:
        phrase = f"actor:{who.label} action:{action}"
        return tuple(row for page in api.pages(f"{api.home}/audit-log", phrase=phrase) for row in page)

    rows = permitted(ask)
    # A name that had another owner once leaves that owner's events under it: the number decides.
    return None if rows is None else tuple(row for row in rows if str(row.get("actor_id", "")) == who.native_id)


def _listed(api: Api, repo: Row | None) -> tuple[tuple[Row | None, Row], ...] | None:
    path = f"/repos/{repo['full_name']}/hooks" if repo else f"{api.home}/hooks"
    rows = permitted(partial(api.every, path, needs=REPOSITORY if repo else HOOKS))
    return None if rows is None else tuple((repo, row) for row in rows)


def _apps(api: Api) -> tuple[Row, ...] | None:
    return permitted(partial(api.every, f"{api.home}/installations", under="installations"))


def credential(who: Account, repo: Row | None, row: Row) -> Credential:
    """A webhook: it sends what happens in the repository to an address, whoever has left."""
    place = f"hook:{repo['id']}:{row['id']}" if repo else f"org-hook:{row['id']}"
    address = str((row.get("config") or {}).get("url") or "").split("?")[0]
    where = str(repo["name"]) if repo else "the whole organisation"
    label = f"webhook to {address} on {where}"
    active = row.get("active") is not False
    return Credential(who, place, "webhook", label, active, personal=False, restorable=False)


def app(who: Account, row: Row) -> Asset:
    """An app that somebody let into the organisation; it stays when they leave."""
    return Asset(who, f"app:{row['id']}", "GitHub App", str(row["app_slug"]))


def remove(api: Api, one: Credential) -> Outcome:
    """Remove a webhook. Raises ConnectorError."""
    *place, number = one.native_id.split(":")
    home = _home(api, place)
    if home is None:
        return no_repository(api)
    needs = HOOKS if len(place) == 1 else REPOSITORY
    if number not in {str(row["id"]) for row in api.every(home, needs=needs)}:
        return gone(api, "The webhook is not there.")
    answer = api.send("DELETE", f"{home}/{number}", needs=needs, accept=NOT_FOUND)
    if answer.found:
        return ended(answer, f"Removed: {one.label}.")
    if number in {str(row["id"]) for row in api.every(home, needs=needs)}:
        raise hidden(needs)
    return Outcome(Result.ALREADY, "It was gone already.")


def _home(api: Api, place: list[str]) -> str | None:
    if len(place) == 1:
        return f"{api.home}/hooks"
    repo = target(api, place[1])
    return f"{repo.path}/hooks" if repo else None


def again() -> ConnectorError:
    """The error of giving one back: GitHub never shows the secret of a webhook, so it cannot be made again."""
    return ConnectorError("A webhook has a secret that GitHub shows to nobody; make a new one.", kind=Kind.PERMANENT)
