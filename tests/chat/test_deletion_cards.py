"""Everything said of deleting accounts, with the worst that people and systems can be called, as Slack takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.blocks_lint import message_problems
from bot.chat.port import Where
from bot.chat.slack_blocks import message
from bot.domain.model import Account, Delete, Entitlement, Grant
from bot.engine.approve import approve
from bot.engine.erase import erase
from bot.engine.view import view
from bot.store import Database, people
from tests.fakes.memory import ALL
from tests.fakes.town import ALICE_CLOUD, CLARA, Town, speaker
from tests.stories.later import gone, rule

NAMES = ("<!channel> & <@U001|boss>", "Wolfeschlegelsteinhausenbergerdorff " * 30)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("name", NAMES, ids=["mention", "long"])
def test_every_message_about_deleting_is_what_slack_takes(db: Database, name: str) -> None:
    """The question, the plan, the head, the lines and the end; nobody is mentioned by what somebody wrote."""
    town = Town(db)
    town.aws.can = ALL | {Delete}
    rule(town, "delete: {aws: 40 days}")
    gone(town)
    with db.begin() as tx:
        people.put(tx, [replace(one, name=f"{name}{one.id}", title=name) for one in people.every(tx).values()])
    town.aws.account = Account(ALICE_CLOUD.system, ALICE_CLOUD.native_id, name, active=False)
    held = [Entitlement(f"group:{n}", "group", f"{name}{n}") for n in range(60)]
    town.aws.grants = [Grant(ALICE_CLOUD, one) for one in held]
    town.pass_time(timedelta(days=41))
    erase(town.engine, town.now)
    town.work()
    for person in view(town.engine, "DEL-101", town.now).request.approvers:
        found = view(town.engine, "DEL-101", town.now).request
        approve(town.engine, "DEL-101", found.digest, person, town.now, yes=True)
        town.work()
    assert town.aws.deleted
    assert town.talk.command(speaker(CLARA), "/usher", "DEL-101", Where()) is not None
    for card in town.ears.every:
        assert message_problems(message(card)) == []
        assert "<!channel>" not in str(message(card)) or "&lt;!channel&gt;" in str(message(card))
