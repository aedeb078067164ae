"""The dialogue about signals: the card of a question, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat import offboard
from bot.chat.cards import signals as cards
from bot.chat.cards.words import _, day_and_time
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Speaker, Where
from bot.domain.model import PersonId
from bot.domain.policy import leaving_time
from bot.domain.signals import Ask
from bot.engine import heed, lookup, signs
from bot.store.outbox import Notice

Handler = Callable[[Desk, Speaker, str, str, Where], Answer]

_OPEN = ("signal_yes", "signal_other", "signal_no", "signal_later", "signal_follow")
_HELD = ("held_ask", "held_none")


def key_of(notice: Notice) -> str:
    """The name of the message: a question that is asked again is another message."""
    return f"signal:{notice.body['question']}:{notice.body['turn']}:{notice.person}"


def card(desk: Desk, notice: Notice, now: datetime) -> Card:
    """What the message says now."""
    key = int(notice.body["question"])
    found = signs.look(desk.engine, key)
    if found is None:
        return cards.gone()
    if found.signals[-1].turn != int(notice.body["turn"]):
        return cards.again(found)
    around = lookup.around(desk.engine)
    seal = {name: desk.sealed(name, str(key), found.question.shown) for name in _OPEN}
    seal |= {name: desk.sealed(name, str(key)) for name in _HELD}
    if found.question.request:
        seal["show"] = desk.sealed("show", found.question.request.id)
    reader = around.crew.people.get(PersonId(notice.person or ""))
    return cards.asked(around, found, seal, now, reader.zone if reader else around.policy.zone)


def _yes(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, key, shown = desk.opened(value, 3, "signal_yes")
    request = heed.start(desk.engine, int(key), shown, known(who), desk.clock())
    return say(_("{id}: I am reading what can be reached. Then I ask the people who decide.", id=request.id))


def _other(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The usual form, with the person and the day filled in: sending it answers the question."""
    _action, key, shown = desk.opened(value, 3, "signal_other")
    found = heed.stands(desk.engine, int(key), shown, known(who), desk.clock())
    if found.person is None or found.question.ask is not Ask.START:
        return say(_("Type /offboard and the name of the person."))
    ends = found.question.ends
    at = leaving_time(lookup.around(desk.engine).policy, found.person, ends) if ends else desk.clock()
    local = at.astimezone(ZoneInfo(found.person.zone))
    return offboard.form_for(desk, who, found.person, f"{local:%Y-%m-%d}", f"{local:%H:%M}", past=at <= desk.clock())


def _no(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, key, shown = desk.opened(value, 3, "signal_no")
    heed.dismiss(desk.engine, int(key), shown, known(who), desk.clock())
    return say(_("Thank you, noted. Nothing was changed."))


def _later(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, key, shown = desk.opened(value, 3, "signal_later")
    at = heed.later(desk.engine, int(key), shown, known(who), desk.clock())
    person = lookup.around(desk.engine).crew.people[known(who)]
    return say(_("I ask you again on {at}.", at=day_and_time(at, person.zone)))


def _follow(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    _action, key, shown = desk.opened(value, 3, "signal_follow")
    found = heed.stands(desk.engine, int(key), shown, known(who), desk.clock())
    request = heed.follow(desk.engine, int(key), shown, known(who), desk.clock())
    if found.question.ask is Ask.CANCEL:
        return say(_("{id} is cancelled. Nothing was changed.", id=request.id))
    return say(_("{id} is moved. The approvers are asked again.", id=request.id))


def _let_go(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    action, key = desk.opened(value, 2, *_HELD)
    count = heed.let_go(desk.engine, int(key), known(who), desk.clock(), ask=action == "held_ask")
    if action == "held_ask":
        return say(_("I ask about each of the {n} people now.", n=count))
    return say(_("Noted: none of the {n} people leaves. Nothing was begun.", n=count))


HANDLERS: dict[str, Handler] = {
    "signal_yes": _yes,
    "signal_other": _other,
    "signal_no": _no,
    "signal_later": _later,
    "signal_follow": _follow,
    "held_ask": _let_go,
    "held_none": _let_go,
}
