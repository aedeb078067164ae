"""What a practice workspace begins with: people, channels, groups and limits, as frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A person of the workspace; `name` is the handle, `portrait` an address or a path of the page."""

    id: str
    name: str
    real_name: str
    email: str
    title: str = ""
    tz: str = "UTC"
    portrait: str = ""
    is_admin: bool = False
    is_guest: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class ChannelSeed:
    """A channel; no `members` means everybody. The app belongs to it if `with_app`, or if its id is a member."""

    id: str
    name: str
    members: Sequence[str] | None = None
    is_private: bool = False
    topic: str = ""
    with_app: bool = False


@dataclass(frozen=True)
class UserGroup:
    """A group of people with a handle of its own."""

    id: str
    handle: str
    name: str
    members: Sequence[str] = ()


@dataclass(frozen=True)
class SystemStatus:
    """How a system of the practice company is doing: starting, ready or failed, and why."""

    key: str
    name: str
    state: str = "ready"
    note: str = ""


@dataclass(frozen=True)
class Limits:
    """Slack's times and counts; tests and plays make them generous or tight.

    Sources: https://docs.slack.dev/apis/web-api/rate-limits (a message a second and channel, short bursts),
    /interactivity/handling-user-interaction (3 s, response_url), /apis/events-api (three more deliveries).
    """

    posts_per_second: float = 1.0
    burst: int = 20
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
    response_url_uses: int = 5
    response_url_seconds: float = 1800.0
    upload_bytes: int = 20_000_000
    sockets: int = 10
