"""What happens in many stories: asking, approving, finishing, waiting, and looking things up."""

from __future__ import annotations

from datetime import date, timedelta

from bot.chat.port import Filled, Form
from bot.domain.model import Account, Link, Person, PersonId
from bot.domain.request import Step
from bot.engine.look import FRESH
from bot.store import people
from tests.fakes.town import BEN, HANNA, INES, MARCO, SARA, TOMASZ, Town, button, speaker, words


def asked(town: Town, **values: str) -> Town:
    """Hanna asked for Alice's offboarding, and the plan is there."""
    town.offboard(HANNA, **values)
    town.work()
    return town


def approved(town: Town, **values: str) -> Town:
    """Marco and Ines said yes, and what could be done at once is done."""
    asked(town, **values)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    return town


def read_again(town: Town) -> Town:
    """Approved so late that both systems are read before anything is changed, and they are; nothing is changed yet."""
    asked(town)
    town.pass_time(FRESH + timedelta(minutes=1))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, most=2)
    return town


def done(town: Town, person: PersonId, text: str = "Asset 4711 is in the cupboard.") -> None:
    """Somebody presses Done and says how one can see it."""
    form = town.press(person, "done")
    assert isinstance(form, Form)
    town.talk.submit(speaker(person), "evidence", Filled({"evidence": text}, context=form.context), f"done-{person}")
    town.work()


def finish(town: Town) -> None:
    """The people do what only people can: name Ben as successor, collect the laptop, change the password."""
    town.press(INES, "successor", "40008")
    town.say()
    town.press(BEN, "accept")
    town.work()
    done(town, TOMASZ)
    done(town, SARA)


def wait(town: Town, span: timedelta = timedelta(minutes=2), times: int = 1) -> None:
    """Time passes, and what is due is done."""
    for _ in range(times):
        town.pass_time(span)
        town.work()


def sealed(town: Town, person: PersonId, action: str) -> str:
    """The value of the newest button of this name in somebody's direct messages."""
    found = [value for card in town.direct(person) if (value := button(card, action))]
    return found[-1]


def steps(town: Town, kind: str, system: str = "") -> list[Step]:
    """The steps that make such a change."""
    return [
        step
        for step in town.view().steps
        if step.action is not None and step.action.kind == kind and system in {"", step.system}
    ]


def leave(town: Town, person: PersonId, last_day: date) -> None:
    """The roster says that somebody's last day is known."""
    with town.engine.db.begin() as tx:
        known = people.every(tx)[person]
        facts = {name: getattr(known, name) for name in Person.__dataclass_fields__}
        people.put(tx, [Person(**{**facts, "ends": last_day})])


def link(town: Town, person: PersonId, account: Account, *, confirmed: bool = True) -> None:
    """Somebody's account becomes known."""
    by = "set-up" if confirmed else None
    known = Link(person, account.system, account.native_id, account.label, "set-up", by)
    with town.engine.db.begin() as tx:
        people.link(tx, known, town.now)


def everything_said(town: Town) -> str:
    """Every word of every message."""
    return "\n".join(words(card) for _, _, card in town.ears.posts.values())
