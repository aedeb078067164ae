"""What one account reaches in the organisation, in three levels of calls that depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
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
from connectors.github import credentials, facts, hooks, roles
from connectors.github.names import refuse_other, same_name
from connectors.github.place import Place, looked_at, together
from connectors.github.sight import unlisted
from connectors.github.wire import NAME, REPOSITORY, Api, Row, permitted
from connectors.wire.http import Answer

SESSIONS = "GitHub does not let an organisation see or end browser sessions."
UNKNOWN_MAKER = "The GitHub account no longer exists, so the keys it once added cannot be told from others."
NO_ROLES = f"{NAME} does not show us the organisation's roles. It needs {roles.ROLES}."

Held = TypeVar("Held")


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


@dataclass(frozen=True, slots=True)
class Around:
    """Level 2: what GitHub says about one account. `roles` is None where they are hidden."""

    member: Answer
    roles: tuple[Grant, ...] | None
    signs: credentials.Held
    made: hooks.Made
    teams: list[Team]
    repos: list[Repo]


def read(api: Api, system: SystemKey, link: Link, now: datetime) -> Reading:
    """Everything the account reaches. Raises ConnectorError when the organisation cannot be read as its owner."""
    user, place = looked_at(api, link.native_id)
    if not user.found:
        return Reading(
            system,
            now,
            place.control,
            credentials=unseen(credentials.NO_SSO),
            made=unseen(UNKNOWN_MAKER),
            sessions=absent(SESSIONS),
            evidence=user.evidence,
        )
    who = facts.account(system, user.body)
    around = _around(api, place, who)
    assets, held = _held(api, place, who, around)
    grants = _grants(held, place, around)
    return Reading(
        system,
        now,
        place.control,
        _account(who, around.member, grants),
        grants,
        credentials.part(who, around.signs),
        _assets(assets, who, place, around),
        _part(_made(place, who, around), place, around.repos, "keys", doubt=_former(who, link.label, around.repos)),
        absent(SESSIONS),
        (*user.evidence, *around.member.evidence),
    )


def _around(api: Api, place: Place, who: Account) -> Around:
    """Her place in the organisation and in each team, what she signs in with, and what is on each repository."""
    member = partial(api.get, f"{api.home}/memberships/{who.label}")
    hers = (partial(roles.held, api, who, place.roles), partial(credentials.asked, api, who))
    made = partial(hooks.asked, api, who, place.repos)
    teams = [partial(api.get, f"{api.home}/teams/{row['slug']}/memberships/{who.label}") for row in place.teams]
    repos = [question for row in place.repos for question in _about(api, row)]
    found = together(api, (member, *hers, made, *teams, *repos))
    refuse_other(who, found[0])
    named = zip(place.teams, found[4 : 4 + len(teams)], strict=True)
    inside = [Team(row, one.body["role"], one.body["state"]) for row, one in named if one.found]
    rest = found[4 + len(teams) :]
    on = [Repo(row, *rest[3 * index : 3 * index + 3]) for index, row in enumerate(place.repos)]
    return Around(found[0], found[1], found[2], found[3], inside, on)


def _about(api: Api, row: Row) -> Iterable[Callable[[], Any]]:
    path = f"/repos/{row['full_name']}"
    yield partial(permitted, partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="direct"))
    yield partial(permitted, partial(api.every, f"{path}/keys", needs=REPOSITORY))
    yield partial(permitted, partial(api.every, f"{path}/invitations", needs=REPOSITORY))


def _held(api: Api, place: Place, who: Account, around: Around) -> tuple[list[Asset], list[Grant]]:
    """Level 3: what her teams open, who else administers what she does, and whether she is still called so."""
    repos = around.repos
    mine = [one.row for one in repos if any(facts.role_of(row) == "admin" for row in _hers(one.direct, who))]
    asked = [partial(api.every, f"{api.home}/teams/{one.row['slug']}/repos") for one in around.teams]
    owned = [partial(_asset, api, place, who, row, repos) for row in mine]
    found = together(api, (*asked, *owned, partial(same_name, api, who)))[:-1]
    teams = [replace(one, repos=opened) for one, opened in zip(around.teams, found, strict=False)]
    seen = {row["id"] for row in mine}
    opened = {row["id"]: row for one in teams for row in one.repos if facts.role_of(row) == "admin"}
    more = together(api, (partial(_asset, api, place, who, row, repos) for i, row in opened.items() if i not in seen))
    assets = [*found[len(asked) :], *more]
    rights = _rights(place, who, around.member, teams, repos, tuple(asset.native_id for asset in assets))
    return assets, [*(Grant(who, right) for right in rights), *(around.roles or ())]


def _asset(api: Api, place: Place, who: Account, row: Row, repos: list[Repo]) -> Asset:
    path = f"/repos/{row['full_name']}"
    people, activity = together(
        api,
        (
            partial(api.every, f"{path}/collaborators", needs=REPOSITORY, affiliation="all"),
            partial(permitted, partial(api.send, "GET", f"{path}/activity", params={"per_page": 100})),
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
            if facts.invitee(row) == who.native_id and not row.get("expired"):  # lapsed ones stay in the list
                yield facts.repository_invitation(one.row, facts.invited_role(row))


def _account(who: Account, member: Answer, grants: Part[Grant]) -> Part[Account]:
    """An account that holds nothing here is none of this organisation's; one that is only invited cannot act yet."""
    if not grants.items:
        return Part() if grants.complete else Part((), grants.seen, grants.why)
    pending = not member.found or member.body["state"] == "pending"
    waiting = pending and all(grant.entitlement.kind == facts.INVITED for grant in grants.items)
    return Part((replace(who, active=not waiting),))


def _grants(held: list[Grant], place: Place, around: Around) -> Part[Grant]:
    part = _part(held, place, around.repos, "direct", "invitations", why=_unnamed(place))
    if around.roles is None and around.member.found:  # nobody outside the organisation holds one of its roles
        return Part(part.items, Completeness.PARTIAL, " ".join(filter(None, (part.why, NO_ROLES))))
    return part


def _assets(assets: list[Asset], who: Account, place: Place, around: Around) -> Part[Asset]:
    """Repositories she administers and apps she brought in; webhooks count here too where nobody says whose."""
    items = [*assets, *(hooks.app(who, row) for row in around.made.apps)]
    part = _part(items, place, around.repos, "direct")
    if around.made.seen:
        return part
    return Part(part.items, Completeness.PARTIAL, " ".join(filter(None, (part.why, hooks.UNKNOWN))))


def _made(place: Place, who: Account, around: Around) -> list[Credential]:
    own = str(place.own["login"])
    keys = [
        facts.deploy_key(who, one.row, row)
        for one in around.repos
        for row in one.keys or ()
        if facts.made_by(row, who, own)
    ]
    return keys + [hooks.credential(who, repo, row) for repo, row in around.made.hooks]


def _former(who: Account, before: str, repos: list[Repo]) -> str:
    """GitHub names the maker of a key by login only: a key under a name she had before may be hers or another's."""
    keys = [(one.row["name"], facts.plain_title(row)) for one in repos for row in one.keys or ()
            if before != who.label and row.get("added_by") == before]  # fmt: skip
    found = ", ".join(f"{title} on {name}" for name, title in keys)
    return f"The account was called {before} before, and under that name stands: {found}." if found else ""


def _part(
    items: list[Held], place: Place, repos: list[Repo], *asked: str, why: str = "", doubt: str = ""
) -> Part[Held]:
    """Complete only when every repository was listed and answered, and nothing is in doubt."""
    hidden = [one.row["name"] for one in repos if any(getattr(one, name) is None for name in asked)]
    if unlisted(place.org, place.repos):
        hidden.append("some private repositories")
    if hidden:
        return Part(tuple(items), Completeness.PARTIAL, f"{NAME} did not show us {', '.join(hidden)}.")
    if doubt:
        return Part(tuple(items), Completeness.PARTIAL, doubt)
    return Part(tuple(items), why=why)


def _unnamed(place: Place) -> str:
    if not place.unnamed:
        return ""
    return f"{place.unnamed} open invitations went to an e-mail address and cannot be matched to an account."
