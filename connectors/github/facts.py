"""GitHub's rows as our values: which entitlement, key and repository each row stands for, and in which words."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.domain.model import Account, Asset, Credential, Entitlement, SystemKey
from connectors.github.wire import NAME, Row
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer

# GitHub says "write" in pages and role names, "push" in requests and permission maps; we say what the pages say.
ROLES = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
ASKED = {ours: theirs for theirs, ours in ROLES.items()}
WRITERS = frozenset({"admin", "maintain", "push"})
INVITED = "invitation"
OWNERS = "owner"
MAINTAINERS = "maintainer"
RESTORED = re.compile(r" \(for account (\d+)\)$")


_REPOSITORY = ("id", "node_id", "name", "full_name", "private", "role_name", "permissions", "pushed_at")


def slim(row: Row) -> Row:
    """What we use of a repository's row: ten thousand whole ones would fill a machine's memory."""
    return {name: row[name] for name in _REPOSITORY if name in row}


def by_number(native_id: str) -> str:
    """Where GitHub answers for an account by its number. Raises ConnectorError PERMANENT for anything but a number."""
    if not (native_id.isascii() and native_id.isdecimal()):
        raise ConnectorError(f"A {NAME} account is known by its number, not by a name.", kind=Kind.PERMANENT)
    return f"/user/{native_id}"


def account(system: SystemKey, row: Row, *, active: bool | None = None) -> Account:
    """The account of a user row; apps are service accounts."""
    return Account(system, str(row["id"]), row["login"], active, service=row.get("type") == "Bot")


def role_of(row: Row) -> str:
    """The highest role a collaborator or a team has on a repository, in the words of GitHub's pages."""
    named = row.get("role_name")
    if named:
        return ROLES.get(str(named), str(named))
    held = row.get("permissions") or {}
    return next((ours for theirs, ours in ROLES.items() if held.get(theirs)), "read")


def can_write(row: Row) -> bool:
    """Whether a collaborator may change the content of the repository."""
    return any((row.get("permissions") or {}).get(name) for name in WRITERS) or role_of(row) in {"admin", "write"}


def membership(org: Row, role: str, assets: tuple[str, ...]) -> Entitlement:
    """The organisation membership, with what the organisation gives to every member."""
    login, base = org["login"], org.get("default_repository_permission") or "none"
    owner = role == "admin"
    why = ""
    if owner:
        why = "can change everything in the organisation, including who belongs to it"
    elif base in {"write", "admin"}:
        why = f"gives every member {base} access to every repository"
    label = f"{'Owner' if owner else 'Member'} of {login}"
    kind = f"organisation {OWNERS if owner else 'member'}"
    # GitHub deletes the private forks of whoever leaves; nothing brings them back, so it is said before.
    said = "; ".join(filter(None, (why, "their private forks are deleted with it")))
    detail = OWNERS if owner else "member"
    return Entitlement(f"org:{login}", kind, label, bool(why), said, assets, detail, base=True)


def invited(org: Row, role: str) -> Entitlement:
    """An invitation to the organisation that nobody accepted yet."""
    login = org["login"]
    return Entitlement(f"org-invite:{login}", INVITED, f"Invitation to {login}", detail=role)


def outsider(org: Row) -> Entitlement:
    """Being an outside collaborator: everything such an account reaches ends with it."""
    return Entitlement(f"outside:{org['login']}", "outside collaborator", f"Outside collaborator of {org['login']}")


def team(row: Row, role: str, repositories: Iterable[Row], named: Sequence[str] = ()) -> Entitlement:
    """A team, with the repositories that it opens, and what else it is `named` for: reviews, exemptions from rules."""
    reached = [(role_of(one), one) for one in repositories]
    administered = tuple(f"repo:{one['id']}" for held, one in reached if held == "admin")
    gives = "gives " + ", ".join(f"{held} on {one['name']}" for held, one in reached) if reached else ""
    why = "; ".join(filter(None, (gives, *dict.fromkeys(named))))
    kind = f"team {MAINTAINERS}" if role == MAINTAINERS else "team"
    strong = bool(administered or named)
    return Entitlement(f"team:{row['id']}", kind, f"Team {row['name']}", strong, why, administered, role)


def collaboration(repo: Row, role: str) -> Entitlement:
    """A role on one repository that was given to the account itself."""
    admin = role == "admin"
    why = "can change the settings, the keys and the people of this repository" if admin else ""
    label = f"{role.capitalize()} on {repo['name']}"
    carries = (f"repo:{repo['id']}",) if admin else ()
    return Entitlement(f"repo:{repo['id']}:{role}", "repository role", label, admin, why, carries)


def repository_invitation(repo: Row, role: str) -> Entitlement:
    """An invitation to one repository that nobody accepted yet."""
    return Entitlement(f"invite:{repo['id']}:{role}", INVITED, f"Invitation to {repo['name']} ({role})")


def invitee(row: Row) -> str:
    """The number of the account that an invitation to a repository went to."""
    return str((row.get("invitee") or {}).get("id"))


def fingerprint(key: str) -> str:
    """The stable name of a public key: unlike GitHub's number it survives that the key is removed and added again."""
    blob = key.split(" ")[1] if " " in key else key
    try:
        raw = b64decode(blob, validate=True)
    except ValueError:
        raw = blob.encode()
    return sha256(raw).hexdigest()[:16]


def deploy_key(maker: Account, repo: Row, row: Row) -> Credential:
    """A deploy key; its public text and its mode are kept, so that it can be added again."""
    mode = "read-only" if row.get("read_only", True) else "read-write"
    public, title = " ".join(str(row["key"]).split(" ")[:2]), plain_title(row)
    return Credential(
        maker,
        f"key:{repo['id']}:{fingerprint(public)}",
        "deploy key",
        f"{title} on {repo['name']}",
        active=row.get("enabled", True) is not False,
        last_used=moment(row.get("last_used")),
        used=None if "last_used" not in row else row["last_used"] is not None,
        personal=False,
        detail=f"{mode} {public} {title}",
    )


def plain_title(row: Row) -> str:
    """The title of a deploy key without the mark that a restored key carries."""
    return RESTORED.sub("", str(row.get("title") or "deploy key"))


def made_by(row: Row, maker: Account, own: str) -> bool:
    """Whether the account added this key, or we added it again for the account after a restore."""
    mark = RESTORED.search(str(row.get("title") or ""))
    if mark and row.get("added_by") == own:
        return mark.group(1) == maker.native_id
    return row.get("added_by") == maker.label


def administered(holder: Account, repo: Row, admins: Iterable[Row], writers: Iterable[Row], last: Row | None) -> Asset:
    """A repository the account administers, who else does, and who could."""
    ids = tuple(dict.fromkeys(str(row["id"]) for row in admins))
    able = {str(row["id"]): account(holder.system, row, active=True) for row in writers}
    actor: dict[str, Any] = (last or {}).get("actor") or {}
    return Asset(
        holder,
        f"repo:{repo['id']}",
        "repository",
        repo["name"],
        sole_admin=set(ids) <= {holder.native_id},
        last_activity=moment((last or {}).get("timestamp")),
        last_actor=actor.get("login", ""),
        admins=ids,
        candidates=tuple(one for native, one in able.items() if native != holder.native_id),
    )


def last_push(activity: Answer | None) -> Row | None:
    """The newest push or merge among what happened in a repository."""
    rows = activity.body if activity and isinstance(activity.body, list) else []
    pushes = (row for row in rows if row.get("activity_type") in {"push", "force_push", "pr_merge"})
    return max(pushes, key=lambda row: str(row.get("timestamp")), default=None)


def moment(text: str | None) -> datetime | None:
    """An instant as GitHub writes it (RFC 3339), or None."""
    return datetime.fromisoformat(text) if text else None


def invited_role(row: Row) -> str:
    """The role an invitation to a repository offers."""
    offered = str(row.get("permissions") or "read")
    return ROLES.get(offered, offered)
