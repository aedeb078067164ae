"""A company with two chats: people hear of a thing in each chat they are in, a thread lives where its request began."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.model import PersonId, SystemKey
from bot.engine.context import Engine
from bot.engine.digest import TEAM
from bot.store import Tx, again, copies, people, records, streams
from bot.store.outbox import FIRST, Notice
from bot.store.streams import Stream

_MOST = 20  # notices of one transaction: on SQLite whoever is answered waits for its end


@dataclass(frozen=True, slots=True)
class Chats:
    """The chats of a company, the usual one first; which kinds of notices go to a person, and which of them once."""

    names: tuple[str, ...]
    direct: Collection[str]
    once: Collection[str]


def spread(engine: Engine, chats: Chats, now: datetime) -> int:
    """Decide where each new notice goes, and copy what goes to two chats; how many notices."""
    with engine.db.look() as tx:
        if not copies.any_unplaced(tx, now):
            return 0
    count = more = _spread(engine, chats, now)
    while more == _MOST:
        more = _spread(engine, chats, now)
        count += more
    return count


@again
def _spread(engine: Engine, chats: Chats, now: datetime) -> int:
    with engine.db.begin() as tx:
        waiting = copies.unplaced(tx, now, _MOST)
        for notice in waiting:
            copies.place(tx, notice.id, _chats(engine, tx, chats, notice))
        return len(waiting)


def _chats(engine: Engine, tx: Tx, chats: Chats, notice: Notice) -> Sequence[str]:
    if notice.kind not in chats.direct:
        return (_home(engine, tx, chats, notice.request or ""),)
    if notice.person == TEAM:
        policy = engine.policy(tx)[1]
        return [one for one in chats.names if policy.named(one).digest] or chats.names[:1]
    mine = _accounts(tx, chats.names, PersonId(notice.person or ""))
    if notice.kind not in chats.once or not mine:
        return mine or chats.names[:1]
    last = people.chat_of(tx, PersonId(notice.person or ""))
    return (last if last in mine else mine[0],)


def _accounts(tx: Tx, chats: Sequence[str], person: PersonId) -> list[str]:
    return [one for one in chats if people.links(tx, person, system=SystemKey(one))]


def _home(engine: Engine, tx: Tx, chats: Chats, key: str) -> str:
    """Where the thread of a request lives: where its requester was when it began, if policy names a channel there."""
    request = records.get(tx, key)
    if request is None:
        return chats.names[0]
    known = request.chat or (FIRST if request.channel else "")
    if known:
        return known
    policy = engine.policy(tx)[1]
    able = [one for one in chats.names if policy.named(one).channel]
    wanted = (people.chat_of(tx, request.requester), *_accounts(tx, chats.names, request.requester), *able)
    chosen = next((one for one in wanted if one in able), chats.names[0])
    records.note(tx, key, chat=chosen)
    return chosen


def used(engine: Engine, person: PersonId, chat: str) -> None:
    """Somebody speaks to us in this chat: what they hear only once, they hear here from now on."""
    with engine.db.look() as tx:
        if people.chat_of(tx, person) == chat:
            return
    with engine.db.begin() as tx:
        people.speaks_in(tx, person, chat)


@again
def reaches_elsewhere(
    engine: Engine, chats: Sequence[str], stream: Stream, ids: Sequence[int], now: datetime, said: str
) -> bool:
    """A chat account does not work: whether another of these chats tells this person, who is left in peace then."""
    with engine.db.begin() as tx:
        elsewhere = dict(copies.others(tx, ids[0]))
        if not any(elsewhere.values()):
            further = [one for one in chats if one not in elsewhere]
            mine = _accounts(tx, further, PersonId(stream.notices[0].person or ""))
            if not mine:
                return False
            copies.copy(tx, ids[0], mine[0])
        streams.sent(tx, stream, ids, now, said)
        return True
