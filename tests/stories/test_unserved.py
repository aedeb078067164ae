"""Killed just as somebody pressed: when Usher runs again, whoever was not answered is told once, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import BoltRequest, BoltResponse

from bot.chat import slack_once, teams_once
from bot.chat.cards import unserved
from bot.chat.teams_heard import Heard, read
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.unserved import LOST, Served, tell
from bot.store import people
from tests.chat.everything import NAMES
from tests.chat.taken import card_taken
from tests.fakes.town import HANNA, MARCO, Town
from tests.fakes.two import directory_id
from tests.stories.acts import asked

Json = dict[str, Any]
SOON = LOST + timedelta(seconds=1)


class Crash(BaseException):
    """The process dies here: nothing catches it."""


def pressed(town: Town, name: str = "t1", label: str = "Approve", user: str = "U003") -> Json:
    """Marco presses Approve in Slack."""
    action = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": label}}
    return {"type": "block_actions", "trigger_id": name, "user": {"id": user, "team_id": "T1"}, "actions": [action]}


def bring(town: Town, served: Served, body: Json, serve: Callable[[], None]) -> BoltResponse | None:
    """Slack brings this to a process that serves it so."""
    once = slack_once.Once(town.engine, lambda: town.now, served)
    request = BoltRequest(body=body, mode="socket_mode")
    known = once.take(request, serve)
    if known is None:
        once.keep(request, BoltResponse(status=200, body=""))
    return known


def die() -> None:
    """Killed in the middle."""
    raise Crash


def told(town: Town, person: PersonId) -> list[str]:
    """What somebody read about a restart."""
    return [card.text for card in town.direct(person) if "I was restarted" in card.text]


def restart(town: Town) -> int:
    """A new process looks a minute later; how many people it tells."""
    town.pass_time(SOON)
    count = tell(town.engine, town.now)
    town.say()
    return count


def test_whoever_pressed_as_usher_was_killed_is_told_once_in_her_own_chat(town: Town) -> None:
    """Marco's press was heard and not served: he reads what happened and what to do; a second look tells nobody."""
    asked(town)
    with pytest.raises(Crash):
        bring(town, Served(town.engine), pressed(town), die)
    assert tell(town.engine, town.now) == 0  # it may still be under way
    assert restart(town) == 1
    (said,) = told(town, MARCO)
    assert "just as you pressed “Approve”" in said
    assert "nothing happens twice" in said
    assert restart(town) == 0
    assert len(told(town, MARCO)) == 1
    assert not told(town, HANNA)
    town.press(MARCO, "approve")
    assert [one.person for one in town.view().approvals] == [MARCO]


def test_several_things_are_one_message(town: Town) -> None:
    """A form, a command, a press and words: one message names them."""
    asked(town)
    form = {"type": "view_submission", "trigger_id": "t2", "user": {"id": "U003"}, "view": {"title": {"text": "Done"}}}
    command = {"command": "/offboard", "trigger_id": "t3", "user_id": "U003"}
    wrote = {"event": {"type": "message", "user": "U003", "channel_type": "im"}, "event_id": "e1"}
    for body in (pressed(town), form, command, wrote | {"type": "event_callback"}):
        with pytest.raises(Crash):
            bring(town, Served(town.engine), body, die)
        town.pass_time()
    assert restart(town) == 1
    (said,) = told(town, MARCO)
    assert "you pressed “Approve”, sent the form “Done”, typed /offboard and wrote to me (" in said


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_whatever_stood_on_what_was_pressed_both_chats_take_the_message(name: str) -> None:
    """The name of a button may be anything that the platform says."""
    did = [f"pressed {name}", f"sent {name}", "sent", "pressed", "wrote", *[f"typed {name}"] * 20]
    card_taken(unserved.card({"did": did, "when": "2026-11-23T09:00:00+00:00"}, "Europe/Berlin"))


def test_whoever_was_answered_hears_nothing_after_a_clean_stop(town: Town) -> None:
    """What was served is written down with the next second, and at the end; so is a command with its own answer."""
    asked(town)
    served = Served(town.engine)
    bring(town, served, pressed(town), lambda: None)
    assert served.write() == 1
    assert served.write() == 0
    once = slack_once.Once(town.engine, lambda: town.now, served)
    body = {"command": "/usher", "trigger_id": "t4", "user_id": "U003"}
    request = BoltRequest(body=body, mode="socket_mode")
    assert once.take(request, lambda: None) is None
    once.keep(request, BoltResponse(status=200, body="hello"))
    assert served.write() == 0
    assert restart(town) == 0
    assert not told(town, MARCO)


def test_what_slack_brings_again_after_a_kill_is_served_then(town: Town) -> None:
    """Slack repeats what was not acknowledged: ten seconds later it is heard, not taken for known."""
    counts: list[str] = []
    with pytest.raises(Crash):
        bring(town, Served(town.engine), pressed(town), die)
    assert bring(town, Served(town.engine), pressed(town), lambda: counts.append("early")) is not None
    town.pass_time(timedelta(seconds=11))
    served = Served(town.engine)
    assert bring(town, served, pressed(town), lambda: counts.append("late")) is None
    served.write()
    assert counts == ["late"]
    assert restart(town) == 0


def test_nobody_waits_for_an_answer_to_slacks_own_words_and_to_fields_of_a_form(town: Town) -> None:
    """Events of Slack, words in a thread, a field that redraws its form, and strangers: nobody is told anything."""
    live = pressed(town, "t5") | {"view": {"type": "modal"}}
    live["actions"] = [{"type": "static_select", "action_id": "kind"}]
    thread = {"event": {"type": "message", "user": "U003", "channel_type": "group"}, "event_id": "e2"}
    joined = {"event": {"type": "member_joined_channel", "user": "U003"}, "event_id": "e3"}
    for body in (live, thread, joined, pressed(town, "t6", user="U999"), pressed(town, "t7", user="")):
        with pytest.raises(Crash):
            bring(town, Served(town.engine), body, die)
    assert restart(town) == 0
    assert not told(town, MARCO)


def test_the_same_in_teams(town: Town) -> None:
    """A press, a form and words in her own chat are told there; words in a channel are not."""
    asked(town)
    two = directory_id(HANNA)
    with town.engine.db.begin() as tx:
        people.link(tx, Link(HANNA, SystemKey("teams"), two, "Hanna", "set-up", "set-up"), town.now)

    def hear(_heard: Heard) -> Json | None:
        raise Crash

    personal = {"id": "a:1", "conversationType": "personal"}
    press = {"name": "adaptiveCard/action", "value": {"action": {"data": {"action": "approve"}}}}
    form = {"name": "task/submit", "value": {"data": {"verb": "send", "form": "x"}}}
    brought: tuple[Json, ...] = ({"type": "message", "text": "hi"}, press, form)
    for number, more in enumerate(brought):
        activity = {
            "type": "invoke",
            "id": f"m{number}",
            "from": {"aadObjectId": two},
            "conversation": personal,
            **more,
        }
        with pytest.raises(Crash):
            teams_once.Once(town.engine, town.tick, Served(town.engine)).around(hear)(read(activity))
    channel = {"type": "message", "text": "x", "id": "m9", "from": {"aadObjectId": two}, "conversation": {"id": "19:c"}}
    with pytest.raises(Crash):
        teams_once.Once(town.engine, town.tick, Served(town.engine)).around(hear)(read(channel))
    assert restart(town) == 1
    (said,) = told(town, HANNA)
    assert "you wrote to me, pressed a button and sent a form (" in said


def test_what_could_not_be_written_down_is_with_the_next(town: Town) -> None:
    """A database that is away for a moment makes nobody hear of a restart that was none."""
    served = Served(town.engine)
    bring(town, served, pressed(town), lambda: None)
    nothing: Any = None
    served.engine = nothing
    with pytest.raises(AttributeError):
        served.write()
    served.engine = town.engine
    assert served.write() == 1
    assert restart(town) == 0
