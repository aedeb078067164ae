"""One message of the outbox: which card it is, where it belongs, and the key by which it is found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from bot.chat import access, batch, digest, fallout, halt, holds, locks, news, proposals, scan, signals, tasks, who_has
from bot.chat.bundles import LASTING, Bundle
from bot.chat.cards import asks, came_in, erase, giving, home, thread, thread_lines, trouble, unserved
from bot.chat.cards.words import _
from bot.chat.desk import Desk, request_buttons, step_buttons
from bot.chat.port import Card, Chat, ChatError, Lines
from bot.chat.views import Views
from bot.domain.model import PersonId, Power, SystemKey, Trigger
from bot.domain.request import Request, Step
from bot.engine import lookup, notices
from bot.engine.came_in import KIND, room_key
from bot.engine.unserved import KIND as UNSERVED
from bot.engine.view import View
from bot.store import outbox
from bot.store.outbox import Notice, Post

log = structlog.get_logger()

DIRECT = frozenset(
    {
        *("approval", "task", "tasks", "item", "stuck", "reminder", "told", "power"),
        *("held", "ending", "more", "system"),
        *("proposal", "proposal reminder", "unanswered", "signal", "scan", "person", "batch"),
        *("trouble", "escalated", "undecided", "stopped", "halt"),
        *("holds", "hold reminder", "lock", "lock review"),
        *("digest", "team digest", "news", KIND, UNSERVED),
    }
)


def key_of(notice: Notice) -> str:
    """The name of a message: the same for every try, and for every redrawing of a card that stays."""
    if notice.kind == "halt":
        return f"halt:{notice.body['halt']}:{notice.person}"
    if notice.kind in {"power", "proposal"}:
        return f"{notice.kind}:{notice.body['proposal']}:{notice.person}"
    if notice.kind == "signal":
        return signals.key_of(notice)
    if notice.kind == "scan":
        return f"scan:{notice.body['scan']}:{notice.person}"
    if notice.kind in fallout.DESK:
        return fallout.key_of(notice)
    if notice.kind in digest.KINDS:
        return digest.key_of(notice)
    if notice.kind in {"root", "plan"}:
        return f"{notice.kind}:{notice.request}"
    if notice.kind in LASTING:
        return f"{notice.kind}:{notice.step or notice.request}:{notice.person}"
    return f"notice:{notice.id}"


def named_in(chat: str, notice: Notice) -> str:
    """The name of a message in one chat: a thread stands in one of them, what people are asked in each."""
    return outbox.named_in(key_of(notice), chat) if notice.kind in DIRECT else key_of(notice)


def card_of(views: Views, bundle: Bundle, now: datetime) -> Card:
    """What the message says."""
    notice = bundle.first
    if notice.kind in _OF_NO_REQUEST:
        return _OF_NO_REQUEST[notice.kind](views.desk, notice)
    if notice.kind == "batch":
        return batch.told(views.desk, notice, now)
    if notice.kind in proposals.KINDS:
        person = PersonId(notice.person or "")
        return proposals.card_of(views.desk, int(notice.body["proposal"]), person, now, notice.kind)
    if notice.kind == "signal":
        return signals.card(views.desk, notice, now)
    if notice.kind == "person":
        return who_has.told(views.desk, notice, PersonId(notice.body["subject"]))
    if notice.kind in digest.KINDS:
        return digest.card(views, notice, now, card_of)
    if notice.kind != "line":
        return _card(views, notice, now)
    # A list has dots of its own.
    lines = tuple(_card(views, one, now).text.removeprefix("· ") for one in bundle.notices if one.kind == "line")
    if len(lines) == 1:
        return _card(views, notice, now)
    return Card("\n".join(lines), (Lines(lines),))


def _card(views: Views, notice: Notice, now: datetime) -> Card:
    seen, step = views.of(notice, notice.request or "", now)
    whole = request_buttons(views.desk, seen)
    if seen.request.trigger is Trigger.ACCESS and notice.kind in access.KINDS:
        return access.card(views.desk, seen, step, notice, whole)
    if seen.request.trigger in giving.TRIGGERS and notice.kind in giving.KINDS:
        return _giving(seen, notice, whole)
    if seen.request.deletes and notice.kind in erase.CARDS:
        return erase.CARDS[notice.kind](seen, notice, whole)
    if notice.kind in _ROOMS:
        return _ROOMS[notice.kind](views.desk, seen, notice)
    if step is not None and notice.kind in {"task", "item", "stuck"}:
        return _asked(views.desk, seen, step, notice)
    if notice.kind in fallout.KINDS:
        return fallout.card(views.desk, seen, step, notice)
    match notice.kind:
        case "root":
            return thread.root(seen, whole)
        case "plan":
            return thread.plan(seen)
        case "approval":
            return asks.approval(seen, PersonId(notice.person or ""), whole)
        case "told":
            return asks.told(seen, notice.body["what"], notice.body.get("by"))
        case "report":
            return thread.finished(seen, whole)
        case _:
            return thread_lines.line(seen, step, notice.body)


# Messages of a subject of its own, which need nothing but the request as it stands.
_ROOMS: Mapping[str, Callable[[Desk, View, Notice], Card]] = {
    "tasks": tasks.card,
    "holds": holds.card,
    "hold reminder": holds.card,
    "lock": locks.card,
    "lock review": locks.card,
    KIND: lambda _desk, seen, notice: came_in.card(seen, notice.body),
}


def _asked(desk: Desk, seen: View, step: Step, notice: Notice) -> Card:
    if notice.kind == "task":
        return tasks.one(desk, seen, step, notice.person)
    return {"item": asks.item, "stuck": asks.stuck}[notice.kind](seen, step, step_buttons(desk, seen, step))


def _giving(seen: View, notice: Notice, whole: Mapping[str, str]) -> Card:
    match notice.kind:
        case "root":
            return giving.root(seen, whole)
        case "plan":
            return giving.plan(seen)
        case "approval":
            return giving.approval(seen, PersonId(notice.person or ""), whole)
        case "report":
            return giving.finished(seen, whole)
        case _:
            return giving.told(seen, notice.body["what"], whole)


def _power(desk: Desk, notice: Notice) -> Card:
    nominee = lookup.nomination(desk.engine, int(notice.body["proposal"]))
    return home.power(lookup.around(desk.engine).crew, nominee, desk.sealed)


def _system(desk: Desk, notice: Notice) -> Card:
    policy = lookup.policy_in_force(desk.engine)
    systems = policy.systems
    key = SystemKey(str(notice.body["system"]))
    return trouble.system(systems[key].name if key in systems else key, notice.body, policy.zone)


def _unserved(desk: Desk, notice: Notice) -> Card:
    return unserved.card(notice.body, lookup.policy_in_force(desk.engine).zone)


_OF_NO_REQUEST: Mapping[str, Callable[[Desk, Notice], Card]] = {
    "power": _power,
    "halt": lambda desk, _notice: halt.card(desk),
    "scan": scan.card,
    "system": _system,
    "news": news.card,
    UNSERVED: _unserved,
}


def place_of(views: Views, chat: Chat, notice: Notice, now: datetime) -> tuple[str, str]:
    """The channel and the thread; no channel where a person has no chat account that we know. Raises ChatError."""
    if notice.kind in digest.KINDS:
        return digest.place(views, chat, notice, now), ""
    if notice.kind in DIRECT:
        native = lookup.chat_user(views.desk.engine, views.desk.system, PersonId(notice.person or ""))
        return (chat.direct(native) if native else ""), ""
    seen, _step = views.of(notice, notice.request or "", now)
    if seen.request.channel:
        apart = notice.kind == "root" and not (seen.request.trigger is Trigger.RESCAN or seen.request.deletes)
        return seen.request.channel, "" if apart else seen.request.thread
    desk = views.desk
    channel = _channel(desk, chat, seen)
    # Kept at once: a second look might choose another place, and the first one would stay behind, empty.
    notices.thread_is(desk.engine, seen.request.id, desk.system, channel)
    views.forget(seen.request.id)
    return channel, ""


def _channel(desk: Desk, chat: Chat, seen: View) -> str:
    """The channel of policy; a private one of its own when the subject could read along."""
    named = seen.policy.channels(desk.system)
    if seen.request.trigger is Trigger.ACCESS:  # nothing in it is kept from whom it is about
        return chat.find_channel(named.access or named.channel)
    channel = chat.find_channel(named.channel)
    hers = lookup.chat_accounts(desk.engine, desk.system, seen.request.subject)
    if not hers & chat.members(channel):
        return channel
    owners = {system.owner for system in seen.policy.systems.values()}
    managers = {seen.subject.manager} if seen.subject.manager else set()
    # The room opens before anybody is asked: whoever may be is let in.
    people = {seen.request.requester, *seen.request.approvers} | managers | owners | seen.crew.holding(Power.SECURITY)
    able = sorted(one for one in people - {seen.request.subject} if seen.crew.working(one, seen.now.date()))
    # Whoever asked stands first: where nobody can open a room, the thread is theirs alone.
    able.sort(key=lambda one: one != seen.request.requester)
    natives = [lookup.chat_user(desk.engine, desk.system, person) for person in able]
    try:
        room = _room(chat, seen.request, [native for native in natives if native], hers)
    except ChatError as error:
        if not error.gone:
            raise
        return _alone(chat, natives, error)
    notices.posted(desk.engine, Post(room_key(seen.request.id), room, ""), seen.request.id, seen.now)
    return room


def _room(chat: Chat, request: Request, natives: Sequence[str], hers: frozenset[str]) -> str:
    """The room of a request, with these people in it and without her. Raises ChatError."""
    room = chat.room(request.id.lower(), natives)
    if hers & chat.members(room):  # whoever was in it before us may have let her in
        raise ChatError(_("The person it is about is in its room."), gone=True)
    return room


def _alone(chat: Chat, natives: Sequence[str], error: ChatError) -> str:
    """The direct conversation with the first of these people who can be written to. Raises ChatError."""
    log.warning(
        "there is no room of its own for a request, its thread stands in a direct conversation", said=error.said
    )
    for native in filter(None, natives):
        try:
            return chat.direct(native)
        except ChatError as nobody:
            if not nobody.gone:
                raise
    raise error


def room_of(views: Views, notice: Notice, now: datetime) -> str:
    """The room of its own that this person is to be let into before they are asked; empty where there is none."""
    if notice.kind not in {"approval", "item"} or notice.request is None:
        return ""
    seen, _step = views.of(notice, notice.request, now)
    elsewhere = seen.request.chat not in {"", views.desk.system}
    if elsewhere or notice.person not in seen.request.approvers:
        return ""
    keys = (one for one in (seen.request.id, seen.request.parent) if one)
    found = (notices.post(views.desk.engine, room_key(key)) for key in keys)
    return next((post.channel for post in found if post), "")


def title_of(request: str) -> str:
    """What the file of a report is called."""
    return _("Report of {id}", id=request)
