"""The changes GitHub can make, each after a look at what is so now: "already so" is seen, never guessed from a 404."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.model import Account, Asset, Assign, Change, Credential, Disable, Enable, Grant, HandOver, Revoke
from connectors.github import facts
from connectors.github.reading import owned, refuse_other, unlisted
from connectors.github.wire import NAME, NOT_FOUND, OWNER, REPOSITORY, Api, Row, hidden
from connectors.interface import ConnectorError, Kind, Outcome, Result, Spec, unsupported
from connectors.wire.http import Answer

TEAM = f"{OWNER}, and a team that no identity provider manages"
INVITED = "An invitation was sent; the access begins when it is accepted."
HIGHER = "The account holds a higher role there, which has to be taken away first."


@dataclass(frozen=True, slots=True)
class Target:
    """The repository a change is about, and the role it names, if any."""

    row: Row
    role: str = ""

    @property
    def path(self) -> str:
        """Where its calls begin."""
        return f"/repos/{self.row['full_name']}"


def apply(api: Api, spec: Spec, change: Change, own: Row) -> Outcome:
    """Make one change, `own` being the account of our token. Raises ConnectorError."""
    match change:
        case Revoke(Grant(account, entitlement)):
            return _revoke(api, spec, change, account, entitlement.native_id, own)
        case Assign(Grant(account, entitlement)):
            return _assign(api, spec, change, account, entitlement.native_id, entitlement.detail, own)
        case Disable(credential):
            return _remove_key(api, credential, own)
        case Enable(credential):
            return _add_key(api, credential)
        case HandOver(asset, to):
            return _hand_over(api, asset, to)
    raise unsupported(spec, change)


def _revoke(api: Api, spec: Spec, change: Change, account: Account, native_id: str, own: Row) -> Outcome:
    login = _login(api, account.native_id)
    if login is None:
        owned(api, own, _owners(api))
        return Outcome(Result.ALREADY, f"The {NAME} account no longer exists.")
    match native_id.split(":"):
        case ["org" | "org-invite", _]:
            return _leave_org(api, account, login, own)
        case ["outside", _]:
            return _put_outside(api, account, login, own)
        case ["team", number]:
            return _leave_team(api, number, login, own)
        case ["repo", number, role]:
            return _leave_repo(api, account, number, role, own)
        case ["invite", number, _]:
            return _uninvite(api, account, number, own)
    raise unsupported(spec, change)


def _assign(api: Api, spec: Spec, change: Change, account: Account, native_id: str, detail: str, own: Row) -> Outcome:
    login = _login(api, account.native_id)
    if login is None:
        raise ConnectorError(f"The {NAME} account no longer exists, so nothing can be given to it.", kind=Kind.GONE)
    match native_id.split(":"):
        case ["org" | "org-invite", _]:
            return _join_org(api, account, login, detail)
        case ["outside", _]:
            return _outside_again(api, account)
        case ["team", number]:
            return _join_team(api, number, login, detail, own)
        case ["repo" | "invite", number, role]:
            return _join_repo(api, account, login, number, role)
    raise unsupported(spec, change)


# ---- what is so now ----


def _login(api: Api, native_id: str) -> str | None:
    """The name this account has today; None where the account is gone. Names change hands, numbers do not."""
    user = api.get(facts.by_number(native_id))
    return str(user.body["login"]) if user.found else None


def _owners(api: Api) -> tuple[Row, ...]:
    return api.every(f"/orgs/{api.org}/members", role="admin")


def _repo(api: Api, number: str) -> Target | None:
    """The repository under its present name. Raises ConnectorError when it moved to another organisation."""
    answer = api.get(f"/repositories/{number}", needs=REPOSITORY)
    if not answer.found:
        return None
    if answer.body["owner"]["login"].lower() != api.org.lower():
        raise ConnectorError("The repository now belongs to another organisation.", kind=Kind.PERMANENT)
    return Target(answer.body)


def _needed_repo(api: Api, number: str) -> Target:
    found = _repo(api, number)
    if found is None:
        raise ConnectorError("The repository no longer exists, or we may not see it.", kind=Kind.GONE)
    return found


def _direct(api: Api, target: Target, native_id: str) -> Row | None:
    people = api.every(f"{target.path}/collaborators", needs=REPOSITORY, affiliation="direct")
    return next((row for row in people if str(row["id"]) == native_id), None)


def _gone(api: Api, own: Row, said: str) -> Outcome:
    """Already so, after a look at something that must be there: a 404 also means that we lost our sight."""
    owned(api, own, _owners(api))
    return Outcome(Result.ALREADY, said)


def _no_repo(api: Api, own: Row) -> Outcome:
    """The repository is gone, after a look that we are shown every one. Raises ConnectorError PERMISSION otherwise."""
    home = f"/orgs/{api.org}"
    if unlisted(api.sure(home).body, api.every(f"{home}/repos")):
        raise hidden(REPOSITORY)
    return _gone(api, own, "The repository no longer exists, and what was on it neither.")


def _done(api: Api, answer: Answer, said: str, again: str, needs: str) -> Outcome:
    """The outcome of a deletion. Raises ConnectorError PERMISSION when a 404 is not borne out by looking again."""
    if answer.found:
        return Outcome(Result.APPLIED, said, evidence=answer.evidence)
    look = api.get(again)
    if look.found:
        raise hidden(needs)
    return Outcome(Result.ALREADY, "It was gone already.", evidence=look.evidence)


# ---- organisation ----


def _leave_org(api: Api, account: Account, login: str, own: Row) -> Outcome:
    path = f"/orgs/{api.org}/memberships/{login}"
    member = api.get(path)
    if not member.found:
        return _gone(api, own, "The account is not in the organisation.")
    refuse_other(account, member)
    if member.body.get("direct_membership") is False:
        said = "The membership comes from an enterprise team and has to be ended there."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    if member.body["role"] == "admin" and member.body["state"] == "active":
        _keep_an_owner(api, account, own)
    answer = api.send("DELETE", path, accept=NOT_FOUND)
    what = "Invitation to" if member.body["state"] == "pending" else "Membership of"
    return _done(api, answer, f"{what} {api.org} ended.", path, OWNER)


def _keep_an_owner(api: Api, account: Account, own: Row) -> None:
    """Our own account does not count: an organisation that only a program owns has no owner."""
    others = owned(api, own, _owners(api)) - {account.native_id, str(own["id"])}
    if not others:
        said = f"This is the last owner of {api.org}. Make somebody else an owner first."
        raise ConnectorError(said, kind=Kind.PERMANENT)


def _join_org(api: Api, account: Account, login: str, detail: str) -> Outcome:
    path = f"/orgs/{api.org}/memberships/{login}"
    role = "admin" if detail in {facts.OWNERS, "admin"} else "member"
    member = api.get(path)
    refuse_other(account, member)
    if member.found and member.body["state"] == "pending":
        return Outcome(Result.PENDING, INVITED, handle=f"org:{api.org}", evidence=member.evidence)
    if member.found and member.body["role"] in {role, "admin"}:
        return Outcome(Result.ALREADY, f"The account is in {api.org}.", evidence=member.evidence)
    return _joined(api.send("PUT", path, {"role": role}), f"Membership of {api.org} given.", f"org:{api.org}")


def _joined(answer: Answer, said: str, handle: str) -> Outcome:
    if (answer.body or {}).get("state") == "pending":
        return Outcome(Result.PENDING, INVITED, handle=handle, evidence=answer.evidence)
    return Outcome(Result.APPLIED, said, evidence=answer.evidence)


def _outsider(api: Api, account: Account) -> bool:
    return any(str(row["id"]) == account.native_id for row in api.every(f"/orgs/{api.org}/outside_collaborators"))


def _put_outside(api: Api, account: Account, login: str, own: Row) -> Outcome:
    if not _outsider(api, account):
        return _gone(api, own, "The account is no outside collaborator.")
    answer = api.send("DELETE", f"/orgs/{api.org}/outside_collaborators/{login}")
    return Outcome(Result.APPLIED, f"All outside access to {api.org} ended.", evidence=answer.evidence)


def _outside_again(api: Api, account: Account) -> Outcome:
    """GitHub offers no call for it: one becomes an outside collaborator with the first repository."""
    if _outsider(api, account):
        return Outcome(Result.ALREADY, f"The account is an outside collaborator of {api.org}.")
    raise ConnectorError("This follows by itself once a repository is given back and the invitation accepted.")


# ---- teams ----


def _team(api: Api, number: str) -> Row | None:
    return next((row for row in api.every(f"/orgs/{api.org}/teams") if str(row["id"]) == number), None)


def _leave_team(api: Api, number: str, login: str, own: Row) -> Outcome:
    team = _team(api, number)
    if team is None:
        return _gone(api, own, "The team no longer exists.")
    path = f"/orgs/{api.org}/teams/{team['slug']}/memberships/{login}"
    held = api.get(path)
    if not held.found:
        return Outcome(Result.ALREADY, f"The account is not in team {team['name']}.", evidence=held.evidence)
    answer = api.send("DELETE", path, needs=TEAM, accept=NOT_FOUND)
    return _done(api, answer, f"Membership of team {team['name']} ended.", path, TEAM)


def _join_team(api: Api, number: str, login: str, detail: str, own: Row) -> Outcome:
    team = _team(api, number)
    if team is None:
        owned(api, own, _owners(api))
        raise ConnectorError("The team no longer exists.", kind=Kind.GONE)
    role = facts.MAINTAINERS if detail == facts.MAINTAINERS else "member"
    path = f"/orgs/{api.org}/teams/{team['slug']}/memberships/{login}"
    held = api.get(path)
    if held.found and held.body["state"] == "active" and held.body["role"] in {role, facts.MAINTAINERS}:
        return Outcome(Result.ALREADY, f"The account is in team {team['name']}.", evidence=held.evidence)
    answer = api.send("PUT", path, {"role": role}, needs=TEAM)
    return _joined(answer, f"Membership of team {team['name']} given.", f"team:{number}")


# ---- repositories ----


def _leave_repo(api: Api, account: Account, number: str, role: str, own: Row) -> Outcome:
    target = _repo(api, number)
    if target is None:
        return _no_repo(api, own)
    name, held = target.row["name"], _direct(api, target, account.native_id)
    if held is None or facts.role_of(held) != role:
        return Outcome(Result.ALREADY, f"The account does not hold the role {role} on {name}.")
    # The row carries the name of this very number as it is now.
    answer = api.send("DELETE", f"{target.path}/collaborators/{held['login']}", needs=REPOSITORY)
    return Outcome(Result.APPLIED, f"Role {role} on {name} ended.", evidence=answer.evidence)


def _join_repo(api: Api, account: Account, login: str, number: str, role: str) -> Outcome:
    target = _needed_repo(api, number)
    name, held = target.row["name"], _direct(api, target, account.native_id)
    if held is not None and facts.role_of(held) == role:
        return Outcome(Result.ALREADY, f"The account holds the role {role} on {name}.")
    if held is not None and _rank(facts.role_of(held)) > _rank(role):
        raise ConnectorError(HIGHER)
    return _put_on(api, target, login, role, f"Role {role} on {name} given.")


def _rank(role: str) -> int:
    order = ("read", "triage", "write", "maintain", "admin")
    return order.index(role) if role in order else len(order)


def _put_on(api: Api, target: Target, login: str, role: str, said: str) -> Outcome:
    """204 where the account is known here, 201 where GitHub had to send an invitation."""
    body = {"permission": facts.ASKED.get(role, role)}
    answer = api.send("PUT", f"{target.path}/collaborators/{login}", body, needs=REPOSITORY)
    if answer.status == 201:
        handle = f"invite:{target.row['id']}:{role}"
        return Outcome(Result.PENDING, INVITED, handle=handle, evidence=answer.evidence)
    return Outcome(Result.APPLIED, said, evidence=answer.evidence)


def _uninvite(api: Api, account: Account, number: str, own: Row) -> Outcome:
    target = _repo(api, number)
    if target is None:
        return _no_repo(api, own)
    path = f"{target.path}/invitations"
    open_ones = [
        row
        for row in api.every(path, needs=REPOSITORY)
        if str((row.get("invitee") or {}).get("id")) == account.native_id
    ]
    if not open_ones:
        return Outcome(Result.ALREADY, f"There is no open invitation to {target.row['name']}.")
    sent = [api.send("DELETE", f"{path}/{row['id']}", needs=REPOSITORY, accept=NOT_FOUND) for row in open_ones]
    evidence = tuple(one for answer in sent for one in answer.evidence)
    return Outcome(Result.APPLIED, f"Invitation to {target.row['name']} withdrawn.", evidence=evidence)


def _hand_over(api: Api, asset: Asset, to: Account | None) -> Outcome:
    if to is None:
        raise ConnectorError("Nobody was named to take the repository over.", kind=Kind.PERMANENT)
    login = _login(api, to.native_id)
    if login is None:
        raise ConnectorError(f"The successor's {NAME} account no longer exists.", kind=Kind.GONE)
    target = _needed_repo(api, asset.native_id.removeprefix("repo:"))
    held = _direct(api, target, to.native_id)
    if held is not None and facts.role_of(held) == "admin":
        return Outcome(Result.ALREADY, f"The successor administers {target.row['name']}.")
    if held is None and not api.get(f"/orgs/{api.org}/memberships/{login}").found:
        said = f"The successor is not in {api.org}, so {target.row['name']} cannot be handed over."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    return _put_on(api, target, login, "admin", f"The successor was made an administrator of {target.row['name']}.")


# ---- deploy keys ----


def _key(api: Api, target: Target, credential: Credential) -> Row | None:
    wanted = credential.native_id.rsplit(":", 1)[1]
    keys = api.every(f"{target.path}/keys", needs=REPOSITORY)
    return next((row for row in keys if facts.fingerprint(str(row["key"])) == wanted), None)


def _remove_key(api: Api, credential: Credential, own: Row) -> Outcome:
    target = _repo(api, credential.native_id.split(":")[1])
    if target is None:
        return _no_repo(api, own)
    name, key = target.row["name"], _key(api, target, credential)
    if key is None:
        return Outcome(Result.ALREADY, f"The deploy key is not on {name}.")
    path = f"{target.path}/keys/{key['id']}"
    answer = api.send("DELETE", path, needs=REPOSITORY, accept=NOT_FOUND)
    return _done(api, answer, f"Deploy key {facts.plain_title(key)} removed from {name}.", path, REPOSITORY)


def _add_key(api: Api, credential: Credential) -> Outcome:
    target = _needed_repo(api, credential.native_id.split(":")[1])
    name = target.row["name"]
    if _key(api, target, credential) is not None:
        return Outcome(Result.ALREADY, f"The deploy key is on {name}.")
    mode, kind, blob, title = credential.detail.split(" ", 3)
    # GitHub would call the key ours from now on; the mark keeps it with the account that made it.
    marked = f"{title} (for account {credential.account.native_id})"
    body = {"title": marked, "key": f"{kind} {blob}", "read_only": mode != "read-write"}
    answer = api.send("POST", f"{target.path}/keys", body, needs=REPOSITORY, accept=frozenset({422}))
    if answer.status == 422:
        said = f"{NAME} refused the deploy key for {name}; it may be in use in another repository."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    return Outcome(Result.APPLIED, f"Deploy key {title} added to {name} again.", evidence=answer.evidence)
