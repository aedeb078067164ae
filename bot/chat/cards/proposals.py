"""The card of what takes two people: the question in words by its kind, the answers so far, two buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.cards.forms import role_name as role
from bot.chat.cards.steps import state_words, what
from bot.chat.cards.thread import title
from bot.chat.cards.words import _, counted, day_and_time, listed, within
from bot.chat.port import Button, Buttons, Card, Facts, Heading, Piece, Small, Text, Tone
from bot.domain.model import PersonId
from bot.engine.proposals import Asked

_NAMED = 20  # people named on a card


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of proposal is put to people. `sure` is asked before a yes counts."""

    head: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    yes: str = ""
    no: str = ""
    sure: str = ""


def _waive(asked: Asked) -> Words:
    view, step, body = asked.view, asked.step, asked.proposal.body
    if view is None or step is None:
        return Words(_("Leave something open?"), _("What this was about is not there any more."))
    did, system = what(step, view), view.system(step.system)
    until = day_and_time(datetime.fromisoformat(body["until"]), asked.policy.zone)
    text = _(
        "{name} proposes to leave this open: {did} ({system}).",
        name=asked.name(asked.proposal.proposed_by),
        did=did,
        system=system,
    )
    facts = (
        (_("For"), title(view)),
        (_("How it stands"), step.error or state_words(step, view)),
        (_("Why"), body["reason"]),
        (_("Until"), until),
    )
    sure = _("This stays as it is until {until}, and the report says so. Do you agree?", until=until)
    return Words(_("Leave a step open?"), text, facts, _("Agree"), _("Do not agree"), sure)


def _lock(asked: Asked) -> Words:
    view, name = asked.view, asked.name(asked.proposal.proposed_by)
    if view is None:
        return Words(_("Lock the accounts?"), _("What this was about is not there any more."))
    text = _(
        "{name} asks to lock the accounts of {who} now, before {id} is approved.",
        name=name,
        who=view.subject.name,
        id=view.request.id,
    )
    then = _("Sign-in, keys and open sessions end at once, and nothing else. It can be given back.")
    owed = view.policy.lock_now.review if view.policy.lock_now else timedelta(hours=24)
    rest = _("The ordinary approval is still needed, within {hours}.", hours=within(owed))
    sure = _("The accounts of {who} are locked at once. Do you agree?", who=view.subject.name)
    facts = ((_("For"), title(view)), (_("What happens"), then), (_("After that"), rest))
    return Words(_("Lock the accounts now?"), text, facts, _("Agree and lock"), _("Do not agree"), sure)


def _brake(asked: Asked) -> Words:
    names = [asked.name(person) for person in asked.about]
    whom = _("One more person is") if len(names) == 1 else _("{n} more people are", n=len(names))
    text = _(
        "{whom} to lose their access, more than usual within an hour. Nothing of it starts before two of you agree and "
        "ten minutes have passed. Is it right?",
        whom=whom,
    )
    rest = _(" and {n} more", n=len(names) - _NAMED) if len(names) > _NAMED else ""
    facts = ((_("Who"), ", ".join(names[:_NAMED]) + rest),)
    sure = _("{whom} to lose their access, if those who decide agree as well. Is that right?", whom=whom)
    return Words(_("So many at once?"), text, facts, _("It is right"), _("It is a mistake: cancel all"), sure)


def _go_on(asked: Asked) -> Words:
    name = asked.name(asked.proposal.proposed_by)
    since = day_and_time(datetime.fromisoformat(asked.proposal.body["since"]), asked.policy.zone)
    text = _("{name} proposes that Usher goes on. It is paused since {since}.", name=name, since=since)
    sure = _("Everything that waits begins, in all systems. Do you agree?")
    return Words(_("Let Usher go on?"), text, (), _("Agree"), _("Do not agree"), sure)


def _unrole(asked: Asked) -> Words:
    body, name = asked.proposal.body, asked.name(asked.proposal.proposed_by)
    who = asked.name(body["person"])
    text = _(
        "{name} proposes that {who} no longer has the role {role} in Usher.",
        name=name,
        who=who,
        role=role(body["power"]),
    )
    sure = _("The role ends at once; what waits for {who} because of it is asked of others. Do you agree?", who=who)
    return Words(_("Take a role away?"), text, (), _("Agree"), _("Do not agree"), sure)


WORDS: Mapping[str, Callable[[Asked], Words]] = {
    "waive": _waive,
    "go-on": _go_on,
    "lock": _lock,
    "brake": _brake,
    "unrole": _unrole,
}


def card(asked: Asked, person: PersonId, seal: Callable[..., str]) -> Card:
    """The question, for one person: with buttons while their answer is wanted, afterwards with what came of it."""
    proposal = asked.proposal
    words = WORDS[proposal.kind](asked)
    pieces: list[Piece] = [Heading(words.head), Text(words.text)]
    if words.facts:
        pieces.append(Facts(words.facts))
    pieces += [Text(said) for said in given(asked)]
    answered = any(one.person == person for one in asked.given)
    if proposal.decided_at is None and not answered and person != proposal.proposed_by:
        key = str(proposal.id)
        shown = (str(len(asked.about)),) if asked.about else ()  # a yes is a yes to so many
        agree = seal("second_yes", key, *shown)
        yes = Button(words.yes or _("Agree"), "second_yes", agree, Tone.GOOD, confirm=words.sure)
        no = Button(words.no or _("Do not agree"), "second_no", seal("second_no", key))
        pieces.append(Buttons((yes, no)))
    else:
        pieces.append(Text(outcome(asked)))
    return Card(words.text, tuple(pieces))


def reminder(question: Card) -> Card:
    """The same question once more, for whoever has not answered it."""
    if not any(isinstance(piece, Buttons) for piece in question.pieces):
        text = _("Thank you, nothing is asked of you here any more: {what}", what=question.text)
        return Card(text, (Text(text),))
    text = _("A reminder: this waits for your answer.")
    return Card(_("{text} {what}", text=text, what=question.text), (Text(text), *question.pieces))


def unanswered(asked: Asked, question: Card) -> Card:
    """What others hear because nobody answers: what it is, since when, and whom it waits for."""
    if asked.proposal.decided_at is not None:
        text = _("What you were told about was decided meanwhile. Thank you.")
        return Card(text, (Text(text),))
    given_by = {one.person for one in asked.given}
    names = listed(asked.name(one) for one in asked.proposal.asked if one not in given_by)
    since = day_and_time(asked.proposal.proposed_at, asked.policy.zone)
    text = _("Nobody has answered since {at}: {what}", at=since, what=question.text)
    hint = _("Please speak with them. Nothing of it happens before they answer.")
    return Card(text, (Heading(_("Nobody has answered")), Text(text), Facts(((_("Asked"), names),)), Small(hint)))


def given(asked: Asked) -> list[str]:
    """Who has answered, and how."""
    zone = asked.policy.zone
    said = {True: _("{name} agreed on {at}."), False: _("{name} did not agree on {at}.")}
    return [said[one.yes].format(name=asked.name(one.person), at=day_and_time(one.at, zone)) for one in asked.given]


def outcome(asked: Asked) -> str:
    """What came of it so far."""
    proposal = asked.proposal
    if proposal.decided_at is None:
        left = proposal.needs - sum(one.yes for one in asked.given)
        return counted(left, "One more person must agree.", "{n} more people must agree.")
    if proposal.yes is None:
        return _("What this was about is over. Nothing is left to decide.")
    if proposal.yes:
        return _("Agreed. It is done.")
    return _("Not agreed. It stays as it was.")
