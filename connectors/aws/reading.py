"""What one IAM user reaches, in four levels of calls that depend on each other (see each function)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from bot.domain.model import Account, Credential, Entitlement, Grant, Link, SystemKey
from bot.domain.reading import Completeness, Part, Reading, Session, absent
from connectors.aws import facts, lending, sessions
from connectors.aws.trail import Trail
from connectors.aws.trail import made as making
from connectors.aws.wire import NAME, Api, Row, Unoffered, evidence, missing_as_none, part
from connectors.interface import ConnectorError, Kind
from connectors.wire.together import side_by_side

GONE = "The account is gone, and with it every session that was opened with its keys or password."
ASSETS = "What a person builds in AWS belongs to the AWS account, so nothing is lost with the person's access."
OTHER = "The AWS name of this account now belongs to another account."
CHANGING = "The AWS account changed while we were reading it."

KEYS = {kind.listing: kind.rows for kind in facts.KEY_KINDS}
RIGHTS = {
    "ListGroupsForUser": "Groups",
    "ListAttachedUserPolicies": "AttachedPolicies",
    "ListUserPolicies": "PolicyNames",
}
LISTS = {**KEYS, "ListMFADevices": "MFADevices", **RIGHTS}
PROFILE = "GetLoginProfile"

Asked = tuple[str, ...]
Parts = tuple[Part[Account], Part[Grant], Part[Credential]]
Identify = Callable[[], Row]
Held = tuple[Row, Row | None, Parts, Part[Session]]
Answers = dict[Asked, Any]  # a question that was not permitted, or not offered, has its ConnectorError as answer


def read(api: Api, identify: Identify, trail: Trail, system: SystemKey, link: Link, now: datetime) -> Reading:
    """Everything the user reaches. CloudTrail is slow and needs none of the rest, so it is asked beside it.

    Raises ConnectorError.
    """
    name = facts.user_name(link.label)
    lanes: tuple[Callable[[], Any], ...] = (
        partial(_held, api, identify, trail, system, link, now),
        partial(trail.everything, api, name, now),
    )
    held, told = side_by_side(_call, lanes, at_once=len(lanes))
    identity, user, parts, opened = cast("Held", held)
    control = f"{NAME} account {identity['Account']}, read as {facts.policy_name(identity['Arn'])}"
    made = making(told, user["UserName"] if user else name)
    return Reading(system, now, control, *parts, absent(ASSETS), made, opened, evidence(identity))


def _held(api: Api, identify: Identify, trail: Trail, system: SystemKey, link: Link, now: datetime) -> Held:
    identity, user, lists = _opening(api, identify, facts.place_of(link.native_id)[1], facts.user_name(link.label))
    if user is None:
        return identity, None, (Part(), Part(), Part()), absent(GONE)
    lanes: tuple[Callable[[], Any], ...] = (
        partial(_parts, api, system, user, lists),
        partial(sessions.part_of, api, trail, user, now),
    )
    parts, opened = side_by_side(_call, lanes, at_once=len(lanes))
    return identity, user, parts, opened


def _opening(api: Api, identify: Identify, native_id: str, label: str) -> tuple[Row, Row | None, Answers]:
    """Level 1: who we are, whose name it is, and all lists of that name at once; they count only if the id is right."""
    if label:
        first: dict[Asked, Callable[[], Any]] = {
            ("GetCallerIdentity",): identify,
            ("GetUser",): partial(_named, api, label),
        }
        answers = _try(api, {**first, **_questions(api, label)})
        identity, holder = (_sure(answers.pop(asked)) for asked in first)
        if holder and holder["UserId"] == native_id:
            return identity, holder, _still(answers)
    identity, user = who(api, native_id, label)
    return identity, user, lists_of(api, user["UserName"]) if user else {}


def _sure(answer: Any) -> Any:
    if isinstance(answer, ConnectorError):
        raise answer
    return answer


def _still(answers: Answers) -> Answers:
    """The answers, unless something went away between two calls: then what is missing proves nothing."""
    if any(isinstance(answer, ConnectorError) and answer.kind is Kind.GONE for answer in answers.values()):
        raise ConnectorError(CHANGING, kind=Kind.TRANSIENT)
    return answers


def who(api: Api, native_id: str, label: str) -> tuple[Row, Row | None]:
    """Who we are, and the user with this id by its present name; None when the full list of users lacks the id.

    Raises ConnectorError GONE when the name was given to another user, and whatever the calls raise.
    """
    first: tuple[Callable[[], Any], ...] = (partial(api.ask, "GetCallerIdentity"), partial(_named, api, label))
    identity, holder = side_by_side(_call, first, at_once=2)
    if holder and holder["UserId"] == native_id:
        return identity, holder
    renamed = next((row for row in api.every("ListUsers", "Users") if row["UserId"] == native_id), None)
    if renamed is None and holder:
        raise ConnectorError(OTHER, kind=Kind.GONE)
    return identity, renamed


def _named(api: Api, name: str) -> Row | None:
    found = missing_as_none(partial(api.ask, "GetUser", UserName=name)) if name else None
    return part(found, "User") if found else None


def _call(question: Callable[[], Any]) -> Any:
    return question()


def _ask(api: Api, questions: Mapping[Asked, Callable[[], Any]]) -> Answers:
    return _still(_try(api, questions))


def _try(api: Api, questions: Mapping[Asked, Callable[[], Any]]) -> Answers:
    return dict(zip(questions, side_by_side(_permitted, questions.values(), at_once=api.at_once), strict=True))


def _permitted(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Unoffered as error:
        return error
    except ConnectorError as error:
        if error.kind in {Kind.PERMISSION, Kind.GONE}:
            return error
        raise


def _rows(answers: Answers, *asked: str) -> tuple[Any, ...]:
    """What was listed, or nothing where the question was not permitted or never asked."""
    answer = answers.get(asked, ())
    return () if isinstance(answer, ConnectorError) else answer


def _parts(api: Api, system: SystemKey, user: Row, lists: Answers) -> Parts:
    details = _details(api, user["UserName"], lists)
    reasons = _reasons(api, lists, details)
    owner = facts.account(system, user, api.place)
    keys = tuple(_credentials(owner, user, lists, details))
    used = (user.get("PasswordLastUsed"), *(key.last_used for key in keys))
    last = max((moment for moment in used if moment), default=None)
    active = not facts.contains(details.get(("own", facts.CONTAIN)))
    holder = facts.account(system, user, api.place, active=active, last=last)
    held = tuple(Grant(holder, right) for right in _rights(lists, details, reasons))
    lent = [one for one in _lent(holder, user, lists, details) if one.key not in {other.key for other in held}]
    grants = (*held, *lent)
    return Part((holder,)), facts.bounded(_part(grants, lists, RIGHTS), user), _part(keys, lists, {**KEYS, PROFILE: ""})


def lists_of(api: Api, name: str) -> Answers:
    """Everything that IAM lists for one user, by the name of the call. Raises ConnectorError."""
    return _ask(api, _questions(api, name))


def _questions(api: Api, name: str) -> dict[Asked, Callable[[], Any]]:
    lists: dict[Asked, Callable[[], Any]] = {
        (operation,): partial(api.every, operation, rows, UserName=name) for operation, rows in LISTS.items()
    }
    return {**lists, (PROFILE,): partial(_profile, api, name)}


def _profile(api: Api, name: str) -> tuple[Row, ...]:
    found = missing_as_none(partial(api.ask, PROFILE, UserName=name))
    return (part(found, "LoginProfile"),) if found else ()


def _details(api: Api, name: str, lists: Answers) -> Answers:
    """Level 2: when each key was used, the text of each own policy, what each group has."""
    questions: dict[Asked, Callable[[], Any]] = {}
    for row in _rows(lists, "ListAccessKeys"):
        questions["use", row["AccessKeyId"]] = partial(_use, api, row["AccessKeyId"])
    for policy in _rows(lists, "ListUserPolicies"):
        questions["own", policy] = partial(_own, api, name, policy)
    for row in _rows(lists, "ListGroupsForUser"):
        group = row["GroupName"]
        questions["has", group] = partial(api.every, "ListAttachedGroupPolicies", "AttachedPolicies", GroupName=group)
        questions["writes", group] = partial(api.every, "ListGroupPolicies", "PolicyNames", GroupName=group)
    return _ask(api, questions)


def _use(api: Api, key: str) -> Row:
    use: Row = api.ask("GetAccessKeyLastUsed", AccessKeyId=key)["AccessKeyLastUsed"]
    return use


def _own(api: Api, name: str, policy: str) -> Any:
    return api.ask("GetUserPolicy", UserName=name, PolicyName=policy)["PolicyDocument"]


def _reasons(api: Api, lists: Answers, details: Answers) -> Answers:
    """Levels 3 and 4: what makes each policy privileged; AWS's own policies are known by their names."""
    questions: dict[Asked, Callable[[], Any]] = {}
    attached = list(_rows(lists, "ListAttachedUserPolicies"))
    for row in _rows(lists, "ListGroupsForUser"):
        group = row["GroupName"]
        attached.extend(_rows(details, "has", group))
        for policy in _rows(details, "writes", group):
            questions["writes", group, policy] = partial(_group_text, api, group, policy)
    for row in attached:
        questions["has", row["PolicyArn"]] = partial(_policy, api, row["PolicyArn"])
    return _ask(api, questions)


def _group_text(api: Api, group: str, policy: str) -> str:
    found = api.ask("GetGroupPolicy", GroupName=group, PolicyName=policy)
    return facts.allowed(found["PolicyDocument"]) or facts.named(policy)


def _policy(api: Api, arn: str) -> str:
    if arn.split(":")[4] == "aws":
        return facts.named(facts.policy_name(arn))
    policy = api.ask("GetPolicy", PolicyArn=arn)["Policy"]
    version = api.ask("GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    ours = facts.tagged(policy.get("Tags", ()))
    return ours or facts.allowed(version["PolicyVersion"]["Document"]) or facts.named(policy["PolicyName"])


def _credentials(owner: Account, user: Row, lists: Answers, details: Answers) -> Iterable[Credential]:
    for kind in facts.KEY_KINDS:
        for row in _rows(lists, kind.listing):
            use = details.get(("use", row[kind.id]))
            yield facts.held_key(owner, kind, row, None if isinstance(use, ConnectorError) else use)
    devices = lists["ListMFADevices",]
    factor = None if isinstance(devices, ConnectorError) else bool(devices)
    for row in _rows(lists, PROFILE):
        yield facts.password(owner, user, row, factor=factor)


def _rights(lists: Answers, details: Answers, reasons: Answers) -> Iterable[Entitlement]:
    for row in _rows(lists, "ListGroupsForUser"):
        yield facts.group(row["GroupName"], _group_why(row["GroupName"], details, reasons))
    for row in _rows(lists, "ListAttachedUserPolicies"):
        yield facts.attached(row["PolicyArn"], _told(reasons["has", row["PolicyArn"]]))
    for policy in _rows(lists, "ListUserPolicies"):
        document = details["own", policy]
        if isinstance(document, ConnectorError):
            yield facts.inline(policy, {}, facts.UNREAD)
        elif not policy.startswith(lending.LENT) and (policy != facts.CONTAIN or not facts.contains(document)):
            yield facts.inline(policy, document, facts.allowed(document) or facts.named(policy))


def _lent(holder: Account, user: Row, lists: Answers, details: Answers) -> Iterable[Grant]:
    """Copies of managed policies, each with its end: the same right as if the policy itself were attached."""
    for policy in _rows(lists, "ListUserPolicies"):
        document = details["own", policy]
        if not policy.startswith(lending.LENT) or isinstance(document, ConnectorError):
            continue
        arn = lending.original(policy, user)
        why = facts.allowed(document) or facts.named(policy)
        right = facts.attached(arn, why) if arn else facts.inline(policy, document, why)
        yield Grant(holder, right, until=lending.end_of(document))


def _group_why(group: str, details: Answers, reasons: Answers) -> str:
    written = [_told(why) for asked, why in reasons.items() if asked[:2] == ("writes", group) and len(asked) == 3]
    has = [_told(reasons["has", row["PolicyArn"]]) for row in _rows(details, "has", group)]
    unread = [facts.UNREAD for asked in ("has", "writes") if isinstance(details[asked, group], ConnectorError)]
    return next((why for why in (*written, *has, facts.named(group), *unread) if why), "")


def _told(why: Any) -> str:
    return facts.UNREAD if isinstance(why, ConnectorError) else why


def _part(items: tuple[Any, ...], lists: Answers, operations: Iterable[str]) -> Part[Any]:
    """Partial when a list was not permitted; a list that does not exist at this address hides nothing."""
    refused = [answer for name in operations if isinstance(answer := lists[name,], ConnectorError)]
    hidden = [error for error in refused if not isinstance(error, Unoffered)]
    seen = Completeness.PARTIAL if hidden else Completeness.COMPLETE
    return Part(items, seen, " ".join(error.said for error in refused))
