"""Once a week all accounts are looked at; and the chat tells who was deactivated. Both only ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.model import Account
from bot.domain.signals import SignalState
from bot.engine.deactivated import switched
from bot.engine.lookup import policy_in_force
from bot.engine.scan import due, scan
from connectors.interface import ConnectorError
from tests.fakes.town import BEN, CLARA, CODE, HANNA, INES, START, TOMASZ, YUKI, Town, speaker, words
from tests.stories.acts import leave, link, sealed
from tests.stories.heard import heard, leavers, questions, states, trusting
from tests.stories.test_strays import Listed, listed

DAY = timedelta(days=1)
OCTOPUS = Account(CODE, "66", "octopus", active=True)
NEVER = Account(CODE, "71", "never-in", active=True, used=False)
UNKNOWN = Account(CODE, "40004", "alice-m", active=True)
IDLE = Account(CODE, "40008", "bokafor", active=True, last_active=START - 100 * DAY)


def looked(town: Town, *named: Account, broken: str = "") -> Town:
    """The weekly look is made, over these accounts."""
    listed(town, *named, broken=broken)
    scan(town.engine, town.now)
    town.say()
    return town


def test_what_is_odd_is_one_message_to_hr_and_it(town: Town) -> None:
    """Nobody's, never used, idle for more than 90 days; what is unknown is never called idle (S1-14, S1-19)."""
    yuki = Account(CODE, "40009", "yuki-t", active=True)
    link(town, YUKI, yuki)
    leave(town, YUKI, START.date() - DAY)
    looked(town, OCTOPUS, NEVER, UNKNOWN, IDLE, yuki)
    for person in (HANNA, INES, TOMASZ):
        (card,) = [card for card in town.direct(person) if "want a look" in card.text]
        said = words(card)
        assert card.text == "4 accounts want a look."
        assert "octopus: no person is linked to it" in said
        assert "never-in: no person is linked to it; never used" in said
        assert "bokafor (Ben Okafor): idle, last used on Sat 15 Aug 2026" in said
        assert "yuki-t (Yuki Tanaka): its person has left" in said
        assert "alice-m" not in said
    assert town.direct(CLARA) == town.direct(BEN) == []
    assert leavers(town) == []
    assert states(town) == []


def test_it_is_made_once_a_week_on_its_day(town: Town) -> None:
    """Monday at six in the company's zone, or on Tuesday where we were down; never for all replicas again."""
    listed(town, OCTOPUS)
    assert scan(town.engine, town.now)
    assert not scan(town.engine, town.now + timedelta(hours=1))
    policy = policy_in_force(town.engine)
    assert due(policy, START.replace(hour=4)) == ""
    assert due(policy, START + DAY) == "2026-11-23"
    assert due(policy, START + 3 * DAY) == ""
    assert scan(town.engine, town.now + 7 * DAY)


@pytest.mark.parametrize(("block", "name"), [("weekday: never", ""), ("weekday: sunday", "2026-11-22")])
def test_policy_says_when(town: Town, block: str, name: str) -> None:
    """Another day, or never."""
    trusting(town, f"\nsignals:\n  scan:\n    {block}\n")
    assert due(policy_in_force(town.engine), START) == name


def test_policy_says_how_long_is_idle(town: Town) -> None:
    """A hundred days without use are nothing, where a hundred and fifty are asked for (S1-14)."""
    trusting(town, "\nsignals:\n  scan:\n    idle_days: 150\n")
    looked(town, IDLE)
    assert town.direct(HANNA) == []


def test_what_somebody_looked_at_is_not_shown_again(town: Town) -> None:
    """Until something else is odd about it, or it was gone and came back."""
    looked(town, OCTOPUS, NEVER)
    with pytest.raises(Refused, match="may not answer"):
        town.talk.press(speaker(BEN), "scan_known", sealed(town, HANNA, "scan_known"), "", None)  # type: ignore[arg-type]
    town.press(INES, "scan_known")
    town.say()
    assert "Somebody looked at all accounts" in town.direct(HANNA)[-1].text
    town.pass_time(7 * DAY)
    looked(town, OCTOPUS, NEVER)
    assert len(town.direct(HANNA)) == 1
    town.pass_time(7 * DAY)
    looked(town, NEVER)
    town.pass_time(7 * DAY)
    looked(town, OCTOPUS, NEVER)
    assert town.direct(HANNA)[-1].text == "1 account wants a look."


def test_half_a_list_is_said_and_ends_no_mark(town: Town) -> None:
    """The list breaks off: what was found before stays, and people read that nobody knows the rest."""
    looked(town, OCTOPUS, NEVER)
    town.pass_time(7 * DAY)
    looked(town, NEVER, broken="GitHub did not answer in time.")
    card = town.direct(HANNA)[-1]
    assert card.text == "2 accounts want a look."
    assert "GitHub: GitHub did not answer in time." in words(card)


def test_a_mistake_in_one_connector_hides_no_other_system(town: Town) -> None:
    """It is said, and the scan ends."""

    class Broken(Listed):
        def accounts(self) -> object:  # type: ignore[override]
            raise RuntimeError

    town.engine.connectors[CODE] = Broken()  # type: ignore[index]
    assert scan(town.engine, town.now)
    town.say()
    assert "something went wrong inside Usher" in words(town.direct(HANNA)[-1])
    assert ConnectorError("x").said == "x"


def test_a_hundred_accounts_are_one_card_that_can_be_read(town: Town) -> None:
    """Thirty are shown, the rest is counted."""
    listed(town, more=100)
    scan(town.engine, town.now)
    town.say()
    (card,) = town.direct(HANNA)
    assert card.text == "100 accounts want a look."
    assert "And 70 more" in words(card)


def test_a_deactivated_chat_account_asks_hr_once(town: Town) -> None:
    """Slack tells every change of a profile; only the first that says deactivated is news (S1-8)."""
    assert not switched(town.engine, "slack", "U004", town.now, off=False)
    assert switched(town.engine, "slack", "U004", town.now, off=True)
    assert not switched(town.engine, "slack", "U004", town.now, off=True)
    assert not switched(town.engine, "slack", "U999", town.now, off=True)
    heard(town)
    (card,) = questions(town)
    assert card.text == "Slack says that the account of Alice Martin was switched off. Does Alice Martin leave?"
    assert switched(town.engine, "slack", "U004", town.now, off=False)
    heard(town)
    assert states(town) == [SignalState.SUPERSEDED, SignalState.SUPERSEDED]
