"""What CloudTrail remembers: who made what in ninety days, and which roles somebody took on in the last hours.

CloudTrail allows two questions a second, and shows an event some minutes late, so its answers are kept for a while.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

from bot.domain.model import Credential
from bot.domain.reading import Completeness, Part, unseen
from connectors.aws.wire import Api, Row, part
from connectors.interface import ConnectorError
from connectors.wire.together import side_by_side

HISTORY = timedelta(days=90)
LONGEST = timedelta(hours=12)  # of any role's session
KEPT = timedelta(minutes=5)
MOST_PAGES = 10  # of fifty events each
HOME_OF_IAM = "us-east-1"  # IAM has one address, and its events are written where that is
MAKES = {
    "CreateAccessKey": ("userName", "an access key for"),
    "CreateUser": ("userName", "user"),
    "CreateRole": ("roleName", "role"),
    "CreateLoginProfile": ("userName", "a console password for"),
    "CreateServiceSpecificCredential": ("userName", "a password for"),
}
LOOK = (
    "CloudTrail tells nothing older. For that, look in your own archive for CreateUser, CreateRole and CreateAccessKey."
)
CUT = "There were more events than we looked through."
UNASKED = "CloudTrail did not tell everything we asked."

Asked = tuple[str, str, str, str]  # account, region, attribute, its value
Found = tuple[tuple[Row, ...], bool]  # events, and whether these are all


class Made(NamedTuple):
    """Who made what: the events, why they may not be all, and whether CloudTrail answered at all."""

    rows: tuple[Row, ...]
    gaps: tuple[str, ...]
    answered: bool


class Trail:
    """CloudTrail's answers, each kept for five minutes; safe to share between threads.

    It counts the questions about each account and region: there they are asked one after the other.
    """

    def __init__(self) -> None:
        self._kept: dict[Asked, tuple[datetime, Found]] = {}
        self._lanes: defaultdict[tuple[str, str], Lock] = defaultdict(Lock)
        self._lock = Lock()

    def everything(self, api: Api, name: str, now: datetime) -> Made:
        """What anybody made. What the user did lately is asked first: open sessions cannot wait for the next reading.

        Where CloudTrail asks us to slow down we stop: what it told is kept, and the next reading asks for the rest.
        """
        if name:
            with suppress(ConnectorError):
                self.of_user(api, name, now, LONGEST)
        rows: list[Row] = []
        gaps: dict[str, None] = {}
        for number, event in enumerate(MAKES):
            try:
                found, whole = self._lookup(api, HOME_OF_IAM, ("EventName", event), now, HISTORY)
            except ConnectorError as error:
                return Made(tuple(rows), (*gaps, error.said, UNASKED), number > 0)
            rows.extend(found)
            if not whole:
                gaps[CUT] = None
        return Made(tuple(rows), tuple(gaps), answered=True)

    def of_user(self, api: Api, name: str, now: datetime, since: timedelta) -> Found:
        """What a user did where IAM and where we have our home, newest first. Raises ConnectorError."""
        look = partial(self._lookup, api, asked=("Username", name), now=now, since=since)
        places = side_by_side(look, (HOME_OF_IAM, ""), at_once=2)
        return tuple(row for rows, _ in places for row in rows), all(whole for _, whole in places)

    def _lookup(self, api: Api, region: str, asked: tuple[str, str], now: datetime, since: timedelta) -> Found:
        key = (api.place, region, *asked)
        with self._lock:
            lane = self._lanes[key[:2]]
        with lane:
            found = self._known(key, now)
            if found is None:
                found = _ask(api, region, asked, now - since)
                with self._lock:
                    self._kept[key] = (now, found)
            return found

    def _known(self, key: Asked, now: datetime) -> Found | None:
        with self._lock:
            self._kept = {one: kept for one, kept in self._kept.items() if timedelta(0) <= now - kept[0] < KEPT}
            found = self._kept.get(key)
        return found[1] if found else None


def made(told: Made, name: str) -> Part[Credential]:
    """In words what a user made for others: whoever makes a key may know it. A person judges, so it is no item.

    Switching such a key off would stop the program that uses it.
    """
    if not told.answered:
        return unseen(f"{' '.join(told.gaps)} Nobody can see here who made a key for a machine. {LOOK}")
    things = sorted({thing for row in told.rows if (thing := _thing(row, name))})
    what = f"made {', '.join(things)}" if things else "made nothing for others"
    said = f"In the last 90 days {name} {what}. Whoever made a key may still know it."
    return Part((), Completeness.PARTIAL, " ".join((said, *told.gaps, LOOK)))


def _ask(api: Api, region: str, asked: tuple[str, str], start: datetime) -> Found:
    rows: list[Row] = []
    attribute = {"AttributeKey": asked[0], "AttributeValue": asked[1]}
    pages = api.pages("LookupEvents", at=region, LookupAttributes=[attribute], StartTime=start)
    for number, page in enumerate(pages, start=1):
        rows.extend(part(page, "Events"))
        if number == MOST_PAGES and page.get("NextToken"):
            return tuple(rows), False
    return tuple(rows), True


def detail(row: Row) -> dict[str, Any]:
    """The event as CloudTrail recorded it; nothing where its text cannot be read."""
    try:
        found = json.loads(row["CloudTrailEvent"])
    except (KeyError, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _thing(row: Row, name: str) -> str:
    field, words = MAKES.get(row.get("EventName", ""), ("", ""))
    event = detail(row)
    asked = event.get("requestParameters") or {}
    if row.get("Username") != name or not field or event.get("errorCode"):
        return ""
    of = str(asked.get(field) or name)
    own = of == name and field == "userName"  # a person's own keys are in the list of her keys
    return "" if own else f"{words} {of}"
