"""The dialogue as people of Slack meet it: what they see is drawn as blocks, what they fill in comes out of a view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.chat import blocks_lint
from bot.chat.commands import Talk
from bot.chat.desk import Desk
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.chat.slack_blocks import home
from bot.chat.slack_forms import blocks_by_name, filled, modal
from tests.fakes.read_back import in_slack

Json = dict[str, Any]


class ThroughSlack(Talk):
    """Stories speak to it as to any dialogue; between them and Usher stands everything that Slack draws and reads."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.opened: dict[tuple[str, str, str], Form] = {}

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """A slash command."""
        return self._shown(who, super().command(who, command, text, where))

    def message(self, who: Speaker, text: str) -> Answer:
        """Something written to Usher."""
        return self._shown(who, super().message(who, text))

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """A button or a menu."""
        return self._shown(who, super().press(who, action, value, chosen, where))

    def home(self, who: Speaker) -> Card:
        """Somebody's home tab."""
        card = super().home(who)
        assert blocks_lint.problems(home(card), "home") == []
        return card

    def submit(self, who: Speaker, handler: str, given: Filled, delivery: str) -> Answer:
        """What was entered, out of the view of the form that is open; it also counts if nobody can have seen it."""
        form = self.opened.get((who.native_id, handler, given.context))
        if form:
            read = filled(_entered(modal(form), given.values))
            seen = {name: value for name, value in read.values.items() if name in given.values}
            given = replace(given, values=given.values | seen, context=read.context)
        return self._shown(who, super().submit(who, handler, given, delivery))

    def _shown(self, who: Speaker, answer: Answer) -> Answer:
        match answer:
            case Form():
                view = modal(answer)
                assert blocks_lint.problems(view, "modal") == []
                self.opened[who.native_id, answer.handler, answer.context] = answer
            case Card():
                return in_slack(answer)
        return answer


def _entered(view: Json, values: Mapping[str, str]) -> Json:
    """The view as it comes back with these values."""
    kinds = {block["block_id"]: block["element"]["type"] for block in view["blocks"] if block["type"] == "input"}
    state = {}
    for name, block_id in blocks_by_name(view).items():
        if name in values and kinds[block_id] != "file_input":
            state[block_id] = {"any": _state(kinds[block_id], values[name])}
    back: Json = json.loads(json.dumps({**view, "state": {"values": state}}))
    return back


def _state(kind: str, value: str) -> Json:
    match kind:
        case "datepicker":
            return {"type": kind, "selected_date": value or None}
        case "timepicker":
            return {"type": kind, "selected_time": value or None}
        case "plain_text_input":
            return {"type": kind, "value": value or None}
    return {"type": kind, "selected_option": {"value": value} if value else None}
