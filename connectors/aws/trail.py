"""What CloudTrail remembers: who made what in ninety days, and which roles somebody took on in the last hours.

CloudTrail allows two questions a second, and shows an event some minutes late, so its answers are kept for a while.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from bot.domain.model import Completeness, Credential, Part, unseen
from connectors.aws.wire import Api, Row, part
from connectors.interface import ConnectorError

HISTORY = timedelta(days=90)
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

Found = tuple[tuple[Row, ...], bool]  # events, and whether these are all


class Trail:
    """CloudTrail's answers, each kept for five minutes; safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], tuple[datetime, Found]] = {}
        self._lock = Lock()

    def made(self, api: Api, name: str, now: datetime) -> Part[Credential]:
        """In words what a user made for others: whoever makes a key may know it. A person judges, so it is no item.

        Switching such a key off would stop the program that uses it.
        """
        rows, gaps, answered = self._made(api, now)
        if not answered:
            return unseen(f"{' '.join(gaps)} Nobody can see here who made a key for a machine. {LOOK}")
        things = sorted({thing for row in rows if (thing := _thing(row, name))})
        what = f"made {', '.join(things)}" if things else "made nothing for others"
        told = f"In the last 90 days {name} {what}. Whoever made a key may still know it."
        return Part((), Completeness.PARTIAL, " ".join((told, *gaps, LOOK)))

    def _made(self, api: Api, now: datetime) -> tuple[list[Row], list[str], bool]:
        """What was made by anybody, why that may not be all, and whether CloudTrail answered at all.

        Where it asks us to slow down we stop: what it told is kept, and the next reading asks for the rest.
        """
        rows: list[Row] = []
        gaps: list[str] = []
        answered = False
        for event in MAKES:
            try:
                found, whole = self._lookup(api, "EventName", event, now, HISTORY)
            except ConnectorError as error:
                return rows, [*gaps, error.said, UNASKED], answered
            answered = True
            rows.extend(found)
            if not whole and CUT not in gaps:
                gaps.append(CUT)
        return rows, gaps, answered

    def of_user(self, api: Api, name: str, now: datetime, since: timedelta) -> Found:
        """What a user did where IAM and where we have our home, newest first. Raises ConnectorError."""
        return self._lookup(api, "Username", name, now, since)

    def _lookup(self, api: Api, attribute: str, value: str, now: datetime, since: timedelta) -> Found:
        key = (api.place, attribute, value)
        with self._lock:
            at, kept = self._kept.get(key, (None, ((), True)))
        if at is not None and timedelta(0) <= now - at < KEPT:
            return kept
        found = _ask(api, attribute, value, now - since)
        with self._lock:
            self._kept[key] = (now, found)
        return found


def _ask(api: Api, attribute: str, value: str, start: datetime) -> Found:
    rows: list[Row] = []
    asked = {"LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}], "StartTime": start}
    regions = (HOME_OF_IAM, "") if attribute == "Username" else (HOME_OF_IAM,)
    for region in regions:
        for number, page in enumerate(api.pages("LookupEvents", at=region, **asked), start=1):
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
