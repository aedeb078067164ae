"""Several people at once, in chat: the list, the one question, how far it is."""

from __future__ import annotations

from datetime import datetime

from bot.chat.cards import batch as cards
from bot.chat.cards import forms
from bot.chat.cards.words import _, people
from bot.chat.desk import Desk, known, say
from bot.chat.offboard import instant
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.domain.batch import read_list
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.engine import lookup
from bot.engine.batch import KIND, begin
from bot.engine.proposals import Asked, asked_about
from bot.engine.seconds import answer
from bot.engine.submit import raise_if_not_allowed
from bot.engine.together import seen_by, together
from bot.store.outbox import Notice


def open_form(desk: Desk, who: Speaker) -> Form:
    """The form, for whoever may begin an offboarding. Raises Refused."""
    around = lookup.around(desk.engine)
    raise_if_not_allowed(around.policy, around.crew, known(who), desk.clock().date())
    return cards.form(around.policy.zone)


def start(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    """The button that opens it."""
    return open_form(desk, who)


def send(desk: Desk, who: Speaker, filled: Filled, delivery: str) -> Card:
    """Keep the list. Raises Refused with the line or the field that is wrong."""
    values = filled.values
    around = lookup.around(desk.engine)
    found, bad = read_list(values.get("list", ""), around.crew.people)
    if bad:
        lines = " ".join(_("Line {n}, “{text}”: {why}.", n=one.line, text=one.text, why=_(one.why)) for one in bad[:5])
        raise Refused(lines + (_(" And {n} more.", n=len(bad) - 5) if bad[5:] else ""), field="list")
    immediate = values.get("when") == forms.NOW
    at = values.get("time", "")
    batch = begin(
        desk.engine,
        known(who),
        found,
        starts_at=desk.clock() if immediate else instant(values.get("day", ""), at, around.policy.zone),
        immediate=immediate,
        voluntary=values.get("exit") != forms.INVOLUNTARY,
        reason=values.get("reason", "").strip(),
        note=values.get("note", "").strip(),
        typed=values.get("typed", ""),
        now=desk.clock(),
        delivery=delivery,
    )
    text = _(
        "{id}: I am reading what {people} can reach. Then I show all plans together to those who decide. "
        "Nothing changes before enough of them approve. Type /usher {id} to see how far it is.",
        id=batch.id,
        people=people(len(found)),
    )
    return say(text)


def status(desk: Desk, who: Speaker, key: str) -> Card:
    """How far it is. Raises Refused for whom it is not to be seen."""
    return cards.status(seen_by(desk.engine, key, known(who), desk.clock()))


def question(desk: Desk, asked: Asked, person: PersonId, now: datetime) -> Card:
    """The one question about all of them, as it stands."""
    key = str(asked.proposal.id)
    found = together(desk.engine, str(asked.proposal.body["batch"]), now, sampled=True)
    return cards.question(found, asked, person, {name: desk.sealed(name, key) for name in ("batch_yes", "second_no")})


def told(desk: Desk, notice: Notice, now: datetime) -> Card:
    """What whoever asked hears."""
    return cards.told(together(desk.engine, str(notice.body["batch"]), now), str(notice.body["what"]))


def approve(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Form:
    """The form in which the number of people is typed."""
    _action, key = desk.opened(value, 2, "batch_yes")
    asked = _open(desk, key, known(who))
    return cards.sure(together(desk.engine, asked, desk.clock()), desk.sealed("batch_sure", key))


def send_yes(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """The yes. Raises Refused when the number does not fit."""
    _action, key = desk.opened(filled.context, 2, "batch_sure")
    found = together(desk.engine, _open(desk, key, known(who)), desk.clock())
    if filled.values.get("typed", "").strip() != str(found.sum.people):
        raise Refused(_("These are {n} people. Type that number.", n=found.sum.people), field="typed")
    return say(_(answer(desk.engine, int(key), known(who), desk.clock(), yes=True)))


def _open(desk: Desk, key: str, person: PersonId) -> str:
    """The batch that a proposal is about, for whoever was asked. Raises Refused."""
    asked = asked_about(desk.engine, int(key), desk.clock())
    if asked is None or asked.proposal.kind != KIND or person not in asked.proposal.asked:
        raise Refused(_("You are not among the people who may agree to this."))
    return str(asked.proposal.body["batch"])
