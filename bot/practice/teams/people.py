"""What people do in the practice tenant: type, press, fill in. Each act becomes an activity, as Teams sends it.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-basics,
/cards/universal-actions-for-adaptive-cards and /task-modules-and-cards/task-modules/task-modules-bots.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx

from bot.practice.teams import cards
from bot.practice.teams.service import activity, sign
from bot.practice.teams.tenant import Conversation, Human, Json, Said, Tenant

CARD = "application/vnd.microsoft.card.adaptive"
SECONDS = 15.0  # as long as a client waits for the answer to a press
NAME = "Usher"


class NoAnswer(Exception):
    """The bot did not answer a press or a message as it should; the sentence says how."""


@dataclass(frozen=True)
class Dialog:
    """A form that is open: its card, and the conversation and message from which it was opened.

    `inline`: it is that message, and no window of its own.
    """

    card: Json
    conversation: str
    message: str
    inline: bool = False


@dataclass
class Client:
    """Teams as one person has it open. Only the loop of the service may use it."""

    tenant: Tenant
    human: Human
    dialog: Dialog | None = None
    shown: dict[str, tuple[int, Json]] = field(default_factory=dict)  # what a press showed in place of a message's card
    toasts: list[str] = field(default_factory=list)

    def conversations(self) -> list[Conversation]:
        """Every chat and channel this person can read."""
        return [one for one in self.tenant.conversations.values() if self.human.id in self.tenant.members(one)]

    def conversation(self, name: str) -> Conversation:
        """One that this person can read. Raises KeyError."""
        found = self.tenant.conversations[name]
        if self.human.id not in self.tenant.members(found):
            raise KeyError(name)
        return found

    def read(self, conversation: str, thread: str = "") -> list[tuple[Said, Json]]:
        """The messages of a conversation, or of a thread with its head, each with its card as this person sees it."""
        every = self.conversation(conversation).said
        found = [one for one in every if (thread in {one.id, one.root} if thread else not one.root)]
        return [(one, self.card(one)) for one in found]

    def card(self, said: Said) -> Json:
        """The card of a message: what this person was shown there last, until the bot replaced it for everybody."""
        edited, card = self.shown.get(said.id, (-1, {}))
        return card if edited == said.edited else said.card

    async def say(self, conversation: str, text: str, thread: str = "") -> None:
        """Write a message; in a channel the bot hears only what names it. Raises NoAnswer."""
        place = self.conversation(conversation)
        made = activity(self.tenant, self.human, place, "message", thread, text=text, textFormat="plain")
        place.said.append(Said(made["id"], self.human.id, made, thread))
        if place.kind != "channel" or f"<at>{NAME}</at>" in text:
            await _sent(self.tenant, made)

    async def press(self, conversation: str, message: str, action: Json, filled: Mapping[str, str]) -> bool:
        """Press a button of a card; False when it is not there any more. Raises NoAnswer."""
        place = self.conversation(conversation)
        said = place.find(message)
        if said is None or action not in list(cards.actions(self.card(said))):
            return False
        data = (action.get("data") or {}) | cards.values(self.card(said), filled)
        if cards.opens_dialog(action):
            await self._fetch(place, said, data)
        elif action["type"] == "Action.Execute":
            await self._execute(place, said, action, data)
        elif action["type"] == "Action.Submit":
            more = {"value": data, "replyToId": said.id}
            made = activity(self.tenant, self.human, place, "message", _thread(place, said), **more)
            await _sent(self.tenant, made)
        return True

    async def send(self, action: Json, filled: Mapping[str, str]) -> None:
        """Press a button of the open form. Raises NoAnswer."""
        if self.dialog is None:
            raise NoAnswer("no form is open")
        here, place = self.dialog, self.conversation(self.dialog.conversation)
        if here.inline:
            await self.press(here.conversation, here.message, action, filled)
            said = place.find(here.message)
            self.dialog = replace(here, card=self.card(said)) if said else None
            return
        data = (action.get("data") or {}) | cards.values(here.card, filled)
        said = Said(here.message, "", {})
        answer = await self._invoke(place, said, "task/submit", {"data": data, "context": {"theme": "default"}})
        self._task(answer, here.conversation, here.message)

    async def _fetch(self, place: Conversation, said: Said, data: Json) -> None:
        value = {"data": data, "context": {"theme": "default"}}
        self._task(await self._invoke(place, said, "task/fetch", value), place.id, said.id)

    def _task(self, answer: Json, conversation: str, message: str) -> None:
        task = answer.get("task") or {}
        self.dialog = None
        if task.get("type") == "continue":
            self.dialog = Dialog(task["value"]["card"]["content"], conversation, message)
        elif task.get("type") == "message":
            self.toasts.append(str(task["value"]))

    async def _execute(self, place: Conversation, said: Said, action: Json, data: Json) -> None:
        made = {"type": action["type"], "id": action.get("id"), "verb": action.get("verb"), "data": data}
        answer = await self._invoke(place, said, "adaptiveCard/action", {"action": made, "trigger": "manual"})
        if answer.get("statusCode") != 200:
            raise NoAnswer(f"the press was answered with {answer}")
        if answer["type"] == CARD:
            self.shown[said.id] = (said.edited, answer["value"])
        else:
            self.toasts.append(str(answer["value"]))

    async def _invoke(self, place: Conversation, said: Said, name: str, value: Json) -> Json:
        more = {"name": name, "value": value, "replyToId": said.id}
        made = activity(self.tenant, self.human, place, "invoke", _thread(place, said), **more)
        answer = await _sent(self.tenant, made)
        found: Any = answer.json() if answer.content else {}
        return found if isinstance(found, dict) else {}


def _thread(place: Conversation, said: Said) -> str:
    """The thread a message stands in: only channels have some."""
    return (said.root or said.id) if place.kind == "channel" else ""


async def _sent(tenant: Tenant, made: Json) -> httpx.Response:
    try:
        headers = {"Authorization": sign(tenant, made)}
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
            answer = await http.post(tenant.bot_url, json=made, headers=headers)
    except httpx.HTTPError as error:
        raise NoAnswer(f"the bot did not answer: {error!r}") from error
    if answer.is_error:
        raise NoAnswer(f"the bot answered with {answer.status_code}")
    return answer


async def install(tenant: Tenant) -> None:
    """Usher is added to every team, and to the chats of everybody who has it. Raises NoAnswer."""
    tenant.arrived = partial(_arrived, tenant)
    for team in tenant.teams.values():
        first = tenant.human(team.members[0]) or tenant.people[0]
        more: Json = {"membersAdded": [{"id": tenant.bot}], "channelData": {"eventType": "teamMemberAdded"}}
        await _sent(tenant, activity(tenant, first, tenant.conversations[team.id], "conversationUpdate", **more))
    for human in tenant.people:
        if human.installed:
            place = tenant.personal(human.id)
            await _sent(tenant, activity(tenant, human, place, "installationUpdate", action="add"))


def _arrived(tenant: Tenant, place: Conversation) -> None:
    """Usher hears that it is in a group chat now: a little later, as in Teams."""
    added = [{"id": tenant.bot}, *({"id": one} for one in place.members)]
    human = tenant.human(place.members[0]) or tenant.people[0]
    told = _told(tenant, activity(tenant, human, place, "conversationUpdate", membersAdded=added))
    task = asyncio.create_task(told)
    tenant.telling.add(task)
    task.add_done_callback(tenant.telling.discard)


async def _told(tenant: Tenant, made: Json) -> None:
    with suppress(NoAnswer):
        await _sent(tenant, made)
