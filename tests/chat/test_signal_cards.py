"""Every card about signals, the brake and the weekly scan is one that Slack takes, whatever people are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.chat.blocks_lint import message_problems
from bot.chat.port import Form
from bot.chat.slack_blocks import message
from bot.chat.slack_forms import modal
from bot.domain.model import Account, PersonId
from bot.domain.signals import Heard, Sign, Source
from bot.engine.attend import attend
from bot.engine.scan import scan
from bot.engine.setup import keep_people
from bot.engine.submit import Asked, submit
from bot.store import Database, people, signals
from tests.chat.everything import NAMES
from tests.fakes.town import CLARA, CODE, HANNA, Town, button
from tests.stories.test_strays import listed

FRIDAY = date(2026, 11, 27)


def everything(town: Town, name: str) -> None:
    """Doubts, a flood of signals and of requests, a scan, each answer; with everybody called so."""
    with town.engine.db.begin() as tx:
        every = list(people.every(tx).values())
        people.put(tx, [replace(person, name=f"{name}{person.id}"[:200], title=name[:200]) for person in every])
        for number in range(40):
            signals.hear(tx, Heard(Source.HR, f"d{number}", Sign.DOUBT, said=name * 3), town.now)
        for person in every:
            for source in Source:
                signals.hear(tx, Heard(source, f"{source}{person.id}", Sign.LEAVES, person.id, FRIDAY), town.now)
    attend(town.engine, town.now)
    town.say()
    crowd = [
        replace(every[0], id=PersonId(f"X-{n}"), email=f"x{n}@x.example", name=f"{name}{n}"[:200]) for n in range(60)
    ]
    keep_people(town.engine.db, crowd, town.now)
    for person in crowd[:30]:
        at = town.now + timedelta(days=3)
        submit(town.engine, Asked(HANNA, person.id, at, immediate=False, voluntary=True, source="hr"), town.tick())
    listed(town, *(Account(CODE, str(n), name[:200], active=True) for n in range(40)))
    scan(town.engine, town.now)
    town.say()
    form = town.press(HANNA, "signal_other")
    assert isinstance(form, Form)
    assert message_problems(message(town.direct(HANNA)[-1])) == []
    assert modal(form)
    asked = next(person for person in (HANNA, CLARA) if any(button(card, "held_none") for card in town.direct(person)))
    for who, action in ((HANNA, "signal_later"), (asked, "held_none"), (HANNA, "scan_known")):
        town.press(who, action)
        town.say()


@pytest.mark.parametrize("name", [NAMES["long"], NAMES["channel"], NAMES["marks"]])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_card_is_one_that_slack_takes(db: Database, name: str) -> None:
    """No card is refused, and no name becomes a mention."""
    town = Town(db)
    everything(town, name)
    told = [card for card in town.ears.every if card.text]
    assert len(told) > 15
    for card in told:
        payload = message(card)
        assert message_problems(payload) == [], card.text
        assert "<!" not in str(payload).replace("&lt;!", "")
