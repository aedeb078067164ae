"""What one account reaches in the organisation, in three levels of calls that depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import call
from typing import Any, TypeVar

from bot.domain.model import (
    Account,
    Asset,
    Completeness,
    Credential,
    Entitlement,
    Grant,
    Link,
    Part,
    Reading,
    SystemKey,
    absent,
    unseen,
)
from connectors.github import facts
from connectors.github.wire import NAME, OWNER, REPOSITORY, Api, Row
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer
from connectors.wire.together import side_by_side

TOKENS = (
    "Personal access tokens and SSH keys belong to the person's own GitHub account, and GitHub shows them to nobody "
    "else without single sign-on. They stop opening this organisation when the membership ends."
)
SESSIONS = "GitHub does not let an organisation see or end browser sessions."
UNKNOWN_MAKER = "The GitHub account no longer exists, so the keys it once added cannot be told from others."

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Place:
    """The organisation as it is now: what is known before anything about the account is asked."""

    own: Row
    org: Row
    teams: tuple[Row, ...]
    repos: tuple[Row, ...]
    owners: frozenset[str]
    outside: frozenset[str]
    unnamed: int


@dataclass(frozen=True, slots=True)
class Repo:
    """One repository, and what is directly on it; None where GitHub did not permit the question."""

    row: Row
    direct: tuple[Row, ...] | None
    keys: tuple[Row, ...] | None
    invitations: tuple[Row, ...] | None


@dataclass(frozen=True, slots=True)
class Team:
    """One team the account is in, its role there, and the repositories the team opens."""

    row: Row
    role: str
    state: str
    repos: tuple[Row, ...] = ()


def read(api: Api, system: SystemKey, link: Link, now: datetime) -> Reading:
    """Everything the account reaches. Raises ConnectorError when the organisation cannot be read as its owner."""
    user, place = _place(api, link.native_id)
    control = f"organisation {api.org}, read as its owner {place.own['login']}"
    if not user.found:
        return Reading(
            system,
            now,
            control,
            credentials=unseen(TOKENS),
            made=unseen(UNKNOWN_MAKER),
            sessions=absent(SESSIONS),
            evidence=user.evidence,
        )
    who = facts.account(system, user.body)
    member, teams, repos = _around(api, place, who)
    assets, held = _held(api, place, who, member, teams, repos)
    grants = _part(held, place, repos, "direct", "invitations", why=_unnamed(place))
    return Reading(
        system,
        now,
        control,
        _account(who, member, grants),
        grants,
        unseen(TOKENS),
        _part(assets, place, repos, "direct"),
        _part(_made(place, who, repos), place, repos, "keys"),
        absent(SESSIONS),
        (*user.evidence, *member.evidence),
    )


def owned(api: Api, own: Row, owners: Iterable[Row]) -> frozenset[str]:
    """The owners' ids. Raises ConnectorError PERMISSION unless we are one: another member is not shown everything."""
    ids = frozenset(str(row["id"]) for row in owners)
    if str(own["id"]) not in ids:
        said = f"Usher's {NAME} account is not an owner of {api.org}, so it cannot see everything. It needs {OWNER}."
        raise ConnectorError(said, kind=Kind.PERMISSION)
    return ids


def unlisted(org: Row, repos: Iterable[Row]) -> bool:
    """Whether there are private repositories we are not shown: a token without the scope repo gets a shorter list."""
    return sum(bool(row.get("private")) for row in repos) < int(org.get("total_private_repos") or 0)


def _together(api: Api, calls: Iterable[Callable[[], Any]]) -> tuple[Any, ...]:
    return side_by_side(call, calls, at_once=api.at_once)


def _place(api: Api, native_id: str) -> tuple[Answer, Place]:
    """Level 1: the person, ourselves, and the lists of the organisation."""
    home = f"/orgs/{api.org}"
    user, own, org, teams, repos, owners, outside, invitations = _together(
        api,
        (
            partial(api.get, facts.by_number(native_id)),
            partial(api.sure, "/user"),
            partial(api.sure, home),
            partial(api.every, f"{home}/teams"),
            partial(api.every, f"{home}/repos"),
            partial(api.every, f"{home}/members", role="admin"),
            partial(api.every, f"{home}/outside_collaborators"),
            partial(_permitted, partial(api.every, f"{home}/invitations")),
        ),
    )
    unnamed = sum(not row.get("login") for row in invitations or ())
    outsiders = frozenset(str(row["id"]) for row in outside)
    return user, Place(own.body, org.body, teams, repos, owned(api, own.body, owners), outsiders, unnamed)


def _permitted(ask: Callable[[], Held]) -> Held | None:
    """The answer, or None where this one question is not permitted or its object is gone meanwhile."""
    try:
        return ask()
    except ConnectorError as error:
        if error.kind in {Kind.PERMISSION, Kind.GONE}:
            return None
        raise


def _around(api: Api, place: Place, who: Account) -> tuple[Answer, list[Team], list[Repo]]:
    """Level 2: her place in the organisation and in each team, and what is directly on each repository."""
    home = f"/orgs/{api.org}"
    member = partial(api.get, f"{home}/memberships/{who.label}")
    teams = [partial(api.get, f"{home}/teams/{row['slug']}/memberships/{who.label}") for row in place.teams]
    repos = [question for row in place.repos for question in _about(api, row)]
    found = _together(api, (member, *teams, *repos))
    named = zip(place.teams, found[1 : 1 + len(teams)], strict=True)
    inside = [Team(row, one.body["role"], one.body["state"]) for row, one in named if one.found]
    rest = found[1 + len(teams) :]
    around = [Repo(row, *rest[3 * index : 3 * index + 3]) for index, row in enumerate(place.repos)]
    refuse_other(who, found[0])
    return found[0], inside, around


def _about(api: Api, row: Row) -> Iterable[Callable[[], Any]]:
    path = f"/repos/{row['full_name']}"
    yield partial(_permitted, partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="direct"))
    yield partial(_permitted, partial(api.every, f"{path}/keys", needs=REPOSITORY))
    yield partial(_permitted, partial(api.every, f"{path}/invitations", needs=REPOSITORY))


def refuse_other(who: Account, member: Answer) -> None:
    """Stop when a login was given to somebody else between two calls. Raises ConnectorError GONE."""
    shown = (member.body or {}).get("user") or {} if member.found else {}
    if shown and str(shown.get("id")) != who.native_id:
        raise ConnectorError(f"The {NAME} name of this account now belongs to another account.", kind=Kind.GONE)


def _held(
    api: Api, place: Place, who: Account, member: Answer, teams: list[Team], repos: list[Repo]
) -> tuple[list[Asset], list[Grant]]:
    """Level 3: what her teams open, and who else administers what she does."""
    mine = [one.row for one in repos if any(facts.role_of(row) == "admin" for row in _hers(one.direct, who))]
    asked = [partial(api.every, f"/orgs/{api.org}/teams/{one.row['slug']}/repos") for one in teams]
    found = _together(api, (*asked, *(partial(_asset, api, place, who, row, repos) for row in mine)))
    teams = [replace(one, repos=opened) for one, opened in zip(teams, found, strict=False)]
    seen = {row["id"] for row in mine}
    opened = {row["id"]: row for one in teams for row in one.repos if facts.role_of(row) == "admin"}
    more = _together(api, (partial(_asset, api, place, who, row, repos) for i, row in opened.items() if i not in seen))
    assets = [*found[len(asked) :], *more]
    rights = _rights(place, who, member, teams, repos, tuple(asset.native_id for asset in assets))
    return assets, [Grant(who, right) for right in rights]


def _asset(api: Api, place: Place, who: Account, row: Row, repos: list[Repo]) -> Asset:
    path = f"/repos/{row['full_name']}"
    people, activity = _together(
        api,
        (
            partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="all"),
            partial(_permitted, partial(api.send, "GET", f"{path}/activity", params={"per_page": 100})),
        ),
    )
    own = str(place.own["id"])
    direct = next((one.direct for one in repos if one.row["id"] == row["id"]), None) or ()
    # An owner reaches every repository; only one who was put on this one by name counts as its administrator.
    through = (one for one in people if str(one["id"]) not in place.owners)
    admins = [one for one in (*direct, *through) if facts.role_of(one) == "admin" and str(one["id"]) != own]
    writers = [one for one in people if facts.can_write(one) and str(one["id"]) != own]
    return facts.administered(who, row, admins, writers, _last_push(activity))


def _last_push(activity: Answer | None) -> Row | None:
    rows = activity.body if activity and isinstance(activity.body, list) else []
    pushes = (row for row in rows if row.get("activity_type") in {"push", "force_push", "pr_merge"})
    return max(pushes, key=lambda row: str(row.get("timestamp")), default=None)


def _hers(rows: tuple[Row, ...] | None, who: Account) -> list[Row]:
    return [row for row in rows or () if str(row["id"]) == who.native_id]


def _rights(
    place: Place, who: Account, member: Answer, teams: list[Team], repos: list[Repo], assets: tuple[str, ...]
) -> Iterable[Entitlement]:
    if member.found:
        pending, role = member.body["state"] == "pending", member.body["role"]
        yield facts.invited(place.org, role) if pending else facts.membership(place.org, role, assets)
    if who.native_id in place.outside:
        yield facts.outsider(place.org)
    yield from (facts.team(one.row, one.role, one.repos) for one in teams if one.state == "active")
    for one in repos:
        yield from (facts.collaboration(one.row, facts.role_of(row)) for row in _hers(one.direct, who))
        for row in one.invitations or ():
            if str((row.get("invitee") or {}).get("id")) == who.native_id:
                yield facts.repository_invitation(one.row, facts.invited_role(row))


def _account(who: Account, member: Answer, grants: Part[Grant]) -> Part[Account]:
    """An account that holds nothing here is none of this organisation's; one that is only invited cannot act yet."""
    if not grants.items:
        return Part() if grants.complete else Part((), grants.seen, grants.why)
    pending = not member.found or member.body["state"] == "pending"
    waiting = pending and all(grant.entitlement.kind == facts.INVITED for grant in grants.items)
    return Part((replace(who, active=not waiting),))


def _made(place: Place, who: Account, repos: list[Repo]) -> list[Credential]:
    own = str(place.own["login"])
    return [
        facts.deploy_key(who, one.row, row) for one in repos for row in one.keys or () if facts.made_by(row, who, own)
    ]


def _part(items: list[Held], place: Place, repos: list[Repo], *asked: str, why: str = "") -> Part[Held]:
    """Complete only when every repository was listed and answered."""
    hidden = [one.row["name"] for one in repos if any(getattr(one, name) is None for name in asked)]
    if unlisted(place.org, place.repos):
        hidden.append("some private repositories")
    if hidden:
        return Part(tuple(items), Completeness.PARTIAL, f"{NAME} did not show us {', '.join(hidden)}.")
    return Part(tuple(items), why=why)


def _unnamed(place: Place) -> str:
    if not place.unnamed:
        return ""
    return f"{place.unnamed} open invitations went to an e-mail address and cannot be matched to an account."
