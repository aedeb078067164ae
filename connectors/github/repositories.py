"""Being on one repository: a role, an invitation, the place of its administrator."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import Account, Asset
from connectors.github import facts
from connectors.github.bulk import role_now
from connectors.github.membership import INVITED, nobody
from connectors.github.names import among, login_of
from connectors.github.sight import NO_REPOSITORY, all_repositories, ended, no_repository
from connectors.github.wire import NAME, NOT_FOUND, REPOSITORY, Api, Row
from connectors.interface import ConnectorError, Kind, Outcome, Result

HIGHER = "The account holds a higher role there, which has to be taken away first."


@dataclass(frozen=True, slots=True)
class Target:
    """The repository a change is about, under its present name."""

    row: Row

    @property
    def path(self) -> str:
        """Where its calls begin."""
        return f"/repos/{self.row['full_name']}"

    @property
    def name(self) -> str:
        """As people call it."""
        return str(self.row["name"])


def target(api: Api, number: str) -> Target | None:
    """The repository of this number. Raises ConnectorError PERMANENT when it moved to another organisation."""
    answer = api.get(f"/repositories/{number}", needs=REPOSITORY)
    if not answer.found:
        return None
    if answer.body["owner"]["login"].lower() != api.org.lower():
        raise ConnectorError("The repository now belongs to another organisation.", kind=Kind.PERMANENT)
    return Target(answer.body)


def needed(api: Api, number: str) -> Target:
    """The same, to give something there. Raises ConnectorError GONE, PERMISSION where we are not shown every one."""
    found = target(api, number)
    if found is None:
        all_repositories(api)
        raise ConnectorError(NO_REPOSITORY, kind=Kind.GONE)
    return found


def _direct(api: Api, place: Target, native_id: str) -> Row | None:
    people = api.every(f"{place.path}/collaborators", needs=REPOSITORY, affiliation="direct")
    held = among(api, people, native_id)
    return role_now(api, place.row, held) if held else None


def leave(api: Api, account: Account, number: str, role: str) -> Outcome:
    """End exactly this role, and before it every invitation to it: accepted later, it would give the role again.

    Raises ConnectorError.
    """
    place = target(api, number)
    if place is None:
        return no_repository(api)
    withdrawn = _withdrawn(api, place, account, role)
    held = _direct(api, place, account.native_id)
    if held is None or facts.role_of(held) != role:
        if withdrawn:
            return Outcome(Result.APPLIED, f"Invitation to {place.name} withdrawn.", evidence=withdrawn)
        return Outcome(Result.ALREADY, f"The account does not hold the role {role} on {place.name}.")
    answer = api.send("DELETE", f"{place.path}/collaborators/{held['login']}", needs=REPOSITORY)
    return ended(answer, f"Role {role} on {place.name} ended.")


def join(api: Api, account: Account, number: str, role: str) -> Outcome:
    """Give a role; a higher one is never lowered. Raises ConnectorError."""
    place = needed(api, number)
    held = _direct(api, place, account.native_id)
    if held is not None and facts.role_of(held) == role:
        return Outcome(Result.ALREADY, f"The account holds the role {role} on {place.name}.")
    if held is not None and _rank(facts.role_of(held)) > _rank(role):
        raise ConnectorError(HIGHER)
    return _put_on(api, place, account, role, f"Role {role} on {place.name} given.")


def _rank(role: str) -> int:
    order = ("read", "triage", "write", "maintain", "admin")
    return order.index(role) if role in order else len(order)


def _put_on(api: Api, place: Target, account: Account, role: str, said: str) -> Outcome:
    """204 where the account is known here, 201 where GitHub had to send an invitation."""
    login = login_of(api, account.native_id)  # the last thing before the call that uses it
    if login is None:
        raise nobody()
    body = {"permission": facts.ASKED.get(role, role)}
    answer = api.send("PUT", f"{place.path}/collaborators/{login}", body, needs=REPOSITORY)
    if answer.status == 201:
        handle = f"invite:{place.row['id']}:{role}"
        return Outcome(Result.PENDING, INVITED, handle=handle, evidence=answer.evidence)
    return ended(answer, said)


def uninvite(api: Api, account: Account, number: str) -> Outcome:
    """Withdraw every invitation of this account to the repository, lapsed ones too. Raises ConnectorError."""
    place = target(api, number)
    if place is None:
        return no_repository(api)
    withdrawn = _withdrawn(api, place, account)
    if not withdrawn:
        return Outcome(Result.ALREADY, f"There is no open invitation to {place.name}.")
    return Outcome(Result.APPLIED, f"Invitation to {place.name} withdrawn.", evidence=withdrawn)


def _withdrawn(api: Api, place: Target, account: Account, role: str = "") -> tuple[str, ...]:
    """What GitHub answered to the end of each invitation of this account, to this role or to any; empty without one."""
    path = f"{place.path}/invitations"
    every = (row for row in api.every(path, needs=REPOSITORY) if facts.invitee(row) == account.native_id)
    sent = [row for row in every if role in {"", facts.invited_role(row)}]
    answers = [api.send("DELETE", f"{path}/{row['id']}", needs=REPOSITORY, accept=NOT_FOUND) for row in sent]
    return tuple(one for answer in answers for one in answer.evidence or (str(answer.status),))


def hand_over(api: Api, asset: Asset, to: Account | None) -> Outcome:
    """Make the successor an administrator by name. Raises ConnectorError."""
    if to is None:
        raise ConnectorError("Nobody was named to take the repository over.", kind=Kind.PERMANENT)
    login = login_of(api, to.native_id)
    if login is None:
        raise ConnectorError(f"The successor's {NAME} account no longer exists.", kind=Kind.GONE)
    place = needed(api, asset.native_id.removeprefix("repo:"))
    held = _direct(api, place, to.native_id)
    if held is not None and facts.role_of(held) == "admin":
        return Outcome(Result.ALREADY, f"The successor administers {place.name}.")
    if held is None and not api.get(f"{api.home}/memberships/{login}").found:
        said = f"The successor is not in {api.org}, so {place.name} cannot be handed over."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    return _put_on(api, place, to, "admin", f"The successor was made an administrator of {place.name}.")
