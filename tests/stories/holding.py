"""What the stories about waiting share: a company whose rules make items wait, and the acts of those who answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat.port import Answer, Card, Filled, Form, Where
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.engine.expire import expire
from bot.engine.tasks import remind
from bot.practice.company.people import FILES
from bot.store import versions
from tests.fakes.town import _OTHERS, Town, button, speaker, words
from tests.stories.acts import steps

ASK = """
rules:
  - rule: Teams that work
    when: {kinds: [team]}
    then: ask
"""
EVERYTHING = """
rules:
  - rule: All of it
    then: ask
"""
TEAM = """
checkpoints:
  devops: {words: DevOps, people: [P-005, P-006], answer: 1 day, silence: SILENCE, escalate: [security]}
rules:
  - rule: DevOps first
    when: {kinds: [team]}
    then: checkpoint
    team: devops
"""
LOCK = """
lock_now: {ask: [security, it]}
"""


def ruled(town: Town, more: str) -> Town:
    """The company wrote this at the end of its policy, before anybody left."""
    text = _OTHERS.sub("", (FILES / "policy.yaml").read_text()) + f"machines: {town.machines}\n" + more
    with town.engine.db.begin() as tx:
        versions.keep(tx, "policy.yaml", text, town.now)
    return town


def team_step(town: Town) -> Step:
    """The membership in the team payments."""
    return next(one for one in steps(town, "revoke") if "team:1" in repr(one.action))


def holds(town: Town, person: PersonId) -> list[Card]:
    """The messages in which this person is asked, or was."""
    return [card for card in town.direct(person) if "Before it is removed" in words(card)]


def press(town: Town, person: PersonId, action: str, step: Step) -> Answer:
    """Somebody presses a button about an item, also an old one, and what follows is done."""
    answer = town.talk.press(speaker(person), action, town.desk.sealed(action, step.id), "", Where())
    town.work()
    return answer


def keep(town: Town, person: PersonId, step: Step, day: datetime) -> Answer:
    """Somebody keeps an item until 17:00 of a day."""
    form = press(town, person, "hold_keep", step)
    assert isinstance(form, Form)
    filled = Filled({"day": f"{day:%Y-%m-%d}", "time": "17:00"}, context=form.context)
    answer = town.talk.submit(speaker(person), "hold_keep", filled, f"keep-{person}-{day}")
    town.work()
    return answer


def pass_on(town: Town, person: PersonId, step: Step, to: PersonId) -> Answer:
    """Somebody asks somebody else."""
    form = press(town, person, "hold_pass", step)
    assert isinstance(form, Form)
    answer = town.talk.submit(speaker(person), "hold_pass", Filled({"person": to}, context=form.context), f"pass-{to}")
    town.work()
    return answer


def later(town: Town, span: timedelta) -> None:
    """Time passes, the clock looks, and everything that is due happens."""
    town.pass_time(span)
    expire(town.engine, town.now)
    remind(town.engine, town.now)
    town.work()


def shown(town: Town, person: PersonId, action: str) -> bool:
    """Whether any message of this person shows such a button now."""
    return any(button(card, action) for card in town.direct(person))
