"""Sessions of roles that a user took on: they outlive the user's keys, and end by a policy at the role.

The policy denies what was issued before a moment, and only to sessions of these names.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.reading import Completeness, Part, Session, unseen
from connectors.aws import facts
from connectors.aws.trail import CUT, LONGEST, Trail, detail
from connectors.aws.wire import Api, Row, evidence, missing_as_none, part
from connectors.interface import ConnectorError, Outcome, Result
from connectors.wire.together import side_by_side

USUAL = timedelta(hours=1)
AT_ONCE = 12
TAKEN_ON = frozenset({"AssumeRole", "SwitchRole"})
HIDDEN = (
    "Sessions of roles that were taken on before can not be seen here; each ends by itself within twelve hours. "
    "Suspending the account stops those that were opened with its own keys or password."
)
LATE = "CloudTrail shows a session some minutes after it was opened."
EARLIER = "The sessions of roles that were open are ended: what was issued before now is denied."
NONE_OPEN = "No session of a role is open."


@dataclass(frozen=True, slots=True)
class Opened:
    """One session of a role, as CloudTrail recorded its beginning."""

    role: str
    name: str
    since: datetime
    until: datetime

    @property
    def account(self) -> str:
        """The number of the account the role is in."""
        return self.role.split(":")[4]

    @property
    def role_name(self) -> str:
        """The role's name in its account."""
        return facts.policy_name(self.role)


def part_of(api: Api, trail: Trail, user: Row, now: datetime) -> Part[Session]:
    """The sessions of roles that are open, with when each is over at the latest."""
    try:
        opened, whole = _opened(api, trail, user, now)
        mine, others = _split(api, opened, user)
        still = _still(user, mine)
    except ConnectorError as error:
        return unseen(f"{error.said} {HIDDEN}")
    why = [f"{one.role_name} in account {one.account} until {one.until:%Y-%m-%d %H:%M} UTC" for one in others]
    told = f"Sessions that only their own account can end: {', '.join(why)}." if why else ""
    seen = Completeness.COMPLETE if whole and not others else Completeness.PARTIAL
    words = " ".join(filter(None, (told, "" if whole else CUT, LATE)))
    items = (Session(f"{s.role}/{s.name}", f"Role {s.role_name} as {s.name}", s.since, s.until) for s in still)
    return Part(tuple(items), seen, words)


def end(api: Api, user: Row, now: datetime) -> Outcome:
    """Deny every session that is open now, and no other person's. Raises ConnectorError."""
    opened, _ = _opened(api, Trail(), user, now)
    mine = _split(api, opened, user)[0]
    roles = sorted({one.role for one in _still(user, mine)})
    if not roles:
        return Outcome(Result.ALREADY, NONE_OPEN)
    proofs: list[str] = []
    for role in roles:
        every = [one for one in mine if one.role == role]  # also those that our last policy denies: it is replaced
        document = _deny((one.name for one in every), now, max(one.until for one in every))
        given = {"RoleName": every[0].role_name, "PolicyName": _policy(user), "PolicyDocument": facts.text(document)}
        proofs.extend(evidence(mine[every[0]].ask("PutRolePolicy", **given)))
    return Outcome(Result.APPLIED, EARLIER, evidence=tuple(proofs))


def _policy(user: Row) -> str:
    return f"usher-ended-{user['UserId']}"


def _opened(api: Api, trail: Trail, user: Row, now: datetime) -> tuple[tuple[Opened, ...], bool]:
    rows, whole = trail.of_user(api, str(user["UserName"]), now, LONGEST)
    found = {one for row in rows if (one := _session(row, user)) and one.until > now}
    return tuple(sorted(found, key=lambda one: (one.since, one.role, one.name))), whole


def _session(row: Row, user: Row) -> Opened | None:
    """The session this event began, if it was this user who took the role on, and got it."""
    event = detail(row)
    asked = event.get("requestParameters") or {}
    own = (event.get("userIdentity") or {}).get("principalId") == user["UserId"]
    if row.get("EventName") not in TAKEN_ON or not own or event.get("errorCode") or not asked.get("roleArn"):
        return None
    since: datetime = part(row, "EventTime").astimezone(UTC)
    lasts = timedelta(seconds=int(asked.get("durationSeconds") or USUAL.total_seconds()))
    return Opened(str(asked["roleArn"]), str(asked.get("roleSessionName", "")), since, since + lasts)


def _split(api: Api, opened: Iterable[Opened], user: Row) -> tuple[dict[Opened, Api], list[Opened]]:
    """Those of roles in accounts of ours, each with its account, and the others."""
    every = list(opened)
    home = str(user["Arn"]).split(":")[4]
    numbers = {one.account for one in every}
    reached = {number: api if number == home else api.reach(number) for number in numbers}
    mine = {one: found for one in every if (found := reached[one.account])}
    return mine, [one for one in every if one not in mine]


def _still(user: Row, opened: Mapping[Opened, Api]) -> tuple[Opened, ...]:
    """Without those that our policy already denies."""
    first = {one.role: one for one in opened}
    roles = sorted(first)
    asked = [(opened[first[role]], first[role].role_name) for role in roles]
    ended = dict(zip(roles, side_by_side(lambda one: _ended(user, *one), asked, at_once=AT_ONCE), strict=True))
    return tuple(one for one in opened if not _covers(ended[one.role], one))


def _ended(user: Row, api: Api, role: str) -> Any:
    found = missing_as_none(partial(api.ask, "GetRolePolicy", RoleName=role, PolicyName=_policy(user)))
    return part(found, "PolicyDocument") if found else None


def _covers(document: Any, one: Opened) -> bool:
    """Whether the policy at the role is ours word for word, names this session, and came after it began."""
    try:
        condition = document["Statement"][0]["Condition"]
        names = [name.removeprefix("*:") for name in condition["StringLike"]["aws:userid"]]
        cutoff = _moment(condition["DateLessThan"]["aws:TokenIssueTime"])
        over = _moment(condition["DateLessThan"]["aws:CurrentTime"])
    except (KeyError, TypeError, ValueError, IndexError):
        return False
    ours = facts.text(document) == facts.text(_deny(names, cutoff, over))
    return ours and one.name in names and cutoff > one.since and over >= one.until


def _moment(text: str) -> datetime:
    return datetime.strptime(text, facts.MOMENT).replace(tzinfo=UTC)


def _deny(names: Iterable[str], cutoff: datetime, over: datetime) -> dict[str, Any]:
    """It ends by itself when the last session would have: a deny that is forgotten must not hit anybody later."""
    condition = {
        "DateLessThan": {"aws:TokenIssueTime": _text(cutoff), "aws:CurrentTime": _text(over)},
        "StringLike": {"aws:userid": [f"*:{name}" for name in sorted(set(names))]},
    }
    statement = {"Sid": "UsherEnded", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _text(moment: datetime) -> str:
    """To the next full second: the policy has no fractions, and must not end too early."""
    return (moment + timedelta(microseconds=999_999)).astimezone(UTC).strftime(facts.MOMENT)
