"""Deploy keys and webhooks: what acts on a repository without any account."""

from __future__ import annotations

from bot.domain.model import Credential
from connectors.github import facts
from connectors.github.repositories import Target, needed, target
from connectors.github.sight import ended, no_repository
from connectors.github.wire import NAME, NOT_FOUND, REPOSITORY, Api, Row, hidden
from connectors.interface import ConnectorError, Kind, Outcome, Result


def _key(api: Api, place: Target, credential: Credential) -> Row | None:
    wanted = credential.native_id.rsplit(":", 1)[1]
    keys = api.every(f"{place.path}/keys", needs=REPOSITORY)
    return next((row for row in keys if facts.fingerprint(str(row["key"])) == wanted), None)


def remove(api: Api, credential: Credential) -> Outcome:
    """Remove a deploy key. Raises ConnectorError."""
    place = target(api, credential.native_id.split(":")[1])
    if place is None:
        return no_repository(api)
    key = _key(api, place, credential)
    if key is None:
        return Outcome(Result.ALREADY, f"The deploy key is not on {place.name}.")
    answer = api.send("DELETE", f"{place.path}/keys/{key['id']}", needs=REPOSITORY, accept=NOT_FOUND)
    if answer.found:
        return ended(answer, f"Deploy key {facts.plain_title(key)} removed from {place.name}.")
    if _key(api, place, credential) is not None:
        raise hidden(REPOSITORY)
    return Outcome(Result.ALREADY, "It was gone already.")


def add(api: Api, credential: Credential) -> Outcome:
    """Add a removed deploy key again, from its public text. Raises ConnectorError."""
    place = needed(api, credential.native_id.split(":")[1])
    if _key(api, place, credential) is not None:
        return Outcome(Result.ALREADY, f"The deploy key is on {place.name}.")
    mode, kind, blob, title = credential.detail.split(" ", 3)
    # GitHub would call the key ours from now on; the mark keeps it with the account that made it.
    marked = f"{title} (for account {credential.account.native_id})"
    body = {"title": marked, "key": f"{kind} {blob}", "read_only": mode != "read-write"}
    answer = api.send("POST", f"{place.path}/keys", body, needs=REPOSITORY, accept=frozenset({422}))
    if answer.status == 422:
        said = f"{NAME} refused the deploy key for {place.name}; it may be in use in another repository."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    return Outcome(Result.APPLIED, f"Deploy key {title} added to {place.name} again.", evidence=answer.evidence)
