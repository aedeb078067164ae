"""Who has what, in words: of a system, of a right, of a person; each with the time at which it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.chat.cards.words import KINDS, STATES, _, ago, day_and_time, listed
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Piece, Rule, Small, Text
from bot.domain.by_hand import order
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Person, Task, Trigger
from bot.domain.planning import blind_parts
from bot.domain.policy import System
from bot.domain.reading import Reading
from bot.domain.request import Step
from bot.engine.who_has import Answer, Happened, Holder, Portrait

_MOST = 40  # lines of one list; a reader looks no further, and a system may have thousands of accounts
_RIGHTS = 12  # of one person in one system


def answers(found: tuple[Answer, ...], now: datetime, zone: str) -> Card:
    """What `/who-has` answers."""
    pieces: list[Piece] = []
    for one in found[:10]:
        pieces += _answer(one, now, zone)
    if len(found) > 10:
        pieces.append(Small(_("{n} more match. Say more of the name.", n=len(found) - 10)))
    pieces.append(Small(_("This is what was seen at the time named. Nothing was read anew for it.")))
    names = listed(dict.fromkeys(one.right or one.system.name for one in found[:3]))
    return Card(_("Who has {what}", what=names), tuple(pieces))


def _answer(one: Answer, now: datetime, zone: str) -> Iterable[Piece]:
    name = one.system.name
    yield Heading(_("{right} in {system}", right=one.right, system=name) if one.right else name)
    lines = [_holder(holder, now) for holder in one.holders]
    if lines:
        yield Lines(_cut(lines))
    else:
        yield Text(_("I know nobody who has it."))
    lent = [
        _("{id}: {name}, until {at}", id=request.id, name=person.name, at=day_and_time(request.until, zone))
        for request, person in one.lent
        if request.until
    ]
    if lent:
        yield Lines(_cut(lent), _("For a while, through Usher"))
    if not one.system.connector:
        yield Small(_("Usher cannot look into {system}: whoever looks after it knows more.", system=name))


def _holder(holder: Holder, now: datetime) -> str:
    who = f"{holder.person.name} ({listed(holder.labels)})" if holder.labels else holder.person.name
    if holder.seen is None:
        return _("{who}: an account is known, and it was never read", who=who)
    when = ago(holder.seen.at, now)
    if holder.matching:
        paths = dict.fromkeys(_path(one.path) for one in holder.matching)
        return _("{who}: {paths}, seen {when}", who=who, paths=listed(paths), when=when)
    return _("{who}: {has}, seen {when}", who=who, has=listed(_brief(holder.seen)), when=when)


def _path(path: str) -> str:
    return _("directly") if path == "direct" else path


def _brief(seen: Reading) -> Iterable[str]:
    accounts = seen.account.items
    if accounts and all(one.active is False for one in accounts):
        yield _("locked")
    elif not accounts:
        yield _("no account") if seen.account.complete else _("accounts not shown")
    rights = len(dict.fromkeys(one.key for one in seen.grants.items))
    keys = sum(one.active for one in (*seen.credentials.items, *seen.made.items))
    yield (_("no rights"), _("1 right"))[rights] if rights < 2 else _("{n} rights", n=rights)
    if keys:
        yield _("1 key that works") if keys == 1 else _("{n} keys that work", n=keys)
    if tuple(blind_parts(seen)):
        yield _("not all was shown")


def portrait(found: Portrait, button: str) -> Card:
    """What `/usher person` answers; `button` is the sealed value of Read anew."""
    person = found.person
    pieces: list[Piece] = [Heading(_("{name}: what is known", name=person.name)), Text(_who(found))]
    for system in found.systems:
        pieces += _system(found, system)
    pieces += _waits(found)
    pieces += _taken(found)
    pieces += _kept(found)
    if found.next_look:
        at = day_and_time(found.next_look.due, found.policy.zone)
        pieces.append(Text(_("I look again on {at}.", at=at)))
    pieces += _to_be_deleted(found)
    pieces.append(Buttons((Button(_("Read anew"), "fresh", button),)))
    pieces.append(Small(_("Read anew only reads. It changes nothing, and the answer comes as a message.")))
    return Card(_("What is known about {name}", name=person.name), tuple(pieces))


def _to_be_deleted(found: Portrait) -> Iterable[Piece]:
    """What will be asked some day, and never done without a yes."""
    names = {one.key: one.name for one in found.systems}
    for one in found.deletions:
        at = day_and_time(one.due, found.policy.zone)
        held = found.policy.legal_hold.covers(found.person.id, one.system)
        words = "{system}: the accounts will be deleted on {at}, if those who decide agree then."
        if held:
            words = "{system}: the accounts are kept by a legal hold. I look again on {at}."
        yield Text(_(words, system=names[one.system], at=at))


def _who(found: Portrait) -> str:
    person = found.person
    words = [", ".join(filter(None, (person.title, person.department)))]
    left = not found.crew.working(person.id, found.now.date())
    words.append(_("Does not work here now") if left else _("Works here"))
    return ". ".join(filter(None, words)) + "."


def _system(found: Portrait, system: System) -> Iterable[Piece]:
    seen = found.readings.get(system.key)
    if seen is None:
        yield Lines((_unread(found, system),), system.name)
        return
    lines = [_account(one) for one in seen.account.items]
    if not lines:
        lines = [_("No account is there.") if seen.account.complete else _("Its accounts were not shown.")]
    rights = list(dict.fromkeys(_right(one.entitlement.label, one.path) for one in seen.grants.items))
    if rights:
        more = _(" and {n} more", n=len(rights) - _RIGHTS) if len(rights) > _RIGHTS else ""
        lines.append(_("Rights: {names}{more}", names=listed(rights[:_RIGHTS]), more=more))
    keys = [one.label for one in (*seen.credentials.items, *seen.made.items) if one.active]
    if keys:
        lines.append(_("Keys that work: {names}", names=listed(keys[:_RIGHTS])))
    owned = [one.label for one in seen.assets.items if one.sole_admin]
    if owned:
        lines.append(_("Nobody else looks after: {names}", names=listed(owned[:_RIGHTS])))
    hidden = listed(_(part.part) for part in blind_parts(seen))
    if hidden:
        lines.append(_("Not shown: {parts}", parts=hidden))
    title = _("{system}, seen {when}", system=system.name, when=ago(seen.at, found.now))
    yield Lines(tuple(lines), title)


def _unread(found: Portrait, system: System) -> str:
    if not system.connector:
        return _("Usher cannot look into it.")
    known = found.known.get(system.key, ())
    return (
        _("Never read. Known account: {names}.", names=listed(known)) if known else _("Never read, no account known.")
    )


def _account(one: Account) -> str:
    if one.active is False:
        return _("{label}: locked", label=one.label)
    return _("{label}: works", label=one.label) if one.active else _("{label}: is there", label=one.label)


def _right(label: str, path: str) -> str:
    return label if path == "direct" else f"{label} ({path})"


def _waits(found: Portrait) -> Iterable[Piece]:
    lines = [line for one in found.requests for line in _open(found, one)]
    if lines:
        yield Lines(_cut(lines), _("Waits"))


def _open(found: Portrait, one: Happened) -> Iterable[str]:
    request = one.request
    if request.closed_at is not None:
        return
    kind, state = _(KINDS.get(request.trigger, "request")), _(STATES[request.state])
    names = listed(_name(found, person) for person in request.approvers)
    asked = _(", asked: {names}", names=names) if request.state is RequestState.AWAITING_APPROVAL and names else ""
    until = _(", until {at}", at=day_and_time(request.until, found.policy.zone)) if request.until else ""
    yield _("{id}: {kind}, {state}{asked}{until}", id=request.id, kind=kind, state=state, asked=asked, until=until)
    if request.state is RequestState.RUNNING and request.trigger is not Trigger.ACCESS:
        for step in one.open:
            whom = _(", asked: {name}", name=_name(found, step.assignee)) if step.assignee else ""
            yield _("{id}: {what}{whom}", id=request.id, what=_step(found, step), whom=whom)


def _taken(found: Portrait) -> Iterable[Piece]:
    lines = [
        _("{id}: {what}, {at}", id=one.request.id, what=_step(found, step), at=_at(found, step))
        for one in found.requests
        if one.request.removes or one.request.deletes
        for step in one.taken
    ]
    if lines:
        yield Lines(_cut(lines), _("Ended, seen or done by a named person"))


def _kept(found: Portrait) -> Iterable[Piece]:
    lines = []
    for one in found.requests:
        for step in one.kept if one.request.removes or one.request.deletes else ():
            until = step.state is StepState.WAIVED and step.due
            by = _(", decided by {name}", name=_name(found, step.ended_by)) if step.ended_by else ""
            at = _(", until {at}", at=day_and_time(step.due, found.policy.zone)) if until and step.due else ""
            lines.append(_("{id}: {what}{by}{at}", id=one.request.id, what=_step(found, step), by=by, at=at))
    if lines:
        yield Rule()
        yield Lines(_cut(lines), _("Left as it is, by decision"))


def _at(found: Portrait, step: Step) -> str:
    at = day_and_time(step.ended_at, found.policy.zone) if step.ended_at else ""
    if step.state is StepState.ATTESTED:
        return _("done by {name} on {at}", name=_name(found, step.ended_by), at=at)
    return _("seen done on {at}", at=at)


def _step(found: Portrait, step: Step) -> str:
    system = found.policy.systems.get(step.system)
    return f"{system.name if system else step.system}: {what(step)}"


def what(step: Step) -> str:
    """One item in a few words, without the request around it."""
    action = step.action
    return _(action.title) if isinstance(action, Task) else order(action) if action else _("a look")


def _name(found: Portrait, person: str | None) -> str:
    known = next((one for key, one in found.crew.people.items() if key == person), None)
    return known.name if known else (person or "Usher")


def _cut(lines: list[str]) -> tuple[str, ...]:
    if len(lines) <= _MOST:
        return tuple(lines)
    return (*lines[:_MOST], _("and {n} more", n=len(lines) - _MOST))


def which(some: tuple[Person, ...], values: tuple[str, ...]) -> Card:
    """Several people may be meant: one is chosen."""
    text = _("Whom do you mean?")
    every = zip(some, values, strict=True)
    buttons = tuple(Button(", ".join(filter(None, (one.name, one.title))), "person", value) for one, value in every)
    return Card(text, (Text(text), Buttons(buttons)))
