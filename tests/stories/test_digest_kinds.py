"""What may stand in a digest, kind by kind, each with the button that acts in place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.port import Where
from bot.domain.lifecycle import StepState
from bot.domain.model import Credential
from bot.engine import waiting
from bot.engine.start import start_due
from tests.fakes.town import ALICE, ALICE_CLOUD, HANNA, INES, MARCO, SARA, Town, button, speaker, words
from tests.stories.acts import approved, asked
from tests.stories.heard import FRIDAY, roster, trusting
from tests.stories.holding import ASK, keep, ruled, team_step
from tests.stories.later import PROD, gone
from tests.stories.later import later as days_later
from tests.stories.test_digest import CHANNEL, TUESDAY, at, digests, overviews

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def newest(town: Town, person: str) -> str:
    """What somebody's newest digest says; nothing where they got none."""
    mine = digests(town, person)  # type: ignore[arg-type]
    return words(mine[-1]) if mine else ""


def test_a_question_is_in_the_digest_of_its_owner_until_it_is_answered_there(town: Town) -> None:
    """Ines finds what she is asked about, presses Remove now in the digest itself, and reads of it no more (S1-25)."""
    approved(ruled(town, ASK))
    at(town, TUESDAY)
    value = button(digests(town, INES)[-1], "hold_remove")
    assert value is not None
    town.talk.press(speaker(INES), "hold_remove", value, "", Where())
    town.work()
    assert team_step(town).state is StepState.CONFIRMED
    at(town, TUESDAY + timedelta(days=1))
    assert "payments" not in newest(town, INES).replace("payments-api", "")


def test_what_is_kept_until_a_day_comes_back_into_the_digest_before_it_ends(town: Town) -> None:
    """Kept for ten days: quiet at first, two days before its end it is there again, with its end (S1-9, S1-3)."""
    approved(ruled(town, ASK))
    keep(town, INES, team_step(town), town.now + timedelta(days=10))
    at(town, TUESDAY)
    assert "Thu 03 Dec 2026" not in newest(town, INES)
    at(town, datetime(2026, 12, 2, 9, 0, tzinfo=UTC))
    said = newest(town, INES)
    assert "payments" in said
    assert "03 Dec 2026" in said


def test_a_question_whether_somebody_leaves_is_in_the_digest_of_hr_until_it_is_put_off_there(town: Town) -> None:
    """The roster names a last day: Hanna reads of it at nine, and no more once she pressed Later."""
    roster(town, ALICE, ends=FRIDAY)
    at(town, TUESDAY - timedelta(hours=1))
    assert "Start the offboarding?" in newest(town, HANNA)
    value = button(digests(town, HANNA)[-1], "signal_later")
    assert value is not None
    town.talk.press(speaker(HANNA), "signal_later", value, "", Where())
    assert waiting.of(town.engine, HANNA, town.now) == ()


def test_what_a_later_look_found_is_in_the_digest_of_those_who_decide(town: Town) -> None:
    """A group is there again after a day: Marco finds it in the morning and says yes there (S1-21, S0-28)."""
    gone(town)
    town.aws.grants = [PROD]
    days_later(town, 1.01)
    at(town, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    (card,) = digests(town, MARCO)
    assert "CHK-101" in words(card)
    assert "Alice Martin" in words(card)
    value = button(card, "approve")
    assert value is not None
    town.talk.press(speaker(MARCO), "approve", value, "", Where())
    at(town, datetime(2026, 11, 26, 9, 0, tzinfo=UTC))
    assert len(digests(town, MARCO)) == 1


def test_an_item_that_asks_for_itself_is_in_the_digest(town: Town) -> None:
    """A key that nobody can give back appeared before the day: whoever decides finds it with two buttons (S1-17)."""
    approved(town, when="later", day="2026-11-27", time="17:00")
    town.aws.credentials.append(Credential(ALICE_CLOUD, "AKIA8", "signing key", "S…8", restorable=False))
    town.now = town.request().starts_at
    start_due(town.engine, town.now)
    town.work()
    at(town, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    card = digests(town, MARCO)[-1]
    assert "signing key" in words(card)
    assert button(card, "item_yes")
    assert button(card, "item_no")


def test_after_an_outage_the_overview_comes_once(town: Town) -> None:
    """Three mornings without Usher: IT and security read one overview, of what is open now (S0-10)."""
    trusting(town, CHANNEL)
    asked(town)
    at(town, TUESDAY + timedelta(days=2, hours=3))
    at(town, TUESDAY + timedelta(days=2, hours=4))
    assert len(overviews(town)) == 1
    assert SARA not in town.request().approvers
