"""Every account there is: members, people outside, invitations; to find those that match nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from bot.domain.model import Account, SystemKey
from connectors.github import facts
from connectors.github.sight import owners_now
from connectors.github.wire import Api, Row, permitted

INVITED = "invited:"  # before the number of an invitation that went to an e-mail address: it has no account yet
MOST_EVENTS = 10_000
LATELY = 300  # rows


def accounts(api: Api, system: SystemKey) -> Iterator[Account]:
    """Every account, page by page, in memory that does not grow. Raises ConnectorError, also in the middle."""
    owners_now(api)  # who is no owner is shown public members only
    last = _last_seen(api)
    seen: deque[str] = deque(maxlen=LATELY)
    for path in ("members", "outside_collaborators"):
        for page in api.pages(f"{api.home}/{path}"):
            for row in page:
                one = facts.account(system, row, active=True)
                yield from _once(seen, replace(one, last_active=last.get(one.native_id)))
    for page in () if api.server else api.pages(f"{api.home}/invitations"):
        for row in page:
            yield from _once(seen, _invited(system, row))


def _once(seen: deque[str], one: Account) -> Iterator[Account]:
    """A list that grows while it is read shows rows of the last page twice."""
    if one.native_id not in seen:
        seen.append(one.native_id)
        yield one


def _invited(system: SystemKey, row: Row) -> Account:
    """GitHub tells the login of whom it invited, not the number: the invitation's own number stands for it."""
    return Account(system, f"{INVITED}{row['id']}", str(row.get("login") or row.get("email") or "invited"), False)


def _last_seen(api: Api) -> dict[str, datetime]:
    """When each account last did something, by the audit log; who is not there is unknown, which is not never.

    Of the newest ten thousand events at most, and of each only this.
    """
    return permitted(partial(_newest, api)) or {}


def _newest(api: Api) -> dict[str, datetime]:
    newest: dict[str, datetime] = {}
    rows = (row for page in api.pages(f"{api.home}/audit-log", include="all") for row in page)
    for row in islice(rows, MOST_EVENTS):
        actor, at = str(row.get("actor_id") or ""), row.get("@timestamp")
        if actor and isinstance(at, int):
            moment = datetime.fromtimestamp(at / 1000, UTC)
            newest[actor] = max(moment, newest.get(actor, moment))
    return newest
