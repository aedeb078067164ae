"""What people who are not asked hear of somebody's leaving: that it starts, that it is over. Never why, never how."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.cards.words import _, day_and_time, listed
from bot.chat.port import Card, Heading, Lines, Small, Text
from bot.domain.model import Person
from bot.domain.policy import Crew, Policy
from bot.domain.telling import FINISHED, GIVEN_BACK
from bot.engine.telling import News

_MOST = 15  # lines of one message


def card(some: Sequence[News]) -> Card:
    """One message, however many people it is about."""
    lines = tuple(line(one) for one in some)
    hint = Small(_("This is for your information. If I need you for something, I ask you in a message of its own."))
    if len(lines) == 1:
        return Card(lines[0], (Text(lines[0]), hint))
    head = _("News about {n} people", n=len(lines))
    more = (Small(_("And {n} more.", n=len(lines) - _MOST)),) if len(lines) > _MOST else ()
    return Card(head, (Heading(head), Lines(lines[:_MOST]), *more, hint))


def line(one: News) -> str:
    """One sentence or two. An exit at once and one on a last day read differently; why somebody leaves is not said."""
    name, key = one.person.name, one.request.id
    if one.what == GIVEN_BACK:
        return _(
            "{id}: the access of {name} is given back. What I said before about its end is no longer so.",
            id=key,
            name=name,
        )
    if one.what == FINISHED:
        return _("{id}: the access of {name} has ended everywhere. Nothing is left to do for you.", id=key, name=name)
    if one.request.contains_at_once:
        return _("{id}: the access of {name} ends now. If somebody asks you why, send them to HR.", id=key, name=name)
    at = day_and_time(one.request.starts_at, one.person.zone)
    return _("{id}: the access of {name} ends as planned, on {at}.", id=key, name=name, at=at)


_GROUPS = {
    "manager": "the manager",
    "owners": "whoever looks after the systems",
    "payroll": "payroll",
    "admin": "the admins of Usher",
    "hr": "HR",
    "it": "IT",
    "security": "security",
    "auditor": "the auditors",
}


def who(policy: Policy, crew: Crew, person: Person) -> str:
    """Who will be told, in a line of the form: before anybody sends it."""
    boss = crew.people.get(person.manager) if person.manager else None
    words = {**_GROUPS, "manager": boss.name if boss else ""}
    started = listed(filter(None, (_(words[name]) if words[name] else "" for name in policy.tell.started)))
    finished = listed(filter(None, (_(words[name]) if words[name] else "" for name in policy.tell.finished)))
    said = [_("Asked: whoever decides, and whoever has something to do.")]
    if started:
        said.append(_("Told when it begins: {names}.", names=started))
    if finished:
        said.append(_("Told when it is over: {names}.", names=finished))
    said.append(_("Nobody is told why. {name} is told nothing by me.", name=person.name))
    return " ".join(said)
