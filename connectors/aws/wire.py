"""One signed call to IAM or STS, its pages, and what each of their errors means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from botocore import xform_name
from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import garbled, rejected, silent, unreachable, wait
from connectors.wire.whole import Whole

NAME = "AWS"
MOST_PAGES = 10_000  # of one list
Row = dict[str, Any]
Got = TypeVar("Got")
Clients = Callable[[str, str], Any]  # a service and a region (none: the usual one) give a client

READS = ("Get", "List", "Describe", "Lookup", "Simulate", "Generate")
_CENTRE = (
    "ListInstances", "ListAccountAssignmentsForPrincipal", "ListAccountAssignments", "DescribePermissionSet",
    "ListApplicationAssignmentsForPrincipal", "CreateAccountAssignment", "DeleteAccountAssignment",
    "DescribeAccountAssignmentCreationStatus", "DescribeAccountAssignmentDeletionStatus",
    "CreateApplicationAssignment", "DeleteApplicationAssignment",
)  # fmt: skip
_STORE = (
    "DescribeUser", "DescribeGroup", "GetUserId", "ListGroupMembershipsForMember", "CreateGroupMembership",
    "DeleteGroupMembership",
)  # fmt: skip
SERVICES = {
    "GetCallerIdentity": "sts", "AssumeRole": "sts", "ListAccounts": "organizations", "LookupEvents": "cloudtrail",
    **dict.fromkeys(_CENTRE, "sso-admin"), **dict.fromkeys(_STORE, "identitystore"),
}  # fmt: skip

# botocore's read time-out is for each part of an answer
AWSHTTPConnection.response_class = Whole  # type: ignore[assignment]  # urllib3 does not say that it is a choice
AWSHTTPSConnection.response_class = Whole  # type: ignore[assignment]

# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
SLOW_DOWN = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})
WRONG_KEY = frozenset({
    "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidAccessKeyId",
    "InvalidClientTokenId", "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
UNKNOWN_CALL = frozenset({"InvalidAction", "NotImplemented", "UnknownOperationException"})
NOT_THERE = frozenset({"NoSuchEntity", "ResourceNotFoundException"})
BUSY = frozenset({"EntityTemporarilyUnmodifiable", "ConcurrentModification", "DeleteConflict", "ConflictException"})
MEANWHILE = timedelta(seconds=5)  # IAM gives no Retry-After; its quotas refill within seconds


@dataclass(frozen=True, slots=True)
class Api:
    """One AWS account: who reads there, who writes there, and how it is called in a native id (home: nothing).

    `reach` finds another of our accounts by its number, or nothing where it is not ours.
    """

    read: Clients = field(repr=False)
    write: Clients | None = field(default=None, repr=False)
    at_once: int = 8
    place: str = ""
    reach: Callable[[str], Api | None] = field(default=lambda _number: None, repr=False)

    def ask(self, operation: str, /, *, at: str = "", **given: Any) -> Row:
        """The answer to one call, named as in the permission (`ListUsers`). Raises ConnectorError."""
        service, name = _called(operation)
        clients = self.read if name.startswith(READS) or self.write is None else self.write
        try:
            answer: Row = getattr(clients(service, at), xform_name(name))(**given)
        except ClientError as error:
            raise _refused(operation if ":" in operation else error.operation_name, error.response) from None
        except BotoCoreError as error:
            raise _failed(error) from None
        except (ResponseParserError, KeyError):  # no XML, or a page that is XML but no answer
            raise garbled(NAME) from None
        if not answer["ResponseMetadata"].get("RequestId"):  # every genuine answer has one, a web page has none
            raise garbled(NAME)
        return answer

    def pages(self, operation: str, /, *, at: str = "", **given: Any) -> Iterator[Row]:
        """The pages of a list, to the last. Raises ConnectorError, also in the middle."""
        page = self.ask(operation, at=at, **given)
        yield page
        seen: set[str] = set()
        while more := _more(page):
            turned(seen, next(iter(more.values())))
            page = self.ask(operation, at=at, **more, **given)
            yield page

    def every(self, operation: str, field: str, /, **given: Any) -> tuple[Row, ...]:
        """All rows of a list, to its last page. Raises ConnectorError."""
        return tuple(row for page in self.pages(operation, **given) for row in part(page, field))


def part(answer: Row, field: str) -> Any:
    """What an answer must hold. Raises ConnectorError where only half of it came."""
    found = answer.get(field)
    if found is None:
        raise garbled(NAME)
    return found


def _more(page: Row) -> Row:
    if page.get("IsTruncated"):
        return {"Marker": part(page, "Marker")}
    return {"NextToken": page["NextToken"]} if page.get("NextToken") else {}


def turned(seen: set[str], mark: str) -> None:
    """Remember where a list goes on. Raises ConnectorError where it goes on from there again, or never ends."""
    if mark in seen or len(seen) >= MOST_PAGES:
        raise garbled(NAME)
    seen.add(mark)


def missing_as_none(ask: Callable[[], Got]) -> Got | None:
    """The answer, or None where IAM says that there is no such thing."""
    try:
        return ask()
    except ConnectorError as error:
        if error.kind is Kind.GONE:
            return None
        raise


def evidence(answer: Row) -> tuple[str, ...]:
    """AWS's own id of this call, by which CloudTrail and its support find it again."""
    return (f"x-amzn-requestid {answer['ResponseMetadata']['RequestId']}",)


def action(operation: str) -> str:
    """The permission that a call needs, as a policy writes it."""
    service, name = _called(operation)
    return f"{'sso' if service == 'sso-admin' else service}:{name}"


def _called(operation: str) -> tuple[str, str]:
    """The service and the name of a call; where two services have one of that name, it is written with its service."""
    service, _, name = operation.rpartition(":")
    return service or SERVICES.get(name, "iam"), name


def _refused(operation: str, response: Any) -> ConnectorError:
    code = response.get("Error", {}).get("Code", "")
    about = response.get("ResponseMetadata", {})
    headers, status = about.get("HTTPHeaders", {}), about.get("HTTPStatusCode", 0)
    if code in SLOW_DOWN or status == 429:
        return ConnectorError(f"{NAME} asks us to slow down.", kind=Kind.THROTTLED, after=wait(headers) or MEANWHILE)
    if code in WRONG_KEY:
        return rejected(NAME)
    if code in DENIED:
        said = f"{NAME} does not allow us to do this. It needs {action(operation)}."
        return ConnectorError(said, kind=Kind.PERMISSION)
    if code == "UnmodifiableEntity":
        said = f"{NAME} keeps this to itself: only the service that made it can change it."
        return ConnectorError(said, kind=Kind.PERMANENT)
    if code in NOT_THERE:
        return ConnectorError(f"{NAME} does not know what we asked for.", kind=Kind.GONE)
    if code in UNKNOWN_CALL:
        return Unoffered(f"{NAME} does not offer {operation} at this address.")
    if code in BUSY or status == 409:
        return _conflict(code)
    if status >= 500:
        return ConnectorError(f"{NAME} has a fault of its own ({status}).", kind=Kind.TRANSIENT, after=wait(headers))
    if not code or code == str(status):
        return garbled(NAME)
    return ConnectorError(f"{NAME} did not accept {operation} ({code}).", kind=Kind.PERMANENT)


class Unoffered(ConnectorError):
    """The address we talk to has no such call at all: what the call would list cannot exist there."""

    def __init__(self, said: str) -> None:
        super().__init__(said, kind=Kind.PERMANENT)


def _conflict(code: str) -> ConnectorError:
    if code == "LimitExceeded":
        said = f"{NAME} has no room for this: a limit of the account or of the person's own policies is reached."
        return ConnectorError(said, kind=Kind.PERMANENT)
    if code == "EntityAlreadyExists":
        return ConnectorError(f"{NAME} already has this.", kind=Kind.PERMANENT)
    return ConnectorError(f"{NAME} was busy with the same thing.", kind=Kind.TRANSIENT)


def _failed(error: BotoCoreError) -> ConnectorError:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return ConnectorError(f"There are no credentials for {NAME}.", kind=Kind.CREDENTIAL)
        case ParamValidationError():
            return ConnectorError(f"{NAME} would not accept what we ask.", kind=Kind.PERMANENT)
        case ReadTimeoutError():
            return silent(NAME)
        case HTTPClientError() | BotoConnectionError():
            return unreachable(NAME)
        case _:
            return ConnectorError(f"{NAME} could not be asked.", kind=Kind.TRANSIENT)
