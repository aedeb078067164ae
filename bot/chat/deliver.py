"""The outbox becomes messages: in order, by one replica at a time, found again by key; no reason to undo a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.chat import digest
from bot.chat.bundles import Bundle, bundles
from bot.chat.desk import Desk
from bot.chat.mail.queue import by_mail, elsewhere
from bot.chat.messages import DIRECT, card_of, named_in, place_of, room_of, title_of
from bot.chat.port import Attaches, Card, Chat, ChatError, Finds, Pace, Sent
from bot.chat.views import Views
from bot.domain.model import PersonId
from bot.engine import lookup, notices
from bot.engine import spread as lanes
from bot.engine.retry import UNEXPECTED
from bot.engine.unserved import KIND as UNSERVED
from bot.engine.view import View
from bot.store.outbox import Post
from bot.store.streams import Stream

log = structlog.get_logger()

Attach = Callable[[View], tuple[str, bytes]]

ONCE = digest.KINDS | {"news", UNSERVED}  # what nobody needs twice
MOST = 100  # streams of one tick
_UPDATES = "updates"  # the pace they share, whatever the channel
_FREE = Pace(timedelta(0))
_SKEW = timedelta(minutes=10)  # between our clock and the platform's


class _Busy(Exception):
    """The place takes no message before `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


class _Lost(Exception):
    """The claim has run out: perhaps another replica goes on with the stream."""


@dataclass(frozen=True, slots=True)
class _Round:
    """One stream, being told."""

    desk: Desk
    chat: Chat
    attach: Attach
    stream: Stream
    views: Views

    @property
    def now(self) -> datetime:
        return self.desk.clock()


def deliver(desk: Desk, chat: Chat, attach: Attach, now: datetime, me: str = "local") -> int:
    """Send what waits; how many messages. A failure of the chat delays messages, nothing else.

    `me` names this replica: what it holds when it dies is taken up by the others after 30 seconds. A company with two
    chats calls this for each of them: what one of them cannot take now does not wait in the other.
    """
    if desk.lane:
        lanes.spread(desk.engine, lanes.Chats(desk.chats, DIRECT, ONCE), now)
    count = 0
    for _ in range(MOST):
        stream = notices.claim(desk.engine, me, now, chat=desk.lane)
        if stream is None:
            break
        told, silent = _tell(_Round(desk, chat, attach, stream, Views(desk)))
        count += told
        if silent:
            break  # each further try would wait as long for nothing
    return count


def _tell(this: _Round) -> tuple[int, bool]:
    """Tell a stream as far as it goes now: how many messages, and whether the platform is silent."""
    doubt = this.stream.doubt
    count = 0
    for bundle in bundles(this.stream.notices, this.now):
        try:
            _say(this, bundle, doubt=doubt)
        except _Lost:
            return count, False
        except _Busy as busy:
            notices.release(this.desk.engine, this.stream, busy.at, doubt=doubt)
            return count, False
        except ChatError as error:
            return count, _failed(this, bundle, error, doubt=doubt)
        except Exception:  # our own mistake in one message must not silence all the others
            log.exception(
                "message failed", notice=bundle.first.id, kind=bundle.first.kind, request=bundle.first.request
            )
            due = this.now + _wait(bundle, 0)
            notices.release(this.desk.engine, this.stream, due, UNEXPECTED, doubt=doubt)
            return count, False
        doubt = False
        count += 1
    return count, False


def _failed(this: _Round, bundle: Bundle, error: ChatError, *, doubt: bool) -> bool:
    log.warning("message delayed", notice=bundle.first.id, kind=bundle.first.kind, said=error.said)
    due = this.now + _wait(bundle, error.after)
    notices.release(this.desk.engine, this.stream, due, error.said, doubt=doubt or error.unknown)
    if error.dead:
        notices.refused(this.desk.engine, error.said, this.now, this.desk.lane)
    return error.dead or error.unknown


def _wait(bundle: Bundle, asked: float) -> timedelta:
    return timedelta(seconds=asked or min(60.0, 2.0 ** min(bundle.first.tries, 6)))


def _say(this: _Round, bundle: Bundle, *, doubt: bool) -> None:
    notice, engine = bundle.first, this.desk.engine
    try:
        channel, thread = place_of(this.views, this.chat, notice, this.now)
        if not channel:
            _past_the_chat(this, bundle, "no chat account")
            return
        card = card_of(this.views, bundle, this.now)
        post, fresh = _posted(this, bundle, card, Sent(channel, thread), doubt=doubt)
    except ChatError as error:
        if not (error.gone and notice.kind in DIRECT):
            raise
        _past_the_chat(this, bundle, error.said)
        return
    if notice.kind == "root" and notice.request and fresh and not thread:
        notices.thread_is(engine, notice.request, this.desk.system, post.channel, post.ts)
        this.views.forget(notice.request)
    if notice.kind == "report" and notice.request:
        notices.posted(engine, post, notice.request, this.now)
        _attach(this, bundle, post, thread, doubt=doubt)
    notices.sent(engine, this.stream, bundle.ids, this.now, post if fresh else None)


def _past_the_chat(this: _Round, bundle: Bundle, said: str) -> None:
    """In the other chat, if there is one; or by mail, where policy has it; else whoever asked hears of it."""
    engine, others = this.desk.engine, this.desk.others
    if others and lanes.reaches_elsewhere(engine, others, this.stream, bundle.ids, this.now, said):
        return
    if not by_mail(this.views, bundle, this.now):
        notices.unreached(engine, bundle.first, this.now)
    notices.sent(engine, this.stream, bundle.ids, this.now, said=said)


def _posted(this: _Round, bundle: Bundle, card: Card, place: Sent, *, doubt: bool) -> tuple[Post, bool]:
    """The message, drawn again where it stands, or posted, and which of them; `place.ts` is the thread."""
    key = named_in(this.desk.system, bundle.first)
    known = elsewhere(notices.post(this.desk.engine, key))
    if known is None:
        _let_in(this, bundle)
    there = known or (_found(this, bundle, key, place) if doubt else None)
    if there is not None and _drawn(this, there, card):
        linked = _linked(this, bundle, there)
        return linked, linked != known
    _turn(this, place.channel, this.chat.posting)
    try:
        sent = this.chat.send(place.channel, card, thread=place.ts, key=key)
    except ChatError as error:
        if error.after:
            notices.slower(this.desk.engine, place.channel, this.now + timedelta(seconds=error.after))
        raise
    return _linked(this, bundle, Post(key, sent.channel, sent.ts, sent.link)), True


def _let_in(this: _Round, bundle: Bundle) -> None:
    """Whoever is asked later than others may read along, too; the question itself never waits for that."""
    room = room_of(this.views, bundle.first, this.now)
    if not room:
        return
    native = lookup.chat_user(this.desk.engine, this.desk.system, PersonId(bundle.first.person or ""))
    try:
        this.chat.invite(room, [native] if native else [])
    except ChatError as error:
        log.warning("somebody who is asked cannot be let into the room", request=bundle.first.request, said=error.said)


def _drawn(this: _Round, there: Post, card: Card) -> bool:
    """Whether the message was there to be drawn again."""
    _turn(this, f"{_UPDATES}{this.desk.lane}", this.chat.updating)
    try:
        this.chat.update(Sent(there.channel, there.ts, there.link), card)
    except ChatError as error:
        if not error.gone:
            raise
        log.warning("somebody deleted a message, it is posted again", key=there.key, said=error.said)
        return False
    return True


def _found(this: _Round, bundle: Bundle, key: str, place: Sent) -> Post | None:
    """An earlier try of ours that arrived although we never heard so."""
    if not isinstance(this.chat, Finds):
        return None
    since = bundle.first.at - _SKEW
    try:
        sent = this.chat.find(place.channel, key, thread=place.ts, since=since)
    except ChatError as error:
        if error.after or error.unknown or error.dead:
            raise
        log.warning("cannot look for an earlier message; it may be there twice", key=key, said=error.said)
        return None
    return Post(key, sent.channel, sent.ts, sent.link) if sent else None


def _turn(this: _Round, name: str, pace: Pace | None) -> None:
    """Wait for nothing here: either it is our turn, or the stream comes back later."""
    every, burst = (pace.every, pace.burst) if pace else (_FREE.every, _FREE.burst)
    held, free_at = notices.turn(this.desk.engine, this.stream, name, every, burst, this.now)
    if not held:
        raise _Lost
    if free_at is not None:
        raise _Busy(free_at)


def _linked(this: _Round, bundle: Bundle, post: Post) -> Post:
    """The post with its address, where people open it from elsewhere."""
    if post.link or bundle.first.kind != "root":
        return post
    try:
        return Post(post.key, post.channel, post.ts, this.chat.link(Sent(post.channel, post.ts)))
    except ChatError as error:
        log.warning("a message has no address yet", key=post.key, said=error.said)
        return post  # it is there; the next redrawing asks again


def _attach(this: _Round, bundle: Bundle, post: Post, thread: str, *, doubt: bool) -> None:
    if not isinstance(this.chat, Attaches):
        return
    request, since = bundle.first.request or "", bundle.first.at - _SKEW
    seen, _step = this.views.of(bundle.first, request, this.now)
    name, content = this.attach(seen)
    key = f"file:{bundle.first.id}"
    if notices.post(this.desk.engine, key) is not None:
        return
    if not (doubt and this.chat.attached(post.channel, name, thread=thread, since=since)):
        this.chat.upload(post.channel, name, content, thread=thread, title=title_of(request))
    notices.posted(this.desk.engine, Post(key, post.channel, post.ts), request, this.now)
