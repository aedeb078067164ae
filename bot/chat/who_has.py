"""Who has what: `/who-has`, `/usher person`, and the button that reads anew."""

from __future__ import annotations

from bot.chat.cards import who_has as cards
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.engine import lookup, rescan
from bot.engine.who_has import portrait, scope_of, who_has
from bot.store.outbox import Notice

_MOST = 10  # people to choose from


def system(desk: Desk, who: Speaker, text: str) -> Card:
    """Who has a system or a right."""
    now = desk.clock()
    found = who_has(desk.engine, text, known(who), now)
    return cards.answers(found, now, lookup.policy_in_force(desk.engine).zone)


def person(desk: Desk, who: Speaker, text: str) -> Answer:
    """Everything about one person, by a mention or a name; with `fresh` at the end everything is read first."""
    by = known(who)
    scope_of(desk.engine, by, desk.clock())  # nobody else learns who exists
    words = text.split()
    anew = len(words) > 1 and words[-1].lower() == "fresh"
    typed = " ".join(words[:-1] if anew else words)
    found = _named(desk, typed)
    if len(found) != 1:
        return cards.which(found, tuple(desk.sealed("person", one.id) for one in found))
    return _read(desk, found[0].id, by) if anew else _card(desk, found[0].id, by)


def show(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """One of several was chosen."""
    _action, key = desk.opened(value, 2, "person")
    return _card(desk, PersonId(key), known(who))


def fresh(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Read everything about this person now."""
    _action, key = desk.opened(value, 2, "fresh")
    return _read(desk, PersonId(key), known(who))


def look_now(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Look again at what somebody had who left, without waiting for the day."""
    _action, request = desk.opened(value, 2, "look_now")
    rescan.ask(desk.engine, request, known(who), desk.clock())
    return say(_("I look at everything again now. What I see comes into the thread of {id}.", id=request))


def told(desk: Desk, notice: Notice, subject: PersonId) -> Card:
    """What was read anew, for whoever asked; not if that may not be told any more."""
    try:
        return _card(desk, subject, PersonId(notice.person or ""))
    except Refused as refused:
        return say(refused.words)


def _read(desk: Desk, key: PersonId, by: PersonId) -> Card:
    check = rescan.fresh(desk.engine, key, by, desk.clock())
    return say(_("{id}: I read everything now and change nothing. The answer comes here in a moment.", id=check.id))


def _card(desk: Desk, key: PersonId, by: PersonId) -> Card:
    return cards.portrait(portrait(desk.engine, key, by, desk.clock()), desk.sealed("fresh", key))


def _named(desk: Desk, typed: str) -> tuple[Person, ...]:
    words = typed.strip().removeprefix("@")
    if words.startswith("<@") and words.endswith(">") and words.count("<@") == 1:
        key = lookup.person_of(desk.engine, desk.system, words[2:-1].split("|")[0])
        one = lookup.around(desk.engine).crew.people.get(key) if key else None
        found: tuple[Person, ...] = (one,) if one else ()
    else:
        found = tuple(one for one, _beyond in lookup.search(desk.engine, words, _MOST)) if words else ()
    if not found:
        raise Refused(_("I do not know this person."), hint=_("Type /usher person and a name, or a mention."))
    return found
