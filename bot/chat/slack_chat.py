"""Delivering cards to Slack through its Web API; every refusal and every silence is a ChatError."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.chat.plain_words import Json, clipped, one_line
from bot.chat.port import Card, ChatError, File, Pace, Sent
from bot.chat.slack_blocks import message
from bot.domain.chats import SLACK

API = "https://slack.com/api/"
SECONDS = 5
EVENT = "usher"  # the type of the metadata of our messages
LARGEST = 20_000_000  # bytes of a file of evidence
PAGE = 200
INVITED = 100  # people in one invitation; https://docs.slack.dev/reference/methods/conversations.invite
GONE = frozenset(
    """channel_not_found is_archived not_in_channel message_not_found thread_not_found user_not_found users_not_found
    file_not_found file_deleted cannot_dm_bot user_disabled""".split()  # noqa: SIM905 - a dozen quoted words are harder to read
)
# The token counts for nothing any more; https://docs.slack.dev/reference/methods/auth.test
DEAD = frozenset(
    """invalid_auth token_revoked token_expired account_inactive not_authed app_uninstalled team_access_not_granted
    org_login_required""".split()  # noqa: SIM905
)
# "Some aspect of the operation may have succeeded": https://docs.slack.dev/reference/methods/chat.postMessage
UNSURE = frozenset({"", "fatal_error", "internal_error", "request_timeout", "service_unavailable"})
POSTING = Pace(timedelta(seconds=1))  # https://docs.slack.dev/apis/web-api/rate-limits, for one channel
Found = TypeVar("Found")


def redrawing(per_minute: int) -> Pace:
    """The pace at which messages are drawn again: so many calls a minute, in the whole workspace."""
    return Pace(timedelta(minutes=1) / per_minute, burst=10)


UPDATING = redrawing(50)  # tier 3


def web_client(token: str, base_url: str = API, seconds: int = SECONDS) -> WebClient:
    """A client that waits this long and never tries again by itself: the outbox does."""
    return WebClient(token, base_url=base_url, timeout=seconds, retry_handlers=[])


def asked(call: Callable[..., Found], **arguments: Any) -> Found:
    """What a call answers. Raises ChatError for whatever Slack or the network refuses."""
    try:
        return call(**arguments)
    except SlackApiError as error:
        raise _refused(error) from error
    except (SlackClientError, httpx.HTTPError, http.client.HTTPException, OSError) as error:
        raise ChatError(f"Slack did not answer ({type(error).__name__})", unknown=True) from error


def word_of(error: SlackApiError) -> str:
    """Slack's own word for an error, or nothing where the answer was no JSON."""
    return str(_body(error).get("error", ""))


def _body(error: SlackApiError) -> Json:
    body = getattr(error.response, "data", error.response)
    return body if isinstance(body, dict) else {}


def _refused(error: SlackApiError) -> ChatError:
    word, after, status = word_of(error), 0.0, getattr(error.response, "status_code", 200)
    if " " in word:
        word = ""  # the client's own sentence about an answer that was no JSON
    if status == 429 or word == "ratelimited":
        headers = {name.lower(): value for name, value in getattr(error.response, "headers", {}).items()}
        after = _seconds(headers.get("retry-after"))
    details = (_body(error).get("response_metadata") or {}).get("messages", [])
    said = " ".join(["Slack said", word or "something that is not JSON", *map(str, details)])
    return ChatError(
        clipped(one_line(said), 500, escape=False),
        after=after,
        gone=word in GONE,
        unknown=(status >= 500 or word in UNSURE) and not after,
        dead=word in DEAD,
    )


def _seconds(given: Any) -> float:
    try:
        return max(1.0, float(given))
    except (TypeError, ValueError):
        return 30.0


class SlackChat:
    """The Chat port on Slack. Channels and people are Slack's ids."""

    name = SLACK
    posting: Pace | None = POSTING
    updating: Pace | None

    def __init__(self, client: WebClient, updating: Pace = UPDATING) -> None:
        self.client = client
        self.updating = updating
        self._direct: dict[str, str] = {}  # never changes for a person
        self._me = ""

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Post a card; `key` goes along as metadata. Raises ChatError."""
        more: Json = {"metadata": {"event_type": EVENT, "event_payload": {"key": key}}} if key else {}
        if thread:
            more["thread_ts"] = thread
        more |= {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
        answer = asked(self.client.chat_postMessage, channel=channel, **message(card), **more)
        return Sent(str(answer["channel"]), str(answer["ts"]))

    def update(self, sent: Sent, card: Card) -> None:
        """Replace a posted card. Raises ChatError."""
        asked(self.client.chat_update, channel=sent.channel, ts=sent.ts, **message(card))

    def find(self, channel: str, key: str, *, thread: str = "", since: datetime) -> Sent | None:
        """Our own card with this key, posted after that instant, if it is there. Raises ChatError."""
        for said in self._ours_since(channel, thread, since):
            metadata = said.get("metadata") or {}
            if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == key:
                return Sent(channel, str(said["ts"]))
        return None

    def attached(self, channel: str, name: str, *, thread: str = "", since: datetime) -> bool:
        """Whether we attached a file of this name after that instant. Raises ChatError."""
        every = self._ours_since(channel, thread, since)
        return any(file.get("name") == name for said in every for file in said.get("files") or ())

    def _ours_since(self, channel: str, thread: str, since: datetime) -> Iterator[Json]:
        """Our messages of a channel, or of a thread in it."""
        more: Json = {"channel": channel, "oldest": f"{since.timestamp():.6f}", "include_all_metadata": True}
        call: Callable[..., Any] = self.client.conversations_history
        if thread:
            call, more["ts"] = self.client.conversations_replies, thread
        for page in _pages(call, **more):
            yield from (said for said in page["messages"] if said.get("user") == self._myself())

    def _myself(self) -> str:
        self._me = self._me or str(asked(self.client.auth_test)["user_id"])
        return self._me

    def check(self) -> None:
        """Nothing, while Slack takes our token. Raises ChatError."""
        asked(self.client.auth_test)

    def link(self, sent: Sent) -> str:
        """The address of a posted card, asked for only where somebody needs it. Raises ChatError."""
        if sent.link:
            return sent.link
        answer = asked(self.client.chat_getPermalink, channel=sent.channel, message_ts=sent.ts)
        return str(answer["permalink"])

    def direct(self, native_id: str) -> str:
        """The channel of the direct conversation with one person. Raises ChatError."""
        if native_id not in self._direct:
            answer = asked(self.client.conversations_open, users=native_id)
            self._direct[native_id] = str(answer["channel"]["id"])
        return self._direct[native_id]

    def room(self, name: str, members: Sequence[str]) -> str:
        """The private channel of this name that we made, or a new one, with these people in it. Raises ChatError.

        Where the name belongs to somebody else's channel, ours has a number behind it.
        """
        wanted = _room_name(name)
        names = (wanted, *(f"{wanted}-{number}" for number in range(2, 6)))
        channel = self._made(names) or self._created(names)
        self.invite(channel, members)
        return channel

    def invite(self, channel: str, members: Sequence[str]) -> None:
        """Let those of these people into a channel who are not in it yet. Raises ChatError."""
        there = self.members(channel)
        missing = [one for one in dict.fromkeys(members) if one not in there]
        for start in range(0, len(missing), INVITED):
            asked(self.client.conversations_invite, channel=channel, users=missing[start : start + INVITED])

    def _made(self, names: Sequence[str]) -> str:
        """The channel that an earlier try of ours opened, although we never heard so."""
        for channel in self._private():
            if channel["name"] in names and channel.get("creator") == self._myself():
                return str(channel["id"])
        return ""

    def _private(self) -> Iterator[Json]:
        for page in _pages(self.client.conversations_list, types="private_channel", exclude_archived=True):
            yield from page["channels"]

    def _created(self, names: Sequence[str]) -> str:
        for tried in names:
            try:
                answer = asked(self.client.conversations_create, name=tried, is_private=True)
            except ChatError as error:
                if "name_taken" not in error.said:
                    raise
            else:
                return str(answer["channel"]["id"])
        raise ChatError(f"Slack said name_taken for {names[0]} and for the numbers behind it")

    def members(self, channel: str) -> frozenset[str]:
        """Who can read a channel. Raises ChatError."""
        pages = _pages(self.client.conversations_members, channel=channel)
        return frozenset(str(member) for page in pages for member in page["members"])

    def find_channel(self, name: str) -> str:
        """The id of the private channel with this name. Raises ChatError, `gone` where the bot is in none.

        A public one is not taken: everybody could read along, the leaver too.
        """
        wanted = name.strip().removeprefix("#").lower()
        for channel in self._private():
            if channel["name"] == wanted:
                return str(channel["id"])
        raise ChatError(f"No private channel #{one_line(wanted)} that the bot can see", gone=True)

    def upload(self, channel: str, name: str, content: bytes, *, thread: str = "", title: str = "") -> None:
        """Attach a file to a thread. Raises ChatError."""
        more: Json = {"thread_ts": thread} if thread else {}
        more |= {"filename": name, "content": content, "title": title or name}
        asked(self.client.files_upload_v2, channel=channel, **more)

    def download(self, file: File) -> bytes:
        """The bytes of a file somebody attached, at most 20 MB. Raises ChatError."""
        known = asked(self.client.files_info, file=file.id)["file"]
        url = str(known.get("url_private_download") or known.get("url_private") or "")
        if known.get("is_external") or not self._ours(url):
            raise ChatError(f"{one_line(file.name)} does not lie in Slack", gone=True)
        if int(known.get("size") or 0) > LARGEST:
            raise ChatError(f"{one_line(file.name)} is larger than 20 MB", gone=True)
        return asked(self._fetched, url=url, name=one_line(file.name))

    def _ours(self, url: str) -> bool:
        """Whether the token may be shown to this address: Slack's own, or the one the whole API lives at."""
        parts, api = urlsplit(url), urlsplit(self.client.base_url)
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        return parts.scheme == "https" and (parts.hostname or "").endswith(".slack.com")

    def _fetched(self, url: str, name: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.client.token}"}
        read = bytearray()
        with httpx.stream("GET", url, headers=headers, timeout=SECONDS, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise ChatError(f"Slack answered {answer.status_code} for {name}")
            for part in answer.iter_bytes():
                read += part
                if len(read) > LARGEST:
                    raise ChatError(f"{name} is larger than 20 MB", gone=True)
        return bytes(read)


def _pages(call: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = asked(call, limit=PAGE, cursor=cursor, **arguments)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return


def _room_name(name: str) -> str:
    """The name as Slack takes it: small letters, digits and dashes, with room for a number behind it."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:70] or "usher"
