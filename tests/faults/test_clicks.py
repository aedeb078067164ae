"""What people press comes twice, again, or over a line that breaks: one act and one answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.model import PersonId
from bot.engine import control, inbound
from bot.practice import payloads, slack_api
from bot.store import Database, records
from tests.fakes.town import HANNA, MARCO, Town
from tests.faults.office import ROOM
from tests.faults.reception import Reception, reception, values
from tests.practice.people import eventually


@pytest.fixture(params=["socket", "http"])
def desk(db: Database, request: pytest.FixtureRequest) -> Iterator[Reception]:
    """Two replicas hear the people of a company whose request about Alice waits for Marco and Ines."""
    with reception(db, str(request.param)) as found, capture_logs():
        found.office.town.offboard()
        found.office.work(10)
        yield found


def test_fault_11_a_press_that_comes_four_times_is_one_press(desk: Reception) -> None:
    """Two replicas, four deliveries in one moment: one approval, one answer; a replay later changes nothing."""
    press = desk.press("U003", "approve")
    assert len(set(map(str, desk.at_once("interactive", press)))) == 1
    eventually(lambda: desk.whispers("U003"))
    desk.at_once("interactive", press)
    time.sleep(0.3)
    assert desk.whispers("U003") == ["Thank you. 1 more approval is needed for OFF-101."]
    assert [one.person for one in desk.office.town.view().approvals] == [MARCO]


def test_fault_11_a_command_that_comes_four_times_has_one_answer(desk: Reception) -> None:
    """The same words for all of them, though the world changed in between; a form opens once."""
    command = desk.command("U002", "/offboard", "OFF-101")
    first = set(map(str, desk.at_once("slash_commands", command)))
    control.cancel(desk.office.town.engine, "OFF-101", HANNA, desk.office.town.now)
    again = set(map(str, desk.at_once("slash_commands", command)))
    assert len(first) == 1
    assert "Waiting for approval" in str(first)
    assert json.dumps(sorted(first)) == json.dumps(sorted(again))
    desk.at_once("slash_commands", desk.command("U002", "/offboard"))
    assert len(desk.office.space.stacks["U002"]) == 1
    assert desk.whispers("U002") == []


def test_fault_11_a_form_that_comes_four_times_is_one_request(desk: Reception) -> None:
    """Hanna sends once, Slack brings it four times: one request about Ben, one thank-you."""
    desk.at_once("slash_commands", desk.command("U002", "/offboard", "Ben Okafor"), times=1)
    form = desk.made(payloads.submitted, desk.office.space, desk.top("U002"))
    option = {"selected_option": {"value": "P-008"}}
    later, own = ({"selected_option": {"value": value}} for value in ("later", "voluntary"))
    day = {"day": {"selected_date": "2026-12-01"}, "time": {"selected_time": "17:00"}}
    form["view"]["state"] = values(form["view"], person=option, when=later, exit=own, **day)
    answers = desk.at_once("interactive", form)
    assert len(set(map(str, answers))) == 1
    assert "clear" in str(answers[0])
    with desk.office.town.engine.db.look() as tx:
        assert [one.id for one in records.about(tx, PersonId("P-008"))] == ["OFF-102"]
    eventually(lambda: [one for one in desk.office.messages("D002") if "OFF-102" in one.text])
    time.sleep(0.3)
    assert len([one for one in desk.office.messages("D002") if "OFF-102" in one.text]) == 1


def test_fault_11_a_comment_that_slack_brings_again_is_kept_once(desk: Reception) -> None:
    """Slack repeats an event with its number, in an envelope of its own: the trail has the words once."""
    thread = desk.office.roots()[0].ts
    event = {
        "type": "message",
        "user": "U003",
        "team": "T001",
        "text": "She handed the laptop over.",
        "channel": ROOM,
        "channel_type": "group",
        "ts": "99.5",
        "thread_ts": thread,
    }
    body = {"type": "event_callback", "team_id": "T001", "event_id": "Ev1", "event_time": 1, "event": event}
    body["authorizations"] = [{"team_id": "T001", "user_id": "UBOT", "is_bot": True}]
    for retry in (None, (1, "http_timeout"), (2, "http_timeout"), (3, "http_timeout")):
        desk.bring("events_api", body, retry)
    kinds = [entry.kind for entry in desk.office.town.view().journal]
    assert kinds.count("request.comment") == 1


def test_fault_11_what_nobody_answered_is_heard_when_it_comes_again(town: Town) -> None:
    """A replica died with a press in its hands: after ten seconds it is served, after a day it is forgotten."""
    engine = town.engine
    assert inbound.take(engine, "trigger:1", town.now) is None
    assert inbound.take(engine, "trigger:1", town.now) == ""
    assert inbound.take(engine, "trigger:1", town.now + timedelta(seconds=11)) is None
    inbound.answered(engine, "trigger:1", "words")
    assert inbound.take(engine, "trigger:1", town.now + timedelta(hours=1)) == "words"
    assert inbound.tidy(engine, town.now + timedelta(hours=23)) == 0
    assert inbound.tidy(engine, town.now + timedelta(hours=25)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_19_a_line_that_breaks_all_the_time_loses_no_press_and_repeats_none(db: Database) -> None:
    """Two lines; one or the other is cut, or Slack asks for a new one, every few presses: each press counts once."""
    with reception(db, "socket") as desk, capture_logs():
        served, space = desk.office.served, desk.office.space
        for number in range(6):
            word = "warning" if number % 3 == 2 else "refresh_requested"
            if number % 2:
                served.call(cut, space)
            else:
                served.call(slack_api.refresh, space, word)
            eventually(lambda: space.sockets)
            heard = eventually(lambda: answer_of(desk, "/usher", "help"))
            assert "text" in str(heard)
        desk.office.town.offboard()
        desk.office.work(10)
        press = desk.press("U003", "approve")
        served.call(slack_api.refresh, space)
        eventually(lambda: space.sockets)
        eventually(lambda: delivered(desk, press))
        desk.bring("interactive", press)
        assert len(desk.office.town.view().approvals) == 1
        assert len(eventually(lambda: desk.whispers("U003"))) == 1


async def cut(space: object) -> None:
    """The network drops every line, without a word."""
    for line in list(space.sockets):  # type: ignore[attr-defined]
        space.sockets.remove(line)  # type: ignore[attr-defined]
        await line.close()


def answer_of(desk: Reception, word: str, text: str) -> object:
    """What a command is answered with; nothing while the line is down."""
    try:
        return desk.bring("slash_commands", desk.command("U002", word, text))
    except Exception:  # noqa: BLE001 - nobody was there to hear it
        return None


def delivered(desk: Reception, press: dict[str, object]) -> bool:
    """Whether a press was acknowledged."""
    try:
        desk.bring("interactive", press)
    except Exception:  # noqa: BLE001 - nobody was there to hear it
        return False
    return True


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_55_a_replay_gets_the_stored_answer_and_a_forgery_none(db: Database) -> None:
    """Byte by byte the same within five minutes: the first answer. Old, of the future, or signed by another: 401."""
    with reception(db, "http") as desk, capture_logs():
        town = desk.office.town
        town.offboard()
        desk.office.work(10)
        sent = desk.signed("slash_commands", desk.command("U002", "/offboard", "OFF-101"))
        first = desk.post(desk.addresses[0], *sent)
        control.cancel(town.engine, "OFF-101", HANNA, town.now)
        again = desk.post(desk.addresses[1], *sent)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert first.headers["content-type"] == again.headers["content-type"]
        command = desk.command("U002", "/offboard", "OFF-101")
        for stamp in (time.time() - 301, time.time() + 600):
            assert desk.post(desk.addresses[0], *desk.signed("slash_commands", command, int(stamp))).status_code == 401
        body, headers = desk.signed("slash_commands", command)
        assert desk.post(desk.addresses[0], body + b"x", headers).status_code == 401
        body, headers = desk.signed("slash_commands", command | {"team_id": "T-theirs"})
        assert "own workspace only" in desk.post(desk.addresses[0], body, headers).text
