"""What a later look found of somebody who left: a certificate in one line, or that something is there again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.signals import opened_by
from bot.chat.cards.words import _, day_and_time, listed
from bot.chat.port import Button
from bot.domain.certificate import EVERYTHING
from bot.domain.lifecycle import RequestState
from bot.domain.model import SystemKey, Trigger
from bot.engine.view import View

CLEAN, FOUND, OVER = "rescan clean", "rescan found", "rescan over"
LINES = frozenset({CLEAN, FOUND, OVER})


def again(view: View, buttons: Mapping[str, str]) -> Iterable[Button]:
    """Whoever doubts need not wait for the day: everything of somebody who left is read again now."""
    if view.request.trigger is Trigger.LEAVER and view.request.state is RequestState.CLOSED:
        yield Button(_("Look again now"), "look_now", buttons["look_now"])


def line(view: View, body: Mapping[str, Any]) -> str:
    """One line in the thread of the request that took everything away."""
    match body["what"]:
        case "rescan clean":
            return clean(view, body, datetime.fromisoformat(body["at"]))
        case "rescan found":
            return found(view, body)
        case _:
            return over(view, body)


def clean(view: View, facts: Mapping[str, Any], at: datetime, *, whole: bool = False) -> str:
    """The certificate: what was read, what was not, and nothing beyond. `whole`: with the reason of each part."""
    said = [_head(view, facts, at), *_seen(view, facts, whole=whole)]
    if facts["kept"] == 1:
        said.append(_("One thing is still there by decision."))
    elif facts["kept"]:
        said.append(_("{n} things are still there by decision.", n=facts["kept"]))
    if facts.get("again"):
        said.append(_("I look again in a day."))
    return " ".join(said)


_TRAIL = {
    "rescan.planned": "Later looks were planned, after so many days: {days}.",
    "rescan.begun": "A later look began.",
    "rescan.read": "Everything was read; nothing was changed.",
    "rescan.asked": "{by} asked to read anew; nothing was changed.",
    "rescan.gift": "The system was looked at again for what it may have given late: {verdict}.",
}
_VERDICTS = {"confirmed": "it is not there", "contradicted": "it is there", "unseen": "it could not be seen"}
KINDS = frozenset({"rescan.clean", "rescan.found", "rescan.over", *_TRAIL})
RESULTS = frozenset({"rescan.clean", "rescan.found", "rescan.over"})


def told(view: View, kind: str, facts: Mapping[str, Any], at: datetime) -> str:
    """One row of the journal about later looks, for the report."""
    match kind:
        case "rescan.clean":
            return clean(view, facts, at, whole=True)
        case "rescan.found":
            return found(view, facts)
        case "rescan.over":
            return over(view, facts)
        case _:
            days = listed(str(day) for day in facts.get("days", ())) or _("none")
            verdict = _(_VERDICTS.get(str(facts.get("verdict")), ""))
            return _(_TRAIL[kind], days=days, by=view.name(facts.get("by")), verdict=verdict)


def _head(view: View, facts: Mapping[str, Any], at: datetime) -> str:
    unread, parts = _unseen(facts)
    when, on = after(facts["days"]), day_and_time(at, view.policy.zone)
    if not unread and not parts:
        return _("✓ {when}, on {at}: clean. Nothing of this person was found.", when=when, at=on)
    said = []
    if unread:
        said.append(_("1 system not seen") if len(unread) == 1 else _("{n} systems not seen", n=len(unread)))
    if parts:
        said.append(_("1 system seen in part") if len(parts) == 1 else _("{n} systems seen in part", n=len(parts)))
    return _("◐ {when}, on {at}: clean as far as seen; {words}.", when=when, at=on, words=listed(said))


def _unseen(facts: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Systems of which nothing was seen, with the reason; and of the others the parts that were not shown."""
    unread = {key: why for key, part, why in facts["unseen"] if part == EVERYTHING}
    parts: dict[str, list[tuple[str, str]]] = {}
    for key, part, why in facts["unseen"]:
        if key not in unread:
            parts.setdefault(key, []).append((part, why))
    return unread, parts


def _seen(view: View, facts: Mapping[str, Any], *, whole: bool) -> Iterable[str]:
    unread, parts = _unseen(facts)
    if facts["seen"]:
        yield _("Read whole: {names}.", names=_names(view, facts["seen"]))
    if facts["searched"]:
        names = _names(view, facts["searched"])
        yield _("Searched by e-mail, no account was ever known there: {names}.", names=names)
    for key, why in unread.items():
        system = view.system(SystemKey(key))
        yield _("Not seen: {system} ({why}).", system=system, why=_(why).rstrip("."))
    if parts:
        said = (
            _("{system} without {parts}", system=view.system(SystemKey(key)), parts=listed(_parts(found, whole=whole)))
            for key, found in parts.items()
        )
        yield _("Seen in part: {systems}.", systems=", ".join(said))
    if facts["by_hand"]:
        yield _("Done by hand then, not looked at now: {names}.", names=_names(view, facts["by_hand"]))


def _parts(found: Iterable[tuple[str, str]], *, whole: bool) -> Iterable[str]:
    for part, why in found:
        yield _("{part} ({why})", part=_(part), why=_(why).rstrip(".")) if whole else _(part)


def found(view: View, facts: Mapping[str, Any]) -> str:
    """Something of hers is there: how much, and what happens with it."""
    n, at_once = facts["found"], facts["at_once"]
    things = _("1 thing of this person is there") if n == 1 else _("{n} things of this person are there", n=n)
    said = [_("! {when}: {things}.", when=after(facts["days"]), things=things)]
    check, *others = facts["checks"]
    if at_once:
        how = _("{n} of them at once", n=at_once) if at_once < n else _("it at once") if n == 1 else _("them at once")
        why = _("that can be undone, and ending such access was approved with {id}", id=view.request.id)
        said.append(_("{check} ends {how}: {why}.", check=check, how=how, why=why))
    if facts["asked"]:
        said.append(_("{check} asks whose the accounts are that look like this person's.", check=check))
    asking = others if at_once or facts["asked"] else (check,)
    said += [_("{check} asks whoever decides.", check=one) for one in asking]
    if facts["missing"]:
        said.append(_("Not all was seen: {names}.", names=_names(view, facts["missing"])))
    return " ".join(said)


def over(view: View, facts: Mapping[str, Any]) -> str:
    """Why nobody looks again."""
    if facts["why"]:
        why = _("{id} came after this", id=facts["why"])
    else:
        why = _("{name} works here again", name=view.subject.name)
    return _("I do not look again: {why}.", why=why)


def after(days: Iterable[int]) -> str:
    """How long after the end this look was, in words."""
    named = [day for day in days if day]
    if not named:
        return _("Looked once more")
    return _("After 1 day") if named[-1] == 1 else _("After {n} days", n=named[-1])


def asked_by(view: View) -> str:
    """Nobody asked for a later look: it follows from the offboarding."""
    if view.request.trigger is Trigger.RESCAN or view.request.deletes:
        return _("Usher, after {id}", id=view.request.parent)
    if view.request.source:
        return _("{source}, for {name}", source=opened_by(view.request.source), name=view.name(view.request.requester))
    return view.name(view.request.requester)


def _names(view: View, keys: Iterable[str]) -> str:
    return listed(view.system(SystemKey(key)) for key in keys)
