"""What one account reaches in the organisation, in levels of calls that depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.model import Account, Asset, Credential, Grant, Link, SystemKey
from bot.domain.reading import Part, Reading, absent, unseen
from connectors.github import approvals, bulk, credentials, enterprise, facts, hooks, licences, roles, teams, work
from connectors.github.assets import asset
from connectors.github.names import refuse_other, same_name
from connectors.github.parts import Repo, Team, inside, on_repositories, part, team_grants
from connectors.github.place import Place, looked_at, together
from connectors.github.wire import REPOSITORY, Api, Row, permitted
from connectors.wire.http import Answer

SESSIONS = "GitHub does not let an organisation see or end browser sessions."
UNKNOWN_MAKER = "The GitHub account no longer exists, so the keys it once added cannot be told from others."
NO_ROLES = f"GitHub does not show us the organisation's roles. It needs {roles.ROLES}."
Invitations = Sequence[tuple[Row, ...] | None]


@dataclass(frozen=True, slots=True)
class Around:
    """Level 2: what GitHub says about one account. `roles` is None where they are hidden."""

    member: Answer
    roles: tuple[Grant, ...] | None
    signs: credentials.Held
    made: hooks.Made
    paid: licences.Held
    above: enterprise.Place
    approves: approvals.Asked
    direct: tuple[bulk.Direct, ...]
    reached: work.Reached | None
    teams: list[Team]


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that was asked about one account."""

    around: Around
    teams: list[Team]
    keys: tuple[tuple[Row, ...] | None, ...]
    assets: list[Asset]
    seats: approvals.Seats
    work: tuple[work.Seen, ...]


def read(api: Api, system: SystemKey, link: Link, now: datetime, *, goes_on: bool) -> Reading:
    """Everything the account reaches, and what goes on there only where that is asked for.

    Raises ConnectorError when the organisation cannot be read as its owner.
    """
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
    # One call for each repository: they take the longest, so everything else goes on beside them.
    asks = (partial(_invitations, api, place.repos), partial(_whole, api, place, who, goes_on=goes_on))
    invitations, whole = together(api, asks)
    return _reading(api, place, link, now, (user, who), invitations, whole)


def _reading(
    api: Api, place: Place, link: Link, now: datetime, known: tuple[Answer, Account], invited: Invitations, whole: Whole
) -> Reading:
    user, who = known
    around = whole.around
    repos = [Repo(*one) for one in zip(place.repos, around.direct, whole.keys, invited, strict=True)]
    grants = _grants(api, place, who, whole, repos)
    made = part(_made(place, who, around, repos), place, repos, "keys", why=_former(who, link.label, repos))
    suspended = bool(user.body.get("suspended_at"))
    return Reading(
        who.system,
        now,
        place.control,
        _account(who, around.member, grants, suspended=suspended),
        grants,
        credentials.part(who, around.signs),
        _assets(who, place, whole, repos),
        made,
        absent(SESSIONS),
        (*user.evidence, *around.member.evidence),
        work=work.part(who, around.reached, whole.work, grants.items) if around.reached else absent(work.NOT_ASKED),
    )


def _invitations(api: Api, repos: Sequence[Row]) -> Invitations:
    """Open invitations to each repository: GitHub offers no list of them all."""
    asks = (partial(api.every, f"/repos/{row['full_name']}/invitations", needs=REPOSITORY) for row in repos)
    return together(api, (partial(permitted, ask) for ask in asks))


def _whole(api: Api, place: Place, who: Account, *, goes_on: bool) -> Whole:
    around = _around(api, place, who, goes_on=goes_on)
    return _held(api, place, who, around)


def _around(api: Api, place: Place, who: Account, *, goes_on: bool) -> Around:
    """Her place in the organisation and in each team, what she signs in with, and what is on each repository."""
    questions = (
        partial(api.get, f"{api.home}/memberships/{who.label}"),
        partial(roles.held, api, who, place.roles),
        partial(credentials.asked, api, who),
        partial(hooks.asked, api, who, place.repos),
        partial(licences.asked, api, who),
        partial(enterprise.asked, api, who),
        partial(approvals.asked, api, place.repos),
        partial(bulk.direct, api, who, place.repos),
        partial(work.teams, api, who) if goes_on else work.Told,
    )
    teams = [partial(api.get, f"{api.home}/teams/{row['slug']}/memberships/{who.label}") for row in place.teams]
    found = together(api, (*questions, *teams))
    refuse_other(who, found[0])
    named = zip(place.teams, found[len(questions) :], strict=True)
    hers = [Team(row, one.body["role"], one.body["state"]) for row, one in named if one.found]
    member, held, signs, made, paid, above, approves, direct, through = found[: len(questions)]
    reached = work.chosen(place.repos, direct, through) if goes_on else None
    return Around(member, held, signs, made, paid, above, approves, direct, reached, hers)


def _held(api: Api, place: Place, who: Account, around: Around) -> Whole:
    """Level 3: what her teams open, the keys of each repository, who else administers what she does, who passes rules.

    And what goes on where she may change something, and whether she is still called so.
    """
    here = list(zip(place.repos, around.direct, strict=True))
    mine = [row for row, one in here if one.hers and facts.role_of(one.hers) == "admin"]
    opened, filled, keys, assets, rules, goes_on, *_ = together(
        api,
        (
            lambda: together(api, (partial(teams.opens, api, one.row) for one in around.teams)),
            lambda: together(api, (partial(teams.filled_by, api, one.row) for one in around.teams)),
            partial(_keys, api, here),
            lambda: together(api, (partial(asset, api, place, who, row) for row in mine)),
            lambda: together(api, approvals.details(api, place.repos, around.approves)),
            partial(work.asked, api, around.reached or work.Reached()),
            partial(same_name, api, who),
            partial(_control, api, place),
        ),
    )
    found = zip(around.teams, opened, filled, strict=True)
    hers = [replace(one, repos=rows, filled_by=group) for one, rows, group in found]
    seen = {row["id"] for row in mine}
    more = {row["id"]: row for one in hers for row in one.repos if facts.role_of(row) == "admin"}
    through = together(api, (partial(asset, api, place, who, row) for i, row in more.items() if i not in seen))
    seats = approvals.seats(who, place.repos, around.approves, rules)
    return Whole(around, hers, keys, [*assets, *through], seats, goes_on)


def _control(api: Api, place: Place) -> None:
    """What a token is shown no more looks like what is not there: raises ConnectorError where ours lost its sight."""
    if place.roles is not None:
        licences.still_shown(api)


def _keys(api: Api, here: Iterable[tuple[Row, bulk.Direct]]) -> tuple[tuple[Row, ...] | None, ...]:
    """The deploy keys of each repository that may have some."""
    where = [f"/repos/{row['full_name']}/keys" if one.keys else "" for row, one in here]
    asks = (partial(permitted, partial(api.every, path, needs=REPOSITORY)) for path in where if path)
    found = iter(together(api, asks))
    return tuple(next(found) if path else () for path in where)


# ---- what was found, as our values ----


def _grants(api: Api, place: Place, who: Account, whole: Whole, repos: list[Repo]) -> Part[Grant]:
    around = whole.around
    carried = tuple(one.native_id for one in whole.assets)
    mine = [*on_repositories(who, repos), *whole.seats.own]
    if around.paid.seat is not None and (seat := licences.seat(around.paid.seat)):
        mine.append(seat)
    if around.above.user:
        mine.append(enterprise.entitlement(api.enterprise))
    hidden = []
    if around.member.found:  # nobody outside the organisation holds one of its roles, seats or licences
        hidden = [NO_ROLES] if around.roles is None else []
        hidden += [] if whole.seats.seen else [approvals.UNSEEN]
        hidden += [] if around.paid.seen else [licences.UNSEEN]
    hidden += [] if around.above.seen else [enterprise.UNSEEN]
    wide = (Grant(who, right) for right in inside(place, who, around.member, carried))
    through = team_grants(who, whole.teams, whole.seats.teams)
    held = [*wide, *through, *(Grant(who, right) for right in mine), *(around.roles or ())]
    return part(held, place, repos, "direct", "invitations", note=_unnamed(place), why=" ".join(hidden))


def _account(who: Account, member: Answer, grants: Part[Grant], *, suspended: bool) -> Part[Account]:
    """An account that holds nothing here is none of this organisation's; one that is only invited cannot act yet."""
    if suspended:
        return Part((replace(who, active=False),))
    if not grants.items:
        return Part() if grants.complete else Part((), grants.seen, grants.why)
    pending = not member.found or member.body["state"] == "pending"
    waiting = pending and all(grant.entitlement.kind == facts.INVITED for grant in grants.items)
    return Part((replace(who, active=not waiting),))


def _assets(who: Account, place: Place, whole: Whole, repos: list[Repo]) -> Part[Asset]:
    """Repositories she administers, apps she brought in, where she is a code owner, her codespaces.

    Webhooks count here too where nobody says whose they are.
    """
    around = whole.around
    machines = [licences.machine(who, row) for row in around.paid.machines or ()]
    items = [*whole.assets, *(hooks.app(who, row) for row in around.made.apps), *whole.seats.assets, *machines]
    hidden = [] if around.made.seen else [hooks.UNKNOWN]
    if around.paid.machines is None:
        hidden.append(licences.NO_MACHINES)
    return part(items, place, repos, "direct", why=" ".join(hidden))


def _made(place: Place, who: Account, around: Around, repos: list[Repo]) -> list[Credential]:
    own = str(place.own["login"])
    keys = [
        facts.deploy_key(who, one.row, row) for one in repos for row in one.keys or () if facts.made_by(row, who, own)
    ]
    return keys + [hooks.credential(who, repo, row) for repo, row in around.made.hooks]


def _former(who: Account, before: str, repos: Iterable[Repo]) -> str:
    """GitHub names the maker of a key by login only: a key under a name she had before may be hers or another's."""
    keys = [(one.row["name"], facts.plain_title(row)) for one in repos for row in one.keys or ()
            if before != who.label and row.get("added_by") == before]  # fmt: skip
    found = ", ".join(f"{title} on {name}" for name, title in keys)
    return f"The account was called {before} before, and under that name stands: {found}." if found else ""


def _unnamed(place: Place) -> str:
    if not place.unnamed:
        return ""
    return f"{place.unnamed} open invitations went to an e-mail address and cannot be matched to an account."
