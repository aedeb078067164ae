"""Why an item waits for somebody, or for nobody: the rule of the company and what made it, in a few words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bot.chat.cards.words import _, ago, listed
from bot.domain.request import Step
from bot.domain.rule import Effect
from bot.domain.rules import MOMENT, may_wait
from bot.engine.view import View

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


def because(step: Step, view: View) -> str:
    """What a rule means for this item, and why; nothing where it means nothing."""
    rule = view.policy.rule(step.rule)
    if rule is None or (rule.holds and not asks(step)):
        return ""
    why = reason(step, view)
    match rule.then:
        case Effect.AUTO:
            return _("approved by a rule, because {why}", why=why)
        case Effect.CHECKPOINT:
            team = view.policy.checkpoints.get(rule.team)
            return _("waits for {team}, because {why}", team=team.words if team else rule.team, why=why)
        case _:
            return _("{name} is asked first, because {why}", name=view.name(step.assignee), why=why)


def reason(step: Step, view: View) -> str:
    """What made the rule, and its name: payments-api had a change yesterday (rule: busy repositories)."""
    rule = view.policy.rule(step.rule)
    said = _MOMENT.sub(lambda found: _ago(found[0], view.now), step.why)
    if rule is None or rule.confidential:
        return said
    return _("{why} (rule: {rule})", why=said, rule=rule.name)


def asks(step: Step) -> bool:
    """Whether a rule that asks somebody holds this item: what ends at once, and what people do, waits for nobody."""
    return bool(step.rule) and may_wait(step.wave, step.action)


def named(rules: list[str]) -> str:
    """Rules by name, in quotes, as far as they may be named."""
    return listed(_("“{rule}”", rule=rule) for rule in rules) or _("one of them")


def _ago(moment: str, now: datetime) -> str:
    return ago(datetime.strptime(moment, MOMENT).replace(tzinfo=UTC), now)
