"""What takes two people, in chat: the form that proposes, the card that asks, the answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat import batch
from bot.chat.cards import proposals as cards
from bot.chat.cards import waivers
from bot.chat.cards.steps import what
from bot.chat.cards.words import _, listed
from bot.chat.desk import Desk, known, say
from bot.chat.links import unseal
from bot.chat.offboard import instant, named
from bot.chat.port import Answer, Card, Filled, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power
from bot.engine import lookup, unrole
from bot.engine.batch import KIND
from bot.engine.proposals import asked_about
from bot.engine.seconds import answer
from bot.engine.unanswered import REMINDER, UNANSWERED
from bot.engine.view import seen_by
from bot.engine.waive import propose_waiver, raise_if_over

KINDS = frozenset({"proposal", REMINDER, UNANSWERED})


def card_of(desk: Desk, key: int, person: PersonId, now: datetime, kind: str = "proposal") -> Card:
    """The question as it stands, for one person; a reminder of it, or what others hear because nobody answers."""
    asked = asked_about(desk.engine, key, now)
    if asked is None or person in asked.about:  # who joins those it is about reads no more of it
        return say(_("This question is not there any more."))
    if asked.proposal.kind == KIND:
        question = batch.question(desk, asked, person, now)
    else:
        question = cards.card(asked, person, desk.sealed)
    if kind == REMINDER:
        return cards.reminder(question)
    return cards.unanswered(asked, question) if kind == UNANSWERED else question


def second(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """A yes or a no to what somebody else proposed; a yes to fewer than it is by now is asked again."""
    length = 3 if len(unseal(desk.secret, value)) == 3 else 2
    action, key, *shown = desk.opened(value, length, "second_yes", "second_no")
    person, now = known(who), desk.clock()
    asked = asked_about(desk.engine, int(key), now) if shown else None
    more = asked is not None and asked.proposal.decided_at is None and len(asked.about) > int(shown[0])
    if asked is not None and more and person in asked.proposal.asked:
        return card_of(desk, int(key), person, now)
    return say(_(answer(desk.engine, int(key), person, now, yes=action == "second_yes")))


def waive(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The form: why a step may stay open, and until when."""
    _action, step_id = desk.opened(value, 2, "waive")
    found = lookup.step_request(desk.engine, step_id)
    if found is None:
        raise Refused(_("I cannot find this step any more."))
    step, request = found
    raise_if_over(step, request)
    view = seen_by(desk.engine, request.id, known(who), desk.clock())
    policy = lookup.policy_in_force(desk.engine)
    context = desk.sealed("waive", step_id)
    return waivers.form(
        what(step, view), view.system(step.system), policy.exceptions.longest.days, policy.zone, context
    )


def send_waiver(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Ask for the second yes. Raises Refused with the field that is wrong."""
    _action, step_id = desk.opened(filled.context, 2, "waive")
    policy = lookup.policy_in_force(desk.engine)
    day = filled.values.get("day", "")
    until = instant(day, "00:00", policy.zone) + timedelta(days=1)  # that day is still part of it
    reason = filled.values.get("reason", "")
    now = desk.clock()
    longest = now + policy.exceptions.longest
    until = longest if longest < until <= longest + timedelta(days=1) else until  # the last day the form allows
    made = propose_waiver(desk.engine, step_id, known(who), reason, until, now)
    crew = lookup.around(desk.engine).crew
    names = ", ".join(crew.people[one].name for one in made.asked)
    return say(_("One more person must agree. I asked: {names}.", names=names))


def take_role(desk: Desk, who: Speaker, text: str) -> Card:
    """`/usher take-role @ben it`: ask a second person whether a role ends. Raises Refused."""
    *before, last = text.split() or [""]
    person, trouble = named(desk, " ".join(before))
    if person is None or last.lower() not in set(Power):
        roles = ", ".join(Power)
        raise Refused(
            trouble or _("Say whose role, and which: /usher take-role @name hr. Roles: {roles}.", roles=roles)
        )
    made = unrole.propose_taking(desk.engine, known(who), person.id, Power(last.lower()), desk.clock())
    crew = lookup.around(desk.engine).crew
    names = listed(crew.people[one].name for one in made.asked)
    return say(_("One more person must agree. I asked: {names}.", names=names))
