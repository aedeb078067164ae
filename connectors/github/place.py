"""The organisation as it is now: what is known before anything about one account is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from operator import call
from typing import Any

from connectors.github import facts, roles
from connectors.github.names import profile
from connectors.github.sight import owned, owners
from connectors.github.wire import Api, Row, permitted
from connectors.wire.http import Answer
from connectors.wire.together import side_by_side


@dataclass(frozen=True, slots=True)
class Place:
    """The organisation's own lists. `roles` is None where they are hidden; `app` what an app of ours may do there."""

    own: Row
    org: Row
    teams: tuple[Row, ...]
    repos: tuple[Row, ...]
    owners: frozenset[str]
    outside: frozenset[str]
    unnamed: int
    roles: tuple[Row, ...] | None
    app: Row | None

    @property
    def control(self) -> str:
        """What was read to prove that we see everything."""
        how = "read by its app" if self.app is not None else "read as its owner"
        return f"organisation {self.org['login']}, {how} {self.own['login']}"


def together(api: Api, calls: Iterable[Callable[[], Any]]) -> tuple[Any, ...]:
    """The results of independent questions, in their order."""
    return side_by_side(call, calls, at_once=api.at_once)


def looked_at(api: Api, native_id: str) -> tuple[Answer, Place]:
    """Level 1: the person, ourselves, and the lists of the organisation. Raises ConnectorError."""
    home = api.home
    user, own, app, org, teams, repos, heads, outside, invitations, named = together(
        api,
        (
            partial(profile, api, native_id),
            api.own,
            api.signing.place,
            partial(api.sure, home),
            partial(api.every, f"{home}/teams"),
            partial(api.every, f"{home}/repos", keep=facts.slim),
            partial(owners, api),
            partial(api.every, f"{home}/outside_collaborators"),
            partial(_invitations, api),
            partial(roles.listed, api),
        ),
    )
    unnamed = sum(not row.get("login") for row in invitations or ())
    outsiders = frozenset(str(row["id"]) for row in outside)
    ids = owned(api, app, heads)
    return user, Place(own, org.body, teams, repos, ids, outsiders, unnamed, named, app)


def _invitations(api: Api) -> tuple[Row, ...] | None:
    """Open invitations to the organisation; an Enterprise Server has none."""
    return () if api.server else permitted(partial(api.every, f"{api.home}/invitations"))
