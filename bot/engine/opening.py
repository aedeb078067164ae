"""The link of a mail: looked at as often as anybody likes, used once, and what its page may do for half an hour.

A link proves nothing but that somebody reads that mailbox. What they may do is looked up by each verb they reach.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId, Power, Trigger
from bot.engine import desk, lookup
from bot.engine.context import Engine
from bot.engine.mailing import TOKEN, address_of, hashed, reader
from bot.engine.unanswered import REMINDER, UNANSWERED
from bot.engine.view import seen_by
from bot.store import Tx, again, journal, mails, records
from bot.store.mails import Mailed
from bot.store.outbox import Notice

SITTING = timedelta(minutes=30)
APART = timedelta(minutes=5)  # between two mails that somebody asks for
MOST = 5  # that they may ask for, of one card
_LONGEST = 80  # characters of a link or a session; ours have fewer
_KEY = re.compile(r"[\w-]{1,24}", re.ASCII)
# Cards of those who are asked, and of nobody who was asked once
_DECIDED = frozenset({"approval", "task", "tasks", "item", "reminder", "undecided", "stopped"})


class Link(StrEnum):
    """What a link is good for."""

    GOOD = "good"
    USED = "used"
    OVER = "over"
    NOTHING = "nothing"


_FOR_TWO = frozenset({"proposal", REMINDER, UNANSWERED})
_POWERS = (Power.HR, Power.IT, Power.SECURITY, Power.AUDITOR, Power.ADMIN)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Somebody at a card that they opened by a link."""

    card: Mailed
    person: Person
    notice: Notice

    @property
    def who(self) -> PersonId:
        """Whom the link was mailed to."""
        return self.card.person


def look(engine: Engine, token: str, now: datetime) -> Link:
    """What a link is good for. Changes nothing: programs open links before people do."""
    if not _possible(token):
        return Link.NOTHING
    with engine.db.look() as tx:
        return _state(engine, tx, mails.by_token(tx, hashed(token)), now)


def _possible(token: str) -> bool:
    return token.startswith(TOKEN) and len(token) <= _LONGEST and token.isascii()


def _state(engine: Engine, tx: Tx, found: Mailed | None, now: datetime) -> Link:
    if found is None or found.expires is None or _person(engine, tx, found, now) is None:
        return Link.NOTHING
    if found.spent_at is not None:
        return Link.USED
    return Link.OVER if found.expires <= now else Link.GOOD


def _person(engine: Engine, tx: Tx, found: Mailed, now: datetime) -> Person | None:
    """Whom the link still belongs to: they may get such mail, and at the address this one went to."""
    person = reader(tx, engine.policy(tx)[1], found.person, found.request, now)
    return person if person and hmac.compare_digest(address_of(person), found.address) else None


@again
def spend(engine: Engine, token: str, now: datetime) -> tuple[Link, str, str]:
    """Use a link up: what it was good for, and then the key of its card and the session that may act on it."""
    if not _possible(token):
        return Link.NOTHING, "", ""
    if (known := look(engine, token, now)) is not Link.GOOD:
        return known, "", ""  # whoever tries a thousand of them holds up nobody who writes
    session = secrets.token_urlsafe(32)
    with engine.db.begin() as tx:
        found = mails.by_token(tx, hashed(token), lock=True)
        state = _state(engine, tx, found, now)
        if found is None or state is not Link.GOOD:
            return state, "", ""
        if not mails.spend(tx, hashed(token), now, hashed(session), now + SITTING):
            return Link.USED, "", ""
        journal.add(tx, "mail.opened", now, request=found.request, facts={"by": found.person})
        return state, found.key, session


def sitting(engine: Engine, key: str, session: str, now: datetime) -> Sitting | None:
    """Who sits at this card with this session; None where nobody does, or may any more."""
    if not session or len(session) > _LONGEST or not _KEY.fullmatch(key):
        return None
    with engine.db.look() as tx:
        found = mails.by_key(tx, key)
        if found is None or found.session_until is None or found.session_until <= now:
            return None
        if not hmac.compare_digest(hashed(session), found.session):
            return None
        person = _person(engine, tx, found, now)
        return Sitting(found, person, mails.notice(tx, found.notice)) if person else None


def may_see(engine: Engine, here: Sitting, now: datetime) -> bool:
    """Whether the card is theirs to see now: whoever was asked once and is not any more sees nothing of it."""
    notice = here.notice
    if notice.request is None or notice.kind in _FOR_TWO:
        return _concerned(engine, here, now)
    if notice.kind not in _DECIDED:
        return True
    try:
        seen_by(engine, notice.request, here.who, now)
    except Refused:
        with engine.db.look() as tx:
            return _asked(tx, here)
    return True


def _concerned(engine: Engine, here: Sitting, now: datetime) -> bool:
    """Whether a question is still somebody's: rights end between a mail and the moment its link is opened."""
    notice, around = here.notice, lookup.around(engine)
    if notice.kind == "signal":
        return around.crew.may(here.who, *around.policy.askers(Trigger.LEAVER))
    if notice.kind not in _FOR_TWO or around.crew.may(here.who, *_POWERS):
        return True
    with engine.db.look() as tx:
        step = records.step(tx, notice.step) if notice.step else None
    system, named = around.policy.systems.get(step.system) if step else None, around.policy.engineering
    owners = {system.owner, system.deputy} if system else set()
    return here.who in {*owners, named.contact, named.after_hours}  # whom policy names hears of silence too


def _asked(tx: Tx, here: Sitting) -> bool:
    """Who is asked to take something over sees that alone, and nothing else of the request."""
    if here.notice.kind == desk.TASKS and here.notice.request:
        return any(step.assignee == here.who for step in records.steps(tx, here.notice.request))
    step = records.step(tx, here.notice.step) if here.notice.step else None
    return step is not None and step.assignee == here.who


@again
def pressed(engine: Engine, here: Sitting, action: str, now: datetime) -> None:
    """The trail says that this was pressed by way of a mail, before anything comes of it."""
    with engine.db.begin() as tx:
        journal.add(tx, "mail.pressed", now, request=here.card.request, facts={"by": here.who, "action": action})


@again
def knows(engine: Engine, here: Sitting, marks: Collection[str]) -> None:
    """They have seen these buttons: no mail tells of them again."""
    if set(marks) == set(here.card.seen):
        return
    with engine.db.begin() as tx:
        mails.change(tx, here.card.name, seen=sorted(marks))


@again
def renew(engine: Engine, token: str, now: datetime) -> None:
    """Send a new link for a used or expired one, to the address in the roster: a few, five minutes apart."""
    if look(engine, token, now) not in {Link.USED, Link.OVER}:
        return
    with engine.db.begin() as tx:
        found = mails.by_token(tx, hashed(token), lock=True)
        if _state(engine, tx, found, now) not in {Link.USED, Link.OVER} or found is None or found.sent_at is None:
            return
        if found.renewed >= MOST:
            return
        fresh = {"due": max(now, found.sent_at + APART), "sent_at": None, "tries": 0, "renewed": found.renewed + 1}
        mails.change(tx, found.name, **fresh, session="", session_until=None)  # whoever was faster with it is out
        journal.add(tx, "mail.renewed", now, request=found.request, facts={"recipient": found.person})
