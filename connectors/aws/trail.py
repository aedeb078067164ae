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
# IAM has one address in each partition, and writes its events where that address is
HOME_OF_IAM = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
MAKES = {
    "CreateUser": ("userName", "user"),
    "CreateRole": ("roleName", "role"),
    "CreateAccessKey": ("userName", "an access key for"),
    "CreateLoginProfile": ("userName", "a console password for"),
    "CreateServiceSpecificCredential": ("userName", "a password for"),
}
LOOK = (
    "CloudTrail tells only of the last 90 days. Look in your own archive for what was made before: CreateUser, "
    "CreateRole and CreateAccessKey."
)
CUT = "There were more events than we looked through."

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
        try:
            found = [self._lookup(api, "EventName", event, now, HISTORY) for event in MAKES]
        except ConnectorError as error:
            return unseen(f"{error.said} Nobody can see here who made a key for a machine. {LOOK}")
        things = [_thing(row, name) for rows, _ in found for row in rows]
        told = ", ".join(sorted({thing for thing in things if thing})) or "nothing"
        cut = "" if all(whole for _, whole in found) else f" {CUT}"
        who = f"{name} made in these 90 days: {told}.{cut} Whoever made a key may still know it."
        return Part((), Completeness.PARTIAL, f"{who} {LOOK}")

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
    regions = (HOME_OF_IAM["aws"], "") if attribute == "Username" else (HOME_OF_IAM["aws"],)
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
