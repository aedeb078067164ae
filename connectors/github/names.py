"""Names change hands, numbers do not: how an account is addressed by its login without reaching anybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.domain.model import Account
from connectors.github import facts
from connectors.github.wire import NAME, NOT_FOUND, Api, Row
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer

_TRIES = 3  # a name that changes more often than this within one call is not worth following
CHANGING = "The name of this account is being changed right now; this is looked at again."


def profile(api: Api, native_id: str) -> Answer:
    """The account of this number. That it is gone is believed when it was said twice. Raises ConnectorError."""
    answer = api.get(facts.by_number(native_id))
    if not answer.found:
        answer = api.get(facts.by_number(native_id))
    if answer.found:
        _noted(api, native_id, answer.body)
    return answer


def login_of(api: Api, native_id: str) -> str | None:
    """The name this account has today; None where the account is gone. Raises ConnectorError."""
    user = profile(api, native_id)
    return str(user.body["login"]) if user.found else None


def among(api: Api, people: Iterable[Row], native_id: str) -> Row | None:
    """The row of this account in a list of people: it carries the name of this very number as it is now."""
    row = next((one for one in people if str(one["id"]) == native_id), None)
    if row is not None:
        _noted(api, native_id, row)
    return row


def _noted(api: Api, native_id: str, row: Row) -> None:
    """Keep her name until the change is through: the first one, because the calls by name may go by that."""
    if api.called is not None:
        api.called.setdefault(native_id, str(row["login"]))


def asked_by_name(
    api: Api, native_id: str, where: Callable[[str], str], *, accept: frozenset[int] = NOT_FOUND
) -> tuple[str | None, Answer]:
    """What stands at an address that holds the login, with the login that was hers before and after the question.

    Without it a 404 proves nothing, and a 200 could be about whoever took the name over. Raises ConnectorError.
    """
    login = login_of(api, native_id)
    for _ in range(_TRIES):
        if login is None:
            return None, Answer(404)
        answer, before = api.get(where(login), accept=accept), login
        login = login_of(api, native_id)
        if login == before:
            return login, answer
    raise ConnectorError(CHANGING)


def refuse_other(who: Account, member: Answer) -> None:
    """A login that changed hands between two calls is somebody else's: raises ConnectorError GONE, touches nothing."""
    if member.found and str((member.body.get("user") or {}).get("id", who.native_id)) != who.native_id:
        raise ConnectorError(f"The {NAME} name of this account now belongs to another account.", kind=Kind.GONE)


def same_names(api: Api) -> None:
    """Raises ConnectorError TRANSIENT where anybody this change called by name has another name by now."""
    if any(login_of(api, native_id) != login for native_id, login in (api.called or {}).items()):
        raise ConnectorError(CHANGING)


def same_name(api: Api, who: Account) -> None:
    """Raises ConnectorError TRANSIENT where the account is not called so any more: what was read may be another's."""
    if login_of(api, who.native_id) != who.label:
        raise ConnectorError(CHANGING)
