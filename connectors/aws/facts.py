"""IAM's rows as our values: which account, key and right each row stands for, and what makes a right privileged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.model import Account, Credential, Entitlement, Grant, SystemKey
from bot.domain.reading import Part
from connectors.aws.wire import Row

CONTAIN = "usher-contain"
DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "UsherContain", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}
PASSWORD = "console-password"  # noqa: S105  the name of the credential, not its value
WHY_TAG = "usher:why"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
BEFORE = ("DateLessThan", "DateLessThanEquals", "DateLessThanIfExists")  # ways to say "until": all that are said hold

# Before these days AWS did not record use, so that "no date" means "never" only for what was made later.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html and API_User.html
KEY_USE_KNOWN_SINCE = datetime(2015, 4, 22, tzinfo=UTC)
PASSWORD_USE_KNOWN_SINCE = datetime(2014, 10, 20, tzinfo=UTC)

EVERYTHING = "can do everything in this AWS account"
RIGHTS = "can give itself and others every right"
ALMOST_EVERYTHING = "can do almost everything in this AWS account"
UNREAD = "what it allows could not be read"
MANAGED = {
    "AdministratorAccess": EVERYTHING,
    "PowerUserAccess": ALMOST_EVERYTHING,
    "IAMFullAccess": RIGHTS,
}
NAMED = (
    (re.compile(r"(?<![a-z])prod(uction)?(?![a-z])", re.IGNORECASE), "reaches production, as its name says"),
    (re.compile(r"(?<![a-z])admin", re.IGNORECASE), "is for administrators, as its name says"),
)


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of credential that IAM can make inactive and active again."""

    prefix: str
    label: str
    listing: str
    rows: str
    id: str
    update: str


KEY_KINDS = (
    KeyKind("key", "Access key", "ListAccessKeys", "AccessKeyMetadata", "AccessKeyId", "UpdateAccessKey"),
    KeyKind("ssh", "SSH key", "ListSSHPublicKeys", "SSHPublicKeys", "SSHPublicKeyId", "UpdateSSHPublicKey"),
    KeyKind(
        "cert",
        "Signing certificate",
        "ListSigningCertificates",
        "Certificates",
        "CertificateId",
        "UpdateSigningCertificate",
    ),
    KeyKind(
        "service",
        "Service password",
        "ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "UpdateServiceSpecificCredential",
    ),
)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html
FOR = {
    "bedrock.amazonaws.com": "Bedrock API key",
    "codecommit.amazonaws.com": "Git password",
    "cassandra.amazonaws.com": "Keyspaces password",
}


def account(
    system: SystemKey, user: Row, place: str = "", *, active: bool | None = None, last: datetime | None = None
) -> Account:
    """The account of a user row; users under the path /service/ belong to machines.

    AWS never gives a user's id twice, but only its own account can be asked about it: `place` goes before the id.
    """
    machine = str(user.get("Path", "/")).startswith("/service")
    native, label = str(user["UserId"]), str(user["UserName"])
    if place:
        native, label = f"{place}/{native}", f"{label} in {place}"
    return Account(system, native, label, active, last, service=machine)


def place_of(native_id: str) -> tuple[str, str]:
    """The AWS account that a native id names (nothing: the one of our key), and the id of the user in it."""
    place, _, id = native_id.rpartition("/")
    return place, id


def user_name(label: str) -> str:
    """The name of a user in its account; no name of a user holds a space."""
    return label.partition(" ")[0]


def short(id: str) -> str:
    """Enough of a key's id to recognise it in a sentence."""
    return f"{id[:4]}…{id[-4:]}" if len(id) > 8 else id


def held_key(holder: Account, kind: KeyKind, row: Row, use: Row | None = None) -> Credential:
    """A key, certificate or service password; `use` is what AWS knows of its last use."""
    id = str(row[kind.id])
    made = row.get("CreateDate") or row.get("UploadDate")
    last = (use or {}).get("LastUsedDate")
    used = None if use is None else _used(last, made, KEY_USE_KNOWN_SINCE)
    label = f"{FOR.get(row.get('ServiceName', ''), kind.label)} {short(id)}"
    return Credential(holder, f"{kind.prefix}:{id}", kind.label.lower(), label, row["Status"] == "Active", last, used)


def password(holder: Account, user: Row, profile: Row, *, factor: bool | None) -> Credential:
    """The console password. AWS can only delete it, so that it does not come back."""
    last = user.get("PasswordLastUsed")
    second = {None: "", True: ", with a second factor", False: ", without a second factor"}[factor]
    used = _used(last, profile.get("CreateDate"), PASSWORD_USE_KNOWN_SINCE)
    return Credential(
        holder, PASSWORD, "password", f"Console password{second}", last_used=last, used=used, restorable=False
    )


def _used(last: datetime | None, made: datetime | None, known_since: datetime) -> bool | None:
    if last is not None:
        return True
    return False if made is not None and made >= known_since else None


def group(name: str, why: str) -> Entitlement:
    """Membership in a group."""
    return Entitlement(f"group:{name}", "group", f"Group {name}", bool(why), why)


def attached(arn: str, why: str) -> Entitlement:
    """A managed policy that is attached to the user itself."""
    return Entitlement(f"policy:{arn}", "policy", f"Policy {policy_name(arn)}", bool(why), why)


def inline(name: str, document: Any, why: str) -> Entitlement:
    """A policy written into the user; its text, where we may read it, is kept: taking it means deleting it."""
    return Entitlement(
        f"inline:{name}",
        "inline policy",
        f"Own policy {name}",
        bool(why),
        why,
        detail=text(document) if document else "",
    )


def until(document: str, end: datetime | None) -> str:
    """A policy that allows nothing after `end`, also when nobody is there to take it away."""
    if end is None:
        return document
    policy = json.loads(document)
    limit = {"aws:CurrentTime": end.astimezone(UTC).strftime(MOMENT)}
    policy["Statement"] = [_limited(one, limit) for one in many(policy.get("Statement"))]
    return text(policy)


def _limited(statement: dict[str, Any], limit: dict[str, str]) -> dict[str, Any]:
    if statement.get("Effect") != "Allow":
        return statement
    given = statement.get("Condition", {})
    # A policy may have an end of its own: then both hold, and the earlier decides.
    word = next((one for one in BEFORE if not _says_now(given.get(one, {}))), BEFORE[-1])
    return {**statement, "Condition": {**given, word: {**given.get(word, {}), **limit}}}


def _says_now(condition: Mapping[str, Any]) -> bool:
    return any(key.lower() == "aws:currenttime" for key in condition)


def bounded(rights: Part[Grant], user: Row) -> Part[Grant]:
    """The rights, with a word on the boundary that limits what they allow."""
    boundary = user.get("PermissionsBoundary")
    if not boundary:
        return rights
    name = policy_name(boundary["PermissionsBoundaryArn"])
    return replace(rights, why=f"{rights.why} A boundary, the policy {name}, limits what these rights allow.".strip())


def text(document: Any) -> str:
    """A policy document in the one way we write it down."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def contains(document: Any) -> bool:
    """Whether a policy document is exactly the one that Usher writes to suspend an account."""
    return text(document) == text(DENY_ALL)


def policy_name(arn: str) -> str:
    """The last part of an ARN."""
    return arn.rsplit("/", 1)[-1]


def named(name: str) -> str:
    """What a name alone says about a right, or nothing."""
    return MANAGED.get(name) or next((why for pattern, why in NAMED if pattern.search(name)), "")


def allowed(document: Any) -> str:
    """What a policy document gives that is privileged, or nothing."""
    given = [one for one in many(document.get("Statement")) if one.get("Effect") == "Allow"]
    actions = {str(action).lower() for one in given for action in many(one.get("Action"))}
    if "*" in actions or "*:*" in actions:
        return EVERYTHING
    if any("NotAction" in one for one in given):
        return ALMOST_EVERYTHING
    return RIGHTS if "iam:*" in actions else ""


def many(value: Any) -> list[Any]:
    """What a policy document may hold once or several times, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def tagged(tags: Iterable[Mapping[str, str]]) -> str:
    """The company's own words for why a policy is privileged: its tag `usher:why`."""
    return next((tag["Value"] for tag in tags if tag["Key"] == WHY_TAG), "")
