"""What people do in the practice workspace, and what they see there."""

from __future__ import annotations

import json
import re

from bot.chat.port import Speaker
from bot.chat.slack_forms import blocks_by_name
from bot.practice.seeds import Limits
from tests.chat.dialogue import KNOWN
from tests.practice.people import HANNA, OFFBOARDING, Json, Practice

PATIENT = Limits(posts_per_second=1000, burst=1000, ack_seconds=4, retry_seconds=(0.0,))
REFERENCE = re.compile(
    r"Something went wrong on our side \(ref [0-9A-F]{6}\)\. Nothing was changed\. "
    r"Please try again; if it happens again, give this reference to whoever runs Usher\."
)
HANNA_SPEAKS = Speaker(HANNA, KNOWN[HANNA])


def say(joined: Practice, words: str, who: str = HANNA) -> Json:
    """Type a command in the offboarding channel."""
    return joined.post("command", who, channel=OFFBOARDING, text=f"/offboard {words}".strip())


def whispered(joined: Practice, who: str = HANNA, channel: str = OFFBOARDING) -> Json:
    """The last message that only this person sees."""
    return next(each for each in reversed(joined.messages(who, channel)) if each["ephemeral"])


def texts(message: Json) -> str:
    """All words of a message."""
    return json.dumps(message, ensure_ascii=False)


def button(message: Json, label: str) -> Json:
    """Where to press: the ids of a button by its label."""
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            if element.get("text", {}).get("text") == label:
                return {"block_id": block["block_id"], "action_id": element["action_id"]}
    raise AssertionError(f"no {label} in {texts(message)}")


def press(joined: Practice, message: Json, label: str, channel: str = OFFBOARDING) -> Json:
    """Press a button of a message as Hanna."""
    return joined.post("action", HANNA, channel=channel, ts=message["ts"], **button(message, label))


def entered(joined: Practice, **values: Json) -> Json:
    """The state of the form on Hanna's screen with these values."""
    view = joined.view(HANNA)
    ids = blocks_by_name(view)
    actions = {b["block_id"]: b["element"]["action_id"] for b in view["blocks"] if b["type"] == "input"}
    return {"values": {ids[name]: {actions[ids[name]]: value} for name, value in values.items()}}


def choose_alice(joined: Practice) -> Json:
    """Type three letters and take Alice, which draws the form again."""
    view = joined.view(HANNA)
    where = {"view_id": view["id"], "block_id": "person", "action_id": "person~people"}
    assert joined.get("suggest", HANNA, **where, value="ali")["options"][0]["description"]["text"] == "Senior engineer"
    return joined.post("action", HANNA, **where, selected_option={"value": "P-alice"})


def submit(joined: Practice, why: str) -> Json:
    """Send the form for Alice with this reason."""
    state = entered(joined, person={"selected_option": {"value": "P-alice"}}, why={"value": why})
    return joined.post("submit", HANNA, view_id=joined.view(HANNA)["id"], state=state)


def direct(joined: Practice, who: str = HANNA) -> list[Json]:
    """What stands in somebody's direct conversation with Usher."""
    return joined.messages(who, f"D{who[1:]}")
