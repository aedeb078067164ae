"""The daily digest and what waits on Home: each thing with the very buttons of its own message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bot.chat.bundles import Bundle
from bot.chat.cards import digest as cards
from bot.chat.cards import holds
from bot.chat.desk import Desk
from bot.chat.port import Card, Chat, ChatError, Piece, Rule, Small
from bot.chat.views import Views
from bot.domain.model import PersonId, Power
from bot.domain.policy import Crew, Policy
from bot.engine import lookup, overview, waiting
from bot.engine.digest import TEAM, reader
from bot.engine.waiting import Waiting, Waits
from bot.store.outbox import Notice

KINDS = frozenset({"digest", "team digest"})
Draw = Callable[[Views, Bundle, datetime], Card]

_MOST = 8  # things of one message, up to five blocks each of Slack's fifty: more is not read
_CARDS = {
    Waits.APPROVAL: "approval",
    Waits.FINDING: "approval",
    Waits.STOPPED: "stopped",
    Waits.MORE: "more",
    Waits.ITEM: "item",
    Waits.STUCK: "stuck",
    Waits.QUESTION: "task",
    Waits.TASK: "task",
    Waits.PROPOSAL: "proposal",
    Waits.SIGNAL: "signal",
    Waits.POWER: "power",
}


def key_of(notice: Notice) -> str:
    """The name of the message: one a person and day."""
    return f"digest:{notice.body['day']}:{notice.person}"


def place(views: Views, chat: Chat, notice: Notice, now: datetime) -> str:
    """The conversation with a person who still works here, or the team's channel; nothing where there is none.

    Raises ChatError.
    """
    desk = views.desk
    if notice.person != TEAM:
        person = PersonId(notice.person or "")
        native = lookup.chat_user(desk.engine, desk.system, person) if reader(desk.engine, person, now) else ""
        return chat.direct(native) if native else ""
    policy = lookup.policy_in_force(desk.engine)
    name = (policy.named(desk.system) if desk.lane else policy.channels(desk.system)).digest
    try:
        channel = chat.find_channel(name) if name else ""
        views.readers = chat.members(channel) if channel else frozenset()
    except ChatError as error:
        if not error.gone:
            raise
        return ""
    return channel


def card(views: Views, notice: Notice, now: datetime, draw: Draw) -> Card:
    """What waits as the message goes out."""
    if notice.person == TEAM:
        return _team(views, now)
    person = PersonId(notice.person or "")
    around = lookup.around(views.desk.engine)
    found = waiting.of(views.desk.engine, person, now, around.crew)
    told = cards.card(around.crew.people[person], len(found), entries(views, found, around.crew, now, draw))
    looks_after = around.crew.may(person, Power.IT, Power.SECURITY) and not _overview_has_a_channel(around.policy)
    seen = overview.now_open(views.desk.engine, now, {person}) if looks_after else None
    more: list[Piece] = [Rule(), *cards.overview_pieces(seen, now)] if seen and not seen.empty else []
    return Card(told.text, (*told.pieces, *more))


def _overview_has_a_channel(policy: Policy) -> bool:
    return bool(policy.digest.channel or (policy.teams and policy.teams.digest))


def entries(views: Views, found: Iterable[Waiting], crew: Crew, now: datetime, draw: Draw) -> list[list[Piece]]:
    """The most urgent things, in the pieces of a card each."""
    drawn: list[list[Piece]] = []
    for one in found:
        pieces = _entry(views, one, crew.people[one.person].zone, now, draw)
        if pieces:
            drawn.append(pieces)
        if len(drawn) == _MOST:
            break
    return drawn


def _entry(views: Views, one: Waiting, zone: str, now: datetime, draw: Draw) -> list[Piece]:
    if one.what is Waits.HOLD:
        if one.step is None or one.request is None:
            return []
        seen, step = views.of(_notice(one, "holds", now), one.request.id, now)
        drawn = holds.brief(seen, step or one.step, one.person, views.desk.sealed)
    else:
        drawn = draw(views, Bundle((_notice(one, _CARDS[one.what], now),)), now)
    about = ""
    if one.what in {Waits.APPROVAL, Waits.FINDING} and one.request is not None and not one.request.offer:
        about = cards.plan(views.of(_notice(one, "approval", now), one.request.id, now)[0])
    return cards.entry(one, drawn, zone, now, views.desk.sealed, about)


def _notice(one: Waiting, kind: str, now: datetime) -> Notice:
    """The notice by which this person heard of it first."""
    number = "question" if one.what is Waits.SIGNAL else "proposal"
    request, step = one.request.id if one.request else None, one.step.id if one.step else None
    body: dict[str, Any] = {number: one.key, "turn": one.turn}
    more = one.request.wanted.more if one.request and one.request.wanted and one.what is Waits.MORE else None
    if more is not None:
        body |= {"digest": more.digest, "until": more.until.isoformat(), "by": more.by}
    return Notice(0, request, kind, one.person, step, body, now, 0)


def home(desk: Desk, person: PersonId, now: datetime, draw: Draw) -> tuple[list[Piece], list[Piece]]:
    """What waits for somebody at this moment, and, for HR, the board of this month's leavers."""
    around = lookup.around(desk.engine)
    found = waiting.of(desk.engine, person, now, around.crew)
    pieces = [piece for entry in entries(Views(desk), found, around.crew, now, draw) for piece in entry]
    if len(found) > _MOST:
        pieces.append(Small(cards.follow(len(found) - _MOST)))
    if not (around.crew.may(person, Power.HR) and waiting.works(around.crew, person, now)):
        return pieces, []
    return pieces, cards.board(overview.board(desk.engine, person, now), now)


def _team(views: Views, now: datetime) -> Card:
    """The overview, without what concerns anybody who reads that channel."""
    engine, system = views.desk.engine, views.desk.system
    people = {person for native in views.readers if (person := lookup.person_of(engine, system, native))}
    return cards.overview(overview.now_open(engine, now, people), now)
