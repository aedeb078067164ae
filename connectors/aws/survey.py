"""Questions about whole AWS accounts: what may we do, who could belong to an e-mail address, who is there at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
)
from connectors.aws import facts
from connectors.aws.accounts import Accounts
from connectors.aws.centre import Centre
from connectors.aws.deleting import CALLS
from connectors.aws.reading import lists_of
from connectors.aws.wire import NAME, Api, Row, Unoffered, part
from connectors.interface import Check, ConnectorError, Kind, Partly
from connectors.wire.http import garbled

ROOT = "This is the key of the account's root user, which no policy can limit."
TOO_MUCH = "It may {action}, which Usher never does: use the policy that we ship instead of a wide one."
NEVER = ("iam:CreateUser", "iam:CreateAccessKey", "iam:DeleteRole", "organizations:LeaveOrganization", "s3:GetObject")
UNTRIED = "Whether changes are allowed could not be tried: {said}"
# What a change needs, and on what kind of thing; the smallest kind that the shipped policy names.
USER, ROLE, GROUP, MFA = "user", "role", "group", "mfa"
NOT_OF_USERS = {"RemoveUserFromGroup": GROUP, "DeleteVirtualMFADevice": MFA}
NEEDS: Mapping[type[Change], tuple[tuple[str, str], ...]] = {
    Suspend: (("PutUserPolicy", USER),),
    Resume: (("DeleteUserPolicy", USER),),
    Disable: (
        ("UpdateAccessKey", USER),
        ("UpdateSSHPublicKey", USER),
        ("UpdateSigningCertificate", USER),
        ("UpdateServiceSpecificCredential", USER),
        ("DeleteLoginProfile", USER),
    ),
    Enable: (("UpdateAccessKey", USER),),
    Revoke: (("RemoveUserFromGroup", GROUP), ("DetachUserPolicy", USER), ("DeleteUserPolicy", USER)),
    Assign: (("AddUserToGroup", GROUP), ("AttachUserPolicy", USER), ("PutUserPolicy", USER)),
    EndSessions: (("PutRolePolicy", ROLE),),
    Delete: tuple((name, NOT_OF_USERS.get(name, USER)) for name in CALLS),
}
CENTRE_NEEDS = (
    "identitystore:CreateGroupMembership", "identitystore:DeleteGroupMembership", "sso:CreateAccountAssignment",
    "sso:DeleteAccountAssignment", "sso:CreateApplicationAssignment", "sso:DeleteApplicationAssignment",
)  # fmt: skip
CENTRE_WORDS: Mapping[type[Change], str] = {Assign: ":Create", Revoke: ":Delete"}
Refused = tuple[str, ...]


def check(accounts: Accounts, centre: Centre | None, now: datetime) -> Check:
    """What works, what is missing and what is too much, tried on the first user. Raises ConnectorError."""
    home = accounts.home
    reads = (*_reads(home), *_looks(home, now), *(_people(centre) if centre else ()), *accounts.shut(now))
    if str(accounts.own()["Arn"]).endswith(":root"):
        return Check(ready=not reads, missing=reads, excessive=(ROOT,))
    try:
        cannot, lacks, excess = _writes(home, centre)
    except ConnectorError as error:
        missing = (*reads, UNTRIED.format(said=error.said))
        return Check(ready=False, missing=missing)
    missing = (*reads, *lacks)
    # In another account a role of ours may do what our own user may not here.
    return Check(not missing, missing, excess, {} if accounts.more else cannot)


def _reads(api: Api) -> Refused:
    users = part(api.ask("ListUsers", MaxItems=1), "Users")
    answers = lists_of(api, users[0]["UserName"]) if users else {}
    refused = (one for one in answers.values() if isinstance(one, ConnectorError) and not isinstance(one, Unoffered))
    return tuple(error.said for error in refused)


def _looks(api: Api, now: datetime) -> Refused:
    return _tried(lambda: api.ask("LookupEvents", StartTime=now, MaxResults=1))


def _people(centre: Centre) -> Refused:
    """A user that nobody has: what we may see answers that there is none."""
    none = "00000000-0000-0000-0000-000000000000"
    questions = (
        lambda: centre.people("DescribeUser", UserId=none),
        lambda: centre.people("ListGroupMembershipsForMember", MemberId={"UserId": none}),
        lambda: centre.sso("ListAccountAssignmentsForPrincipal", PrincipalId=none, PrincipalType="USER"),
        lambda: centre.sso("ListApplicationAssignmentsForPrincipal", PrincipalId=none, PrincipalType="USER"),
    )
    return tuple(said for question in questions for said in _tried(question))


def _tried(question: Callable[[], object]) -> Refused:
    try:
        question()
    except ConnectorError as error:
        return () if error.kind is Kind.GONE else (error.said,)
    return ()


def _writes(api: Api, centre: Centre | None) -> tuple[dict[type[Change], str], Refused, Refused]:
    """AWS is asked what it would answer; nothing is changed. Raises ConnectorError."""
    who = Api(api.write or api.read).ask("GetCallerIdentity")
    source, account = _source(str(who["Arn"])), str(who["Account"])
    pairs = {pair for needs in NEEDS.values() for pair in needs}
    things = {kind: f"{source.rsplit(':', 1)[0]}:{kind}/somebody" for kind in (USER, ROLE, GROUP, MFA)}
    lacking: set[str] = set()
    for kind, arn in things.items():
        actions = tuple(sorted(f"iam:{name}" for name, of in pairs if of == kind))
        lacking |= set(actions) - _allowed(api, source, actions, arn)
    if centre:
        lacking |= set(CENTRE_NEEDS) - _allowed(api, source, CENTRE_NEEDS, "*")
    excess = sorted(_allowed(api, source, NEVER, "*"))
    cannot = {kind: _cannot(_of(needs) & lacking) for kind, needs in NEEDS.items() if _nothing(kind, lacking, centre)}
    needed = {name for kind, needs in NEEDS.items() if kind is not Delete for name in _of(needs)} | set(CENTRE_NEEDS)
    words = tuple(f"AWS does not allow us to do this. It needs {action}." for action in sorted(lacking & needed))
    return cannot, words, tuple(TOO_MUCH.format(action=action, account=account) for action in excess)


def _nothing(kind: type[Change], lacking: set[str], centre: Centre | None) -> bool:
    """Whether nothing of this kind is allowed, in IAM or in Identity Center; to delete a user takes every permission.

    One permission that is missing makes no tasks of what the others do: its own step says what it needs.
    """
    needs = _of(NEEDS[kind])
    if kind is Delete:
        return bool(needs & lacking)
    there = {name for name in CENTRE_NEEDS if CENTRE_WORDS.get(kind, "-") in name} if centre else set()
    return needs | there <= lacking


def _of(needs: tuple[tuple[str, str], ...]) -> set[str]:
    return {f"iam:{name}" for name, _ in needs}


def _cannot(lacking: set[str]) -> str:
    return f"The policy of Usher's own user does not allow {', '.join(sorted(lacking))}."


def _source(arn: str) -> str:
    """Whose policies count: of the session of a role, those of the role."""
    if ":assumed-role/" not in arn:
        return arn
    _, partition, _, _, account, name = arn.split(":")
    return f"arn:{partition}:iam::{account}:role/{name.split('/')[1]}"


def _allowed(api: Api, source: str, actions: tuple[str, ...], thing: str) -> set[str]:
    given = {"PolicySourceArn": source, "ActionNames": list(actions), "ResourceArns": [thing]}
    rows = api.every("SimulatePrincipalPolicy", "EvaluationResults", **given)
    if {row["EvalActionName"] for row in rows} < set(actions):
        raise garbled(NAME)  # what was not judged is not forbidden
    return {row["EvalActionName"] for row in rows if row["EvalDecision"] == "allowed"}


def find(accounts: Accounts, system: SystemKey, email: str) -> tuple[Account, ...]:
    """Users with the address in a tag, or named like it. Raises ConnectorError.

    Partly where an open account could not be searched; of one that is shut every reading tells.
    """
    wanted = email.strip().lower()
    found = list(_fitting(accounts.home, system, wanted))
    failed: list[tuple[str, ConnectorError]] = []
    for place in accounts.members():
        try:
            found.extend(_fitting(accounts.of(place), system, wanted))
        except ConnectorError as error:
            failed.append((place, error))
    hidden = [(place, error) for place, error in failed if accounts.opens(place)]
    if hidden:
        said = " ".join(f"Account {place}: {error.said}" for place, error in hidden)
        raise Partly(said, tuple(found), kind=hidden[0][1].kind)
    return tuple(found)


def _fitting(api: Api, system: SystemKey, wanted: str) -> Iterator[Account]:
    users = api.every("GetAccountAuthorizationDetails", "UserDetailList", Filter=["User"])
    return (facts.account(system, user, api.place) for user in users if _fits(user, wanted))


def _fits(user: Row, email: str) -> bool:
    tags: list[Mapping[str, str]] = user.get("Tags", [])
    if any(tag["Value"].strip().lower() == email for tag in tags):
        return True
    return str(user["UserName"]).lower() in {email, email.partition("@")[0]}


def accounts(every: Accounts, system: SystemKey) -> Iterator[Account]:
    """Every user of every account, with its last use where AWS knows it. Raises ConnectorError, also in the middle.

    One page is held at a time. AWS gives its report of last uses as a whole; of that only dates are kept, by name.
    """
    for place in ("", *every.members()):
        api = every.of(place)
        uses = _uses(api)
        for page in api.pages("GetAccountAuthorizationDetails", Filter=["User"]):
            yield from (_told(system, user, place, uses) for user in part(page, "UserDetailList"))


def _told(system: SystemKey, user: Row, place: str, uses: Mapping[str, datetime | None]) -> Account:
    own = {row["PolicyName"]: row["PolicyDocument"] for row in user.get("UserPolicyList", ())}
    active = not facts.contains(own.get(facts.CONTAIN))
    name = str(user["UserName"])
    last = uses.get(name)
    used = last is not None if name in uses else None
    return replace(facts.account(system, user, place, active=active, last=last), used=used)


def _uses(api: Api) -> dict[str, datetime | None]:
    """The last use of each user by name: of all sources the latest, nothing where AWS says that there was none.

    Who is not in it is unknown. The report is at most four hours old; while AWS is still writing it, nothing is known.
    Raises ConnectorError.
    """
    try:
        if part(api.ask("GenerateCredentialReport"), "State") != "COMPLETE":
            return {}
        content = part(api.ask("GetCredentialReport"), "Content")
    except ConnectorError as error:
        if error.retry:
            raise
        return {}
    rows = csv.DictReader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))
    found = ((str(row["user"]), _use(row)) for row in rows)
    return {name: use for name, use in found if use is not UNKNOWN}


def _use(row: Mapping[str, str]) -> datetime | None:
    """When, or never; UNKNOWN for who has nothing to sign in with now, or was there before AWS recorded use."""
    dates = [moment for name in DATES if (moment := _moment(row.get(name)))]
    if dates:
        return max(dates)
    made = _moment(row.get("user_creation_time"))
    could = any(row.get(name) == "true" for name in COULD)  # what was deleted may have been used, and is not told
    return None if could and made and made >= facts.KEY_USE_KNOWN_SINCE else UNKNOWN


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
DATES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
COULD = ("password_enabled", "access_key_1_active", "access_key_2_active")
UNKNOWN = datetime.min.replace(tzinfo=UTC)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None  # N/A, no_information
    return moment if moment.tzinfo else None
