"""What the weekly look over all accounts found: one message, by system, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.cards.words import _, day
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Piece, Small, Text, Tone
from bot.engine.lookup import Around
from bot.store.marks import Mark

MOST = 30  # accounts on one card


def card(around: Around, total: int, some: tuple[Mark, ...], unread: Mapping[str, str], known: str) -> Card:
    """Accounts that match nobody who works here, and those that nobody uses; `known` is the value of the button."""
    if not total and not unread:
        text = _("Somebody looked at all accounts of this list. Thank you.")
        return Card(text, (Text(text),))
    text = _("1 account wants a look.") if total == 1 else _("{n} accounts want a look.", n=total)
    pieces: list[Piece] = [Heading(_("The weekly look over all accounts")), Text(text)]
    shown = some[:MOST]
    for system in dict.fromkeys(one.system for one in shown):
        lines = tuple(_line(around, one) for one in shown if one.system == system)
        pieces.append(Lines(lines, _system(around, system)))
    if total > len(shown):
        pieces.append(Small(_("And {n} more. Whoever runs Usher can print the whole list.", n=total - len(shown))))
    broken = tuple(f"{_system(around, key)}: {why}" for key, why in sorted(unread.items()))
    if broken:
        pieces.append(Lines(broken, _("I could not look at everything")))
    pieces.append(Small(_("Nothing was changed, and nothing begins by itself. If somebody leaves, type /offboard.")))
    if total:
        pieces.append(Buttons((Button(_("I looked at them"), "scan_known", known, Tone.GOOD),)))
    return Card(text, tuple(pieces))


def _line(around: Around, one: Mark) -> str:
    odd = "; ".join(_(finding) for finding in one.findings)
    person = around.crew.people.get(one.person) if one.person else None
    whose = _(" ({name})", name=person.name) if person else ""
    used = _(", last used on {day}", day=day(one.last_active)) if one.last_active else ""
    return _("{label}{whose}: {odd}{used}", label=one.label, whose=whose, odd=odd, used=used)


def _system(around: Around, key: str) -> str:
    return next((one.name for one in around.policy.systems.values() if one.key == key), key)
