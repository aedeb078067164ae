"""Cards for people who are not in the chat go by mail: what is to be sent, a fresh link for each try, what came of it.

Nothing here waits for a mail server: that happens between two of these transactions.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from bot.domain.mail import Mail, is_address
from bot.domain.model import Person, PersonId, Trigger
from bot.domain.policy import Policy
from bot.engine import notices
from bot.engine.context import Engine
from bot.store import Tx, again, journal, mails, outbox, paces, people, records, streams
from bot.store.mails import Mailed
from bot.store.outbox import Notice, Post

PLACE = "mail"  # the channel of what stands in no chat
HELD = timedelta(minutes=2)  # how long a mail waits for a replica that died with it
STUCK = 7  # tries of one mail, some five minutes, until operations hear of it
MOST = 60  # tries, some nine hours, until the thread hears that somebody was not asked
RECENT = timedelta(minutes=15)
TOKEN = "ul_"  # noqa: S105 - how every link begins, so that logs know one when they see it


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to send: to which address, about what kind of thing, and the link that nobody has seen yet."""

    name: str
    kind: str
    to: str
    zone: str
    company: str
    server: Mail
    expires: datetime
    tries: int
    token: str = field(repr=False)


def hashed(text: str) -> str:
    """What is kept of a link, a session or an address."""
    return sha256(text.encode()).hexdigest()


def address_of(person: Person) -> str:
    """What is kept of somebody's address, the same in capital and small letters."""
    return hashed(person.email.strip().lower())


def reader(tx: Tx, policy: Policy, person: PersonId, request: str | None, now: datetime) -> Person | None:
    """Who may get mail about this now: they work here, are not leaving, have an address, and it is not about them."""
    crew = people.crew(tx)
    found = crew.people.get(person)
    if policy.mail is None or found is None or not crew.working(person, now.date()) or not is_address(found.email):
        return None
    asked = records.get(tx, request) if request else None
    about = asked is not None and asked.subject == person and asked.trigger is not Trigger.ACCESS
    return None if about else found


def on(engine: Engine) -> bool:
    """Whether policy has mail at all."""
    with engine.db.look() as tx:
        return engine.policy(tx)[1].mail is not None


@again
def queue(
    engine: Engine, chats: Collection[str], name: str, notice: Notice, marks: Collection[str], now: datetime
) -> bool:
    """Let this card go by mail, or leave it at the mail they have; False where no mail reaches this person.

    `chats` are those they are not in, or whose accounts of theirs do not work. `marks` name the card's buttons.
    A card that stays is mailed again only when there is something new to press on it and the link they have opens it
    no more.
    """
    with engine.db.begin() as tx:
        policy = engine.policy(tx)[1]
        person = reader(tx, policy, PersonId(notice.person or ""), notice.request, now)
        if person is None:
            return False
        account = _accounts(tx, chats, person.id)
        if mails.put(tx, name, secrets.token_urlsafe(12), notice, account, now):
            return True
        known = mails.named(tx, name)
        assert known is not None  # noqa: S101 - rows are never deleted
        facts = {"due": now, "sent_at": None, "tries": 0, "renewed": 0} if _again(known, person, marks, now) else {}
        mails.change(tx, name, notice=notice.id, account=account, **facts)
        return True


def _accounts(tx: Tx, chats: Collection[str], person: PersonId) -> str:
    return " ".join(link.native_id for link in people.links(tx, person) if link.system in chats)


def _again(known: Mailed, person: Person, marks: Collection[str], now: datetime) -> bool:
    shut = known.spent_at is not None or known.expires is None or known.expires <= now
    moved = known.address != address_of(person)
    return known.sent_at is not None and (shut or moved) and bool(set(marks) - set(known.seen))


def take(engine: Engine, chats: Collection[str], now: datetime) -> Letter | None:
    """The next mail to send, with a fresh link; the one before it opens nothing from now on. None: nothing waits.

    Whoever is in the chat meanwhile is told there, and whoever may not read it any more is not told.
    """
    with engine.db.look() as tx:
        if not mails.any_due(tx, now):
            return None
    while True:
        more, letter = _take(engine, chats, now)
        if letter is not None or not more:
            return letter


@again
def _take(engine: Engine, chats: Collection[str], now: datetime) -> tuple[bool, Letter | None]:
    with engine.db.begin() as tx:
        row = mails.claim(tx, now, now + HELD)
        if row is None:
            return False, None
        policy, notice = engine.policy(tx)[1], mails.notice(tx, row.notice)
        if set(_accounts(tx, chats, row.person).split()) - set(row.account.split()):
            facts = {"request": notice.request, "person": notice.person, "step": notice.step, **notice.body}
            outbox.tell(tx, notice.kind, now, **facts)
            mails.change(tx, row.name, sent_at=now, claimed_until=None, token=None, said="is in the chat now")
            return True, None
        person = reader(tx, policy, row.person, row.request, now)
        if person is None or policy.mail is None:
            _lost(tx, row, notice, "may get no mail", now)
            return True, None
        token = TOKEN + secrets.token_urlsafe(32)
        expires = now + policy.mail.lasts
        fresh = {"token": hashed(token), "address": address_of(person), "expires": expires, "spent_at": None}
        mails.change(tx, row.name, **fresh)
        kept = (row.name, notice.kind, person.email, person.zone, policy.company, policy.mail, expires, row.tries)
        return True, Letter(*kept, token)


@again
def sent(engine: Engine, letter: Letter, now: datetime) -> None:
    """It is out. Nothing happens where somebody else sends it once more: then only their link opens the card."""
    with engine.db.begin() as tx:
        if not mails.went(tx, letter.name, hashed(letter.token), now):
            return
        row = mails.named(tx, letter.name)
        assert row is not None  # noqa: S101 - it was there a moment ago
        outbox.posted(tx, Post(row.name, PLACE, row.key), row.request, now)
        since = paces.end_trouble(tx, PLACE, now)
        if since is not None:
            outbox.tell(tx, streams.ALERT, now, what=PLACE, since=since.isoformat(), over=now.isoformat())
        journal.add(tx, "mail.sent", now, request=row.request, facts={"recipient": row.person, "about": letter.kind})


@again
def failed(engine: Engine, letter: Letter, said: str, due: datetime, now: datetime, *, final: bool) -> None:
    """It could not be sent and is tried again at `due`; `final`: the server says that there is no such address.

    What was tried for hours is given up: whoever waits for this person hears of it, and reaches them another way.
    """
    with engine.db.begin() as tx:
        row = mails.named(tx, letter.name)
        if row is None or row.token != hashed(letter.token) or row.sent_at is not None:
            return
        if final or row.tries >= MOST:
            _lost(tx, row, mails.notice(tx, row.notice), said, now)
            return
        mails.change(tx, row.name, due=due, tries=row.tries + 1, claimed_until=None, said=said)
        alone = mails.any_sent(tx, now - RECENT)  # others go out: it is this one mail that the server does not like
        if row.tries + 1 >= STUCK and not alone and paces.begin_trouble(tx, PLACE, said, now):
            outbox.tell(tx, streams.ALERT, now, what=PLACE, said=said, since=now.isoformat())


def _lost(tx: Tx, row: Mailed, notice: Notice, said: str, now: datetime) -> None:
    mails.change(tx, row.name, sent_at=now, claimed_until=None, token=None, said=said)
    notices.miss(tx, notice, now)
