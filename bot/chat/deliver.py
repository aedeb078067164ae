"""The outbox becomes messages: in order, found again by key, never a reason to undo a fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.chat.cards import asks, home, thread
from bot.chat.cards.words import _
from bot.chat.desk import Desk, request_buttons, step_buttons
from bot.chat.port import Card, Chat, ChatError, Sent
from bot.domain.model import PersonId, Power
from bot.domain.request import Step
from bot.engine import lookup, notices
from bot.engine.view import View, view
from bot.store.outbox import Notice, Post

log = structlog.get_logger()

Attach = Callable[[View], tuple[str, bytes]]

_DIRECT = frozenset({"approval", "task", "item", "stuck", "reminder", "told", "power"})
_LASTING = frozenset({"root", "plan", "approval", "task", "item", "stuck", "power"})


def deliver(desk: Desk, chat: Chat, attach: Attach, now: datetime) -> int:
    """Send what waits; how many went out. A failure of the chat delays messages, nothing else."""
    waiting = notices.waiting(desk.engine, now)
    late = notices.superseded(waiting)
    blocked: set[str | None] = set()
    views: dict[str, View] = {}  # a batch tells one moment; what happens meanwhile has notices of its own
    count = 0
    for notice in waiting:
        if notice.request is not None and notice.request in blocked:
            continue
        if notice.id in late:
            notices.sent(desk.engine, notice.id, now, said="a newer one says the same")
            continue
        try:
            _send(desk, chat, attach, notice, views, now)
        except ChatError as error:
            blocked.add(notice.request)
            log.warning("message delayed", notice=notice.id, kind=notice.kind, said=error.said)
            notices.later(desk.engine, notice.id, now + _wait(notice, error.after), error.said)
        except Exception:  # our own mistake in one message must not silence all the others
            blocked.add(notice.request)
            log.exception("message failed", notice=notice.id, kind=notice.kind, request=notice.request)
            notices.later(desk.engine, notice.id, now + _wait(notice, 0), "Something unexpected happened inside Usher.")
        else:
            notices.sent(desk.engine, notice.id, now)
            count += 1
    return count


def _wait(notice: Notice, asked: float) -> timedelta:
    return timedelta(seconds=asked or min(60.0, 2.0 ** min(notice.tries, 6)))


def _send(desk: Desk, chat: Chat, attach: Attach, notice: Notice, views: dict[str, View], now: datetime) -> None:
    if notice.kind == "power":
        _send_power(desk, chat, notice, now)
        return
    if notice.request is None:
        return
    seen, step = _seen(desk, notice, notice.request, views, now)
    card = _card(desk, seen, step, notice)
    if notice.kind in _DIRECT:
        channel, thread_ts = _direct(desk, chat, notice.person), ""
    else:
        channel, thread_ts = seen.request.channel, seen.request.thread
        if not channel:
            channel = _channel(desk, chat, seen)
    if not channel:
        notices.unreached(desk.engine, notice, now)
        return
    key = _key(notice)
    if notice.kind == "root":
        sent = _post(desk, chat, key, channel, "", card, notice, now)
        if sent is not None and not seen.request.thread:
            notices.thread_is(desk.engine, notice.request, sent.channel, sent.ts)
            del views[notice.request]
        return
    _post(desk, chat, key, channel, thread_ts, card, notice, now)
    if notice.kind == "report":
        name, content = attach(seen)
        chat.upload(channel, name, content, thread=thread_ts, title=_("Report of {id}", id=seen.request.id))


def _seen(
    desk: Desk,
    notice: Notice,
    request: str,
    views: dict[str, View],
    now: datetime,
) -> tuple[View, Step | None]:
    """The request and the step a notice is about, read again when the step is younger than what this batch knows."""

    def step() -> Step | None:
        known = (*views[request].steps, *views[request].reads) if request in views else ()
        return next((one for one in known if one.id == notice.step), None)

    if request not in views or (notice.step and step() is None):
        views[request] = view(desk.engine, request, now)
    return views[request], step()


def _card(desk: Desk, seen: View, step: Step | None, notice: Notice) -> Card:
    whole = request_buttons(desk, seen)
    person = PersonId(notice.person or "")
    if step is not None and notice.kind in {"task", "item", "stuck"}:
        values = step_buttons(desk, seen, step)
        return {"task": asks.task, "item": asks.item, "stuck": asks.stuck}[notice.kind](seen, step, values)
    if step is not None and notice.kind == "reminder":
        return asks.reminder(seen, step)
    match notice.kind:
        case "root":
            return thread.root(seen, whole)
        case "plan":
            return thread.plan(seen)
        case "approval":
            return asks.approval(seen, person, whole)
        case "told":
            return asks.told(seen, notice.body["what"], notice.body.get("by"))
        case "report":
            return thread.finished(seen, whole)
        case _:
            return thread.line(seen, step, notice.body)


def _key(notice: Notice) -> str:
    if notice.kind in {"root", "plan"}:
        return f"{notice.kind}:{notice.request}"
    if notice.kind in _LASTING:
        return f"{notice.kind}:{notice.step or notice.request}:{notice.person}"
    return f"notice:{notice.id}"


def _post(
    desk: Desk,
    chat: Chat,
    key: str,
    channel: str,
    thread_ts: str,
    card: Card,
    notice: Notice,
    now: datetime,
) -> Sent | None:
    known = notices.post(desk.engine, key)
    if known is not None:
        chat.update(Sent(known.channel, known.ts, known.link), card)
        return None
    sent = chat.send(channel, card, thread=thread_ts, key=key)
    link = chat.link(sent) if notice.kind == "root" else ""
    notices.posted(desk.engine, Post(key, sent.channel, sent.ts, link), notice.request, now)
    return sent


def _direct(desk: Desk, chat: Chat, person: str | None) -> str:
    native = lookup.chat_user(desk.engine, desk.system, PersonId(person or ""))
    return chat.direct(native) if native else ""


def _channel(desk: Desk, chat: Chat, seen: View) -> str:
    """The channel of policy; a private one of its own when the subject could read along."""
    channel = chat.find_channel(seen.policy.channel)
    subject = lookup.chat_user(desk.engine, desk.system, seen.request.subject)
    if subject not in chat.members(channel):
        return channel
    owners = {system.owner for system in seen.policy.systems.values()}
    managers = {seen.subject.manager} if seen.subject.manager else set()
    # The room opens before anybody is asked: whoever may be is let in.
    people = {seen.request.requester, *seen.request.approvers} | managers | owners | seen.crew.holding(Power.SECURITY)
    able = sorted(one for one in people - {seen.request.subject} if seen.crew.working(one, seen.now.date()))
    natives = [lookup.chat_user(desk.engine, desk.system, person) for person in able]
    return chat.room(seen.request.id.lower(), [native for native in natives if native])


def _send_power(desk: Desk, chat: Chat, notice: Notice, now: datetime) -> None:
    channel = _direct(desk, chat, notice.person)
    if not channel:
        return
    around = lookup.around(desk.engine)
    number = int(notice.body["proposal"])
    card = home.power(around.crew, around.policy, lookup.proposal(desk.engine, number), desk.sealed, number)
    _post(desk, chat, f"power:{number}:{notice.person}", channel, "", card, notice, now)
