"""What was asked of teams and repositories as rights, and how much of a part that makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.model import Account, Entitlement, Grant
from bot.domain.reading import Completeness, Part
from connectors.github import facts
from connectors.github.bulk import Direct
from connectors.github.place import Place
from connectors.github.sight import unlisted
from connectors.github.wire import NAME, Row
from connectors.wire.http import Answer

Held = TypeVar("Held")
FILLED = (
    "The identity provider fills this team from its group {group}: a person taken out here would be back with the next "
    "synchronisation. Take them out of the group there."
)


@dataclass(frozen=True, slots=True)
class Repo:
    """One repository, and what is on it; None where GitHub did not permit the question."""

    row: Row
    given: Direct
    keys: tuple[Row, ...] | None
    invitations: tuple[Row, ...] | None

    def hides(self, name: str) -> bool:
        """Whether this question was not answered."""
        return not self.given.seen if name == "direct" else getattr(self, name) is None


@dataclass(frozen=True, slots=True)
class Team:
    """One team the account is in, its role there, the repositories it opens, the group that fills it from outside."""

    row: Row
    role: str
    state: str
    repos: tuple[Row, ...] = ()
    filled_by: str = ""


def inside(place: Place, who: Account, member: Answer, carried: tuple[str, ...]) -> Iterable[Entitlement]:
    """The membership of the organisation, or the place outside it."""
    if member.found:
        pending, role = member.body["state"] == "pending", member.body["role"]
        yield facts.invited(place.org, role) if pending else facts.membership(place.org, role, carried)
    if who.native_id in place.outside:
        yield facts.outsider(place.org)


def on_repositories(who: Account, repos: Iterable[Repo]) -> Iterable[Entitlement]:
    """Roles that were given on a repository itself, and open invitations to one."""
    for one in repos:
        if one.given.hers:
            yield facts.collaboration(one.row, facts.role_of(one.given.hers))
        for row in one.invitations or ():
            if facts.invitee(row) == who.native_id and not row.get("expired"):  # lapsed ones stay in the list
                yield facts.repository_invitation(one.row, facts.invited_role(row))


def team_grants(who: Account, teams: Iterable[Team], named: Mapping[str, Sequence[str]]) -> Iterable[Grant]:
    """Her teams; `named` says in words what else each is named for. One that is filled from outside is left there."""
    for one in teams:
        if one.state == "active":
            right = facts.team(one.row, one.role, one.repos, named.get(str(one.row["id"]), ()))
            if one.filled_by:
                yield Grant(who, right, f"by the group {one.filled_by}", by_hand=FILLED.format(group=one.filled_by))
            else:
                yield Grant(who, right)


def part(
    items: Iterable[Held], place: Place, repos: Iterable[Repo], *asked: str, why: str = "", note: str = ""
) -> Part[Held]:
    """Complete only when every repository was listed and answered, and there is no other reason (`why`) for doubt."""
    hidden = [one.row["name"] for one in repos if any(one.hides(name) for name in asked)]
    if unlisted(place.org, place.repos):
        hidden.append("some private repositories")
    shown = f"{NAME} did not show us {', '.join(hidden)}." if hidden else ""
    if reasons := " ".join(filter(None, (shown, why))):
        return Part(tuple(items), Completeness.PARTIAL, " ".join(filter(None, (reasons, note))))
    return Part(tuple(items), why=note)
