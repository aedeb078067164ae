"""Alice's exit, twelve steps from the form to the last signature: played by people who answer whatever they are asked.

Whoever plays knows nothing of crashes. Each act looks at what the person sees and does what is still to be done, as
people do when a screen froze: so the play can be left at any point and taken up by the next process.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState, StepState
from bot.domain.model import SystemKey
from bot.domain.planning import key_of
from bot.domain.request import Step
from bot.domain.successors import ACCEPT
from bot.store import chat_tables as c
from bot.store import records
from tests.fakes.town import BEN, INES, MARCO
from tests.proof.world import World
from tests.stories.acts import done

ROUNDS = 40
EARLIER = " An earlier try by Usher may have done this."
CLOCK = re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?\b|\b\d+ (second|minute)s?\b")
OFTEN = frozenset({"step.started", "step.recovered"})  # what is written once for each attempt, not once for each fact


def play(world: World) -> None:
    """From wherever it stands to the end. Raises AssertionError when it does not find its end."""
    for _ in range(ROUNDS):
        world.pass_time(timedelta(seconds=2))
        world.work()
        if over(world):
            return
        act(world)
    raise AssertionError(f"it did not end: {outcome(world)}")


def over(world: World) -> bool:
    """Whether the request is closed and everything is said."""
    with world.db.look() as tx:
        open_ = not records.recent(tx, 1) or records.recent(tx, 1)[0].state in OPEN_REQUESTS
        unsaid = tx.execute(c.notices.select().where(c.notices.c.sent_at.is_(None)).limit(1)).one_or_none()
    return not open_ and unsaid is None


def act(world: World) -> None:
    """Everybody looks at their messages and answers."""
    with world.db.look() as tx:
        asked = bool(records.recent(tx, 1))
    if not asked:
        world.offboard()
        return
    seen = world.view()
    if seen.request.state is RequestState.AWAITING_APPROVAL:
        decided = {approval.person for approval in seen.approvals}
        for person in (MARCO, INES):
            if person not in decided:
                with suppress(AssertionError):  # the message is not there yet; one waits for the other
                    world.press(person, "approve")
                return
    for step in seen.steps:
        with suppress(AssertionError):
            _answer(world, step)


def _answer(world: World, step: Step) -> None:
    if step.state is StepState.HELD and step.held == ACCEPT:
        world.press(BEN, "accept")
    elif step.state is StepState.HELD:
        world.press(INES, "successor", "40008")
    elif step.kind.value == "task" and step.state is StepState.READY and step.assignee:
        done(world, step.assignee)


def outcome(world: World) -> dict[str, Any]:
    """How it ended, in words that two runs have in common: states, effects, facts of the trail, messages."""
    view = world.view()
    made = Counter(key_of(SystemKey(line.who), line.thing) for line in world.tape.lines if line.what == "made")
    facts = Counter(f"{e.kind} {e.facts.get('step', '')}" for e in view.journal if e.kind not in OFTEN)
    return {
        "request": view.request.state.value,
        "steps": {step.id: (step.state.value, key_of(step.system, step.action)) for step in view.steps if step.action},
        "effects": dict(made),
        "trail": dict(facts),
        "said": _said(world),
    }


def _said(world: World) -> dict[str, int]:
    """Everything that stands in the chat: a card by its key, a line of the thread by its words.

    Without the hour, without the one sentence that only a death can add, and without the dot that a line in a list of
    them does not have.
    """
    said: Counter[str] = Counter()
    for _, _, key in world.ears.keys:
        told = world.ears.lines(key) if key.startswith("notice:") else [key]
        said.update(CLOCK.sub("…", line.replace(EARLIER, "").removeprefix("· ")) for line in told)
    return dict(said) | {"files": len(world.ears.files)}
