"""What a person signs in with: credentials that single sign-on let in, and fine-grained tokens.

One credential of ours is one kind of theirs: GitHub shows no list of which we could say that it holds everything, and
a kind that was seen empty proves that what was there is gone, also where other kinds are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.model import Account, Credential
from bot.domain.reading import Completeness, Part, unseen
from connectors.github import facts
from connectors.github.names import login_of, same_name
from connectors.github.sight import gone
from connectors.github.wire import NOT_FOUND, Api, Row, hidden, permitted
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.http import Answer

SSO = "the scope admin:org, or the app's permission Administration (organization): write"
TOKENS = "a GitHub App with the permission Personal access tokens: write"
NO_SSO = (
    "Personal access tokens and SSH keys belong to the person's own GitHub account, and GitHub shows them to nobody "
    "else without single sign-on. They stop opening this organisation when the membership ends."
)
NO_FINE = f"GitHub shows fine-grained tokens only to {TOKENS}. They open nothing here once the membership ends."
FINE = "pat:fine-grained"
FINE_KIND = "fine-grained personal access token"
KINDS = ("SSH key", "personal access token", "OAuth app token", "GitHub app token")


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of one account; None where GitHub did not show a list. `enforced`: single sign-on is in use at all."""

    authorized: tuple[Row, ...] | None
    fine: tuple[Row, ...] | None
    enforced: bool


def asked(api: Api, who: Account) -> Held:
    """What GitHub shows of one account's credentials. Raises ConnectorError."""
    authorized = None if api.server else permitted(partial(_authorized, api, who.label))
    fine = permitted(partial(_fine, api, who.label)) if api.signing.is_app else None
    return Held(authorized, fine, bool(authorized) or (authorized is not None and _in_use(api)))


def _authorized(api: Api, login: str) -> tuple[Row, ...]:
    rows = api.every(f"{api.home}/credential-authorizations", needs=SSO, login=login)
    return tuple(row for row in rows if str(row.get("login", "")).lower() == login.lower())


def _fine(api: Api, login: str) -> tuple[Row, ...]:
    owner: dict[str, Any] = {"owner[]": login}
    rows = api.every(f"{api.home}/personal-access-tokens", needs=TOKENS, **owner)
    # A server that does not know this filter shows everybody's, and what is shown here is ended.
    return tuple(row for row in rows if str((row.get("owner") or {}).get("login", "")).lower() == login.lower())


def _in_use(api: Api) -> bool:
    """Whether anybody's credential is authorized: an organisation without single sign-on lists nobody's."""
    path = f"{api.home}/credential-authorizations"
    return bool(api.send("GET", path, params={"per_page": 1}, needs=SSO).body)


def part(who: Account, held: Held) -> Part[Credential]:
    """What was seen, and what was not."""
    if held.authorized is None and held.fine is None:
        return unseen(NO_SSO)
    items = [*_by_kind(who, held), *_fine_one(who, held)]
    why = " ".join(filter(None, ("" if held.enforced else NO_SSO, NO_FINE if held.fine is None else "")))
    if not why:
        return Part(tuple(one for one in items if one.active))
    return Part(tuple(items), Completeness.PARTIAL, why)


def _by_kind(who: Account, held: Held) -> Iterable[Credential]:
    if held.authorized is None:
        return
    found: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for row in held.authorized:
        found.setdefault(str(row.get("credential_type") or "credential"), []).append(row)
    for kind, rows in found.items():
        titles = [_title(row) for row in rows]
        used = [row.get("credential_accessed_at") for row in rows]
        yield _credential(who, _native(kind), f"{kind} with single sign-on", titles, used)


def _fine_one(who: Account, held: Held) -> Iterable[Credential]:
    if held.fine is not None:
        titles = [_title(row) for row in held.fine]
        used = [row.get("token_last_used_at") for row in held.fine]
        yield _credential(who, FINE, FINE_KIND, titles, used)


def _credential(who: Account, native: str, kind: str, titles: list[str], used: list[str | None]) -> Credential:
    moments: list[datetime] = [at for text in used if (at := facts.moment(text)) is not None]
    last = max(moments, default=None)
    label = ", ".join(titles) if titles else f"no {kind}"
    known = bool(moments) if titles else None
    return Credential(who, native, kind, label, bool(titles), last, known, restorable=False)


def _native(kind: str) -> str:
    return "sso:" + re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")


def _title(row: Row) -> str:
    named = row.get("authorized_credential_title") or row.get("authorized_credential_note")
    return str(named or row.get("token_name") or row.get("fingerprint") or row.get("credential_id") or row.get("id"))


def end(api: Api, credential: Credential) -> Outcome:
    """End every credential of this kind that the account has here. Raises ConnectorError."""
    login = login_of(api, credential.account.native_id)
    if login is None:
        return gone(api, "The account no longer exists.")
    who = replace(credential.account, label=login)
    rows = _rows_now(api, who, credential.native_id)
    if not rows:
        return Outcome(Result.ALREADY, "There is none of this kind any more.")
    answers = [_end(api, credential.native_id, row) for row in rows]
    if not all(one.found for one in answers) and _rows_now(api, who, credential.native_id):
        raise hidden(TOKENS if credential.native_id == FINE else SSO)
    result = Result.PENDING if any(one.status == 202 for one in answers) else Result.APPLIED
    said = f"Opens {api.org} no more: {credential.kind} {', '.join(map(_title, rows))}."
    return Outcome(result, said, evidence=tuple(each for one in answers for each in one.evidence))


def _rows_now(api: Api, who: Account, native_id: str) -> tuple[Row, ...]:
    """The rows under a name that is still theirs after the question. Raises ConnectorError TRANSIENT where it is not.

    One that changed hands shows somebody else's rows.
    """
    rows = _rows(api, who.label, native_id)
    same_name(api, who)
    return rows


def _rows(api: Api, login: str, native_id: str) -> tuple[Row, ...]:
    if native_id == FINE:
        return _fine(api, login)
    return tuple(row for row in _authorized(api, login) if _native(str(row.get("credential_type"))) == native_id)


def _end(api: Api, native_id: str, row: Row) -> Answer:
    if native_id == FINE:
        path = f"{api.home}/personal-access-tokens/{row['id']}"
        return api.send("POST", path, {"action": "revoke"}, needs=TOKENS, accept=NOT_FOUND)
    path = f"{api.home}/credential-authorizations/{row['credential_id']}"
    return api.send("DELETE", path, needs=SSO, accept=NOT_FOUND)


def again() -> ConnectorError:
    """The error of giving one back: only its owner can authorize a credential."""
    said = "Only the person can authorize a key or token again, or make a new one."
    return ConnectorError(said, kind=Kind.PERMANENT)
