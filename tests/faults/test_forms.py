"""A form that Slack no longer lets us open loses nothing: it is one press away, with everything that was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.practice.space import Json, Message
from bot.store import Database
from tests.faults.reception import Reception, reception
from tests.practice.people import eventually

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture(params=["socket", "http"])
def desk(db: Database, request: pytest.FixtureRequest) -> Iterator[Reception]:
    """Usher hears the people of a company."""
    with reception(db, str(request.param), replicas=1) as found, capture_logs():
        yield found


def spent(desk: Reception, payload: Json, why: str) -> Json:
    """The right to open a form that came with this payload is over, or was used."""
    trigger = desk.office.space.triggers[payload["trigger_id"]]
    changed = replace(trigger, used=True) if why == "exchanged_trigger_id" else replace(trigger, expires=0.0)
    desk.office.space.triggers[payload["trigger_id"]] = changed
    return payload


@pytest.mark.parametrize("why", ["expired_trigger_id", "exchanged_trigger_id"])
def test_fault_17_a_command_whose_form_comes_too_late_keeps_its_words(desk: Reception, why: str) -> None:
    """What was typed is shown again beside a button that opens the form with it; nothing has happened meanwhile."""
    answer = desk.bring("slash_commands", spent(desk, desk.command("U002", "/offboard", "<@U004|alice>"), why))
    assert "Nothing was lost" in str(answer)
    assert "/offboard &lt;@U004&gt;" in str(answer)
    assert "Open the form" in str(answer)
    assert desk.office.space.stacks.get("U002", []) == []


@pytest.mark.parametrize("why", ["expired_trigger_id", "exchanged_trigger_id"])
def test_fault_17_a_button_whose_form_comes_too_late_is_answered_with_another(desk: Reception, why: str) -> None:
    """Pressed again a moment later, the other button opens the same form."""
    desk.office.town.offboard(when="later", day="2026-11-27", time="17:00")
    desk.office.work(10)
    root = desk.office.roots()[0]
    desk.bring("interactive", spent(desk, on(desk, root, "reschedule"), why))
    card = eventually(lambda: alone(desk, "U002"))
    assert "Nothing was lost" in card.text
    desk.bring("interactive", on(desk, card, "again"))
    assert desk.top("U002").payload["title"]["text"] == "Another time"


@pytest.mark.parametrize("fate", ["500", "hang"])
def test_fault_17_a_form_that_slack_does_not_answer_for_is_offered_again(db: Database, fate: str) -> None:
    """Slack itself is away for a moment: the same fallback, inside the three seconds."""
    with reception(db, "http", replicas=1, walled=True) as desk, capture_logs():
        desk.office.wall.rule = lambda called: fate if called == "views.open" else "pass"
        answer = desk.bring("slash_commands", desk.command("U002", "/offboard", "ben"))
        assert "Nothing was lost" in str(answer)
        assert "/offboard ben" in str(answer)


def alone(desk: Reception, user: str) -> Message | None:
    """The newest message that only this person sees."""
    every = (one for room in desk.office.space.messages.values() for one in room.values())
    return max((one for one in every if one.only_for == user), key=lambda one: one.ts, default=None)


def on(desk: Reception, message: Message, action: str) -> Json:
    """Hanna presses a button of a message."""
    return desk.press_on("U002", message, action)
