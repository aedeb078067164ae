"""Slack: verify, ask who it is, pass it to the dialogue, show the answer. All in the three seconds Slack waits."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chat.acks import Acks
from bot.chat.apology import apology
from bot.chat.plain_words import Json
from bot.chat.port import Answer, Card, Dialogue, Form, FormErrors, Speaker, Where
from bot.chat.saying import Words, said, words_of
from bot.chat.slack_answers import Screen, where_of
from bot.chat.slack_blocks import LINK, action_of, message
from bot.chat.slack_chat import API, web_client
from bot.chat.slack_forms import blocks_by_name, filled, modal, refusal, source_of, suggestions
from bot.chat.slack_once import Bolt, Once
from bot.chat.slack_words import typed, with_files
from bot.domain.errors import Refused

COMMANDS = ("/offboard", "/access", "/pause-access", "/who-has", "/usher")
SHORTCUTS = ("offboard", "access", "usher")  # each is the command of the same name, from anywhere in Slack
PATIENCE = 2  # seconds for a call that has to end before the three seconds are over
THREADS = 16
STRANGER = "Usher answers people of its own workspace only."
WRITTEN = frozenset({None, "file_share", "thread_broadcast"})  # messages of people; all others are Slack's own

_ANY = re.compile(".*", re.DOTALL)


def build_app(*, token: str, signing_secret: str = "", base_url: str = API, threads: int = THREADS) -> Bolt:
    """The Bolt app. Without a signing secret (Socket Mode) no request over HTTP is ever accepted."""
    return Bolt(
        client=web_client(token, base_url),
        # Bolt would check signatures made with an empty secret, which anybody can make.
        signing_secret=signing_secret or secrets.token_hex(32),
        process_before_response=True,
        token_verification_enabled=False,  # asked with the first request: Slack may be away while we start
        listener_executor=ThreadPoolExecutor(threads, thread_name_prefix="slack"),
    )


def register(  # noqa: PLR0913 - all that Slack may tell
    app: Bolt,
    dialogue: Dialogue,
    who: Callable[[str, str], Speaker],
    *,
    commands: Sequence[str] = COMMANDS,
    teams: Collection[str] = (),
    once: Once | None = None,
    gone: Callable[[str], None] = lambda _word: None,
    switched: Callable[[str, bool], object] = lambda _native_id, _off: None,
    joined: Callable[[str, str], object] = lambda _channel, _native_id: None,
) -> None:
    """Let the dialogue hear everything people do. `teams`: workspaces we serve; none means that of our token.

    `once` remembers what was brought, `gone` is called with Slack's word when somebody takes the app away from us,
    `switched` when somebody's account changes, with whether it is deactivated now, `joined` with the channel into
    which somebody came.
    """
    if once is not None:
        app.remember(once)
    app.event("app_uninstalled")(lambda event: _left(gone, event))
    app.event("tokens_revoked")(lambda event: _left(gone, event))
    app.event("user_change")(lambda event: _changed(switched, event))
    app.event("member_joined_channel")(lambda event: joined(str(event["channel"]), str(event["user"])))
    pool = app.listener_runner.listener_executor
    screen = Screen(web_client(str(app.client.token), app.client.base_url, PATIENCE), pool)
    listeners = Listeners(dialogue, who, screen, frozenset(teams))
    for command in commands:
        app.command(command)(listeners.command)
    app.global_shortcut(_ANY)(listeners.shortcut)
    app.action(_ANY)(listeners.action)
    app.view_submission(_ANY)(listeners.submit)
    app.view_closed(_ANY)(listeners.ignore)
    app.options(_ANY)(listeners.options)
    app.event("app_home_opened")(listeners.home)
    app.event("message")(listeners.message)
    app.error(listeners.failed)


def socket_mode(app: App, app_token: str, acks: Acks | None = None) -> Line:
    """The line to Slack that needs no public address: `connect()` opens it, `close()` ends it."""
    return Line(app, app_token, acks or Acks())


class Line(SocketModeHandler):
    """Socket Mode, with each answer counted."""

    def __init__(self, app: App, app_token: str, acks: Acks) -> None:
        super().__init__(app, app_token)
        self.acks = acks

    @property
    def open(self) -> bool:
        """Whether Slack can reach us now."""
        return self.client.is_connected()

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer what Slack brought."""
        with self.acks.answering(req.envelope_id):
            super().handle(client, req)

    def close(self) -> None:
        """Close in a moment in which nobody waits for an answer, and after three seconds in any case."""
        self.acks.quiet(3)
        super().close()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Listeners:
    """Everything Slack can bring, one method each."""

    dialogue: Dialogue
    who: Callable[[str, str], Speaker]
    screen: Screen
    teams: frozenset[str]

    def speaker(self, body: Json, context: BoltContext) -> Speaker:
        """The verified person behind a request. Raises Refused for people of other workspaces."""
        team, person = identity(body)
        result = context.authorize_result
        own = {result.team_id, result.enterprise_id} if result else set()
        if team not in (self.teams or own):
            raise Refused(STRANGER)
        return self.who(team, person)

    def command(self, ack: Ack, body: Json, context: BoltContext) -> None:
        """A slash command; the answer that is no form comes with the acknowledgement."""
        words = ["command", str(body["command"]), typed(str(body.get("text") or ""))]
        speaker = self.speaker(body, context)
        answer = self.screen.begun(said(self.dialogue, speaker, words, where_of(body)), body, speaker.native_id)
        card = self.screen.shown(answer, str(body["trigger_id"]), words)
        ack(message(card) if card else "")

    def shortcut(self, ack: Ack, body: Json, context: BoltContext) -> None:
        """A shortcut is its command, without words."""
        ack()
        self._say(body, context, ["command", f"/{body['callback_id']}", ""])

    def action(self, ack: Ack, body: Json, context: BoltContext) -> None:
        """A button, a menu, or a live field of a form."""
        ack()
        pressed: Json = body["actions"][0]
        name = action_of(str(pressed["action_id"]))
        if pressed["block_id"] in blocks_by_name(body.get("view") or {}).values():
            self._redraw(body, context)
        elif name != LINK:
            self._say(body, context, _press(name, pressed))

    def _say(self, body: Json, context: BoltContext, words: Words) -> None:
        speaker = self.speaker(body, context)
        answer = self.screen.begun(said(self.dialogue, speaker, words, where_of(body)), body, speaker.native_id)
        if (body.get("view") or {}).get("type") == "modal":
            self.screen.in_modal(answer, body)
            return
        card = self.screen.shown(answer, str(body.get("trigger_id") or ""), words)
        if card:
            self.screen.tell(body, speaker.native_id, card)

    def _redraw(self, body: Json, context: BoltContext) -> None:
        view: Json = body["view"]
        form = self.dialogue.redraw(self.speaker(body, context), str(view["callback_id"]), filled(view))
        self.screen.replace(view, modal(form, view))

    def submit(self, ack: Ack, body: Json, context: BoltContext) -> None:
        """A form was sent; a second sending of the same state of the same form has the same name."""
        view: Json = body["view"]
        speaker = self.speaker(body, context)
        delivery = f"{view['id']}:{view.get('hash', '')}"
        answer = self.dialogue.submit(speaker, str(view["callback_id"]), filled(view), delivery)
        ack(_after_submit(answer, view))
        if isinstance(answer, Card):
            self.screen.later(lambda: self.screen.write(speaker.native_id, answer))

    def ignore(self, ack: Ack) -> None:
        """A form that was closed changes nothing."""
        ack()

    def options(self, ack: Ack, body: Json, context: BoltContext) -> None:
        """What a list offers for the letters typed so far."""
        source = source_of(str(body["action_id"]))
        found = self.dialogue.options(self.speaker(body, context), source, typed(str(body.get("value") or "")))
        ack(suggestions(found))

    def home(self, event: Json, body: Json, context: BoltContext) -> None:
        """Somebody opened the home tab."""
        if event.get("tab") == "home":
            speaker = self.speaker(body, context)
            card = self.dialogue.home(speaker)
            self.screen.later(lambda: self.screen.publish(speaker.native_id, card))

    def message(self, event: Json, body: Json, context: BoltContext) -> None:
        """Somebody wrote to Usher, or in a thread of a channel it is in. Programs are not listened to."""
        if event.get("bot_id") or event.get("subtype") not in WRITTEN or not event.get("user"):
            return
        text, channel = typed(str(event.get("text") or "")), str(event["channel"])
        if event.get("channel_type") == "im":
            self._say(body, context, ["message", text])
        elif event.get("thread_ts") not in (None, event["ts"]):
            where = Where(channel, str(event["thread_ts"]), str(event["ts"]))
            text = with_files(text, event.get("files") or ())
            self.dialogue.comment(self.speaker(body, context), text, where, f"{channel}:{event['ts']}")

    def failed(self, error: Exception, body: Json, context: BoltContext) -> BoltResponse:
        """What a person sees instead of an answer: a refusal as it is, our own faults as a reference."""
        words = error.words if isinstance(error, Refused) else apology(error)
        if "command" in body:
            return BoltResponse(status=200, body=message(Card(words)))
        if context.authorize_result is None:
            # A signature that cannot even be read fails here too. Until Bolt knows whose request it is, the body may
            # be anybody's: we write to no address and to no person it names.
            return BoltResponse(status=401)
        match body.get("type"):
            case "view_submission":
                wrong = FormErrors({error.field if isinstance(error, Refused) else "": words})
                return BoltResponse(status=200, body=refusal(body["view"], wrong))
            case "block_suggestion":
                return BoltResponse(status=200, body=suggestions(()))
            case "event_callback":
                return self._event_failed(body["event"], words, refused=isinstance(error, Refused))
        self.screen.tell(body, identity(body)[1], Card(words))
        return BoltResponse(status=200)

    def _event_failed(self, event: Json, words: str, *, refused: bool) -> BoltResponse:
        person = str(event["user"])
        if event["type"] == "app_home_opened":
            self.screen.later(lambda: self.screen.publish(person, Card(words)))
        elif event.get("channel_type") == "im":
            self.screen.later(lambda: self.screen.write(person, Card(words)))
        elif not refused:
            return BoltResponse(status=500)  # Slack brings a comment again that we could not keep
        return BoltResponse(status=200)


def _left(gone: Callable[[str], None], event: Json) -> None:
    """The app was removed, or a token revoked: ours, not that of one person."""
    if event["type"] == "app_uninstalled" or (event.get("tokens") or {}).get("bot"):
        gone(str(event["type"]))


def _changed(switched: Callable[[str, bool], object], event: Json) -> None:
    """Somebody's profile changed; programs are nobody's account."""
    user = event["user"]
    if not user.get("is_bot"):
        switched(str(user["id"]), bool(user.get("deleted")))


def identity(body: Json) -> tuple[str, str]:
    """The workspace somebody belongs to and their id there, from the verified request."""
    if "command" in body:
        return str(body.get("team_id") or body.get("enterprise_id") or ""), str(body["user_id"])
    if "event" in body:
        event = body["event"]
        team = event.get("user_team") or event.get("team") or body.get("team_id")
        return str(team or ""), str(event["user"])
    person, team = body["user"], body.get("team") or body.get("enterprise") or {}
    return str(person.get("team_id") or team.get("id") or ""), str(person["id"])


def _press(name: str, pressed: Json) -> Words:
    if "selected_option" in pressed:
        chosen = (pressed["selected_option"] or {}).get("value", "")
        return ["press", name, str(pressed["block_id"]).partition("~")[2], str(chosen)]
    value = str(pressed.get("value") or "")
    return words_of(name, value, "")


def _after_submit(answer: Answer, view: Json) -> Json | str:
    match answer:
        case Form():
            return {"response_action": "update", "view": modal(answer, view)}
        case FormErrors():
            return refusal(view, answer)
        case Card():
            return {"response_action": "clear"}
    return ""
