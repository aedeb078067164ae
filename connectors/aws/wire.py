"""One signed call to IAM or STS, its pages, and what each of their errors means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from connectors.interface import ConnectorError, Kind, Secrets
from connectors.wire.http import CONNECT_SECONDS, READ_SECONDS, garbled, silent, unreachable, wait
from connectors.wire.whole import Whole

NAME = "AWS"
Row = dict[str, Any]
Got = TypeVar("Got")

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
BUSY = frozenset({"EntityTemporarilyUnmodifiable", "ConcurrentModification", "DeleteConflict"})
MEANWHILE = timedelta(seconds=5)  # IAM gives no Retry-After; its quotas refill within seconds


@dataclass(frozen=True, slots=True)
class Api:
    """The two clients of one AWS account. Both are safe to share between threads."""

    iam: Any = field(repr=False)
    sts: Any = field(repr=False)
    at_once: int = 8

    def ask(self, operation: str, **given: Any) -> Row:
        """The answer to one call, named as in the permission (`ListUsers`). Raises ConnectorError."""
        client = self.sts if operation == "GetCallerIdentity" else self.iam
        try:
            answer: Row = getattr(client, xform_name(operation))(**given)
        except ClientError as error:
            raise _refused(operation, error.response) from None
        except BotoCoreError as error:
            raise _failed(error) from None
        except (ResponseParserError, KeyError):  # no XML, or a page that is XML but no answer
            raise garbled(NAME) from None
        if not answer["ResponseMetadata"].get("RequestId"):  # every genuine answer has one, a web page has none
            raise garbled(NAME)
        return answer

    def every(self, operation: str, field: str, **given: Any) -> tuple[Row, ...]:
        """All rows of a list, to its last page. Raises ConnectorError."""
        page = self.ask(operation, **given)
        rows = list(page[field])
        while page.get("IsTruncated"):
            page = self.ask(operation, Marker=page["Marker"], **given)
            rows.extend(page[field])
        return tuple(rows)


def clients(secrets: Secrets, at_once: int) -> Api:
    """Clients without retries of their own and with our time-outs; nothing is sent yet."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=4 * at_once,  # several steps at the same time, each with its own calls side by side
    )
    session = boto3.session.Session(
        aws_access_key_id=secrets.need("ACCESS_KEY_ID"),
        aws_secret_access_key=secrets.need("SECRET_ACCESS_KEY"),
        region_name=secrets.get("REGION", "us-east-1"),
    )
    address = secrets.get("ENDPOINT_URL") or None
    iam = session.client("iam", endpoint_url=address, config=config)
    return Api(iam, session.client("sts", endpoint_url=address, config=config), at_once)


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


def _refused(operation: str, response: Any) -> ConnectorError:
    code = response.get("Error", {}).get("Code", "")
    about = response.get("ResponseMetadata", {})
    headers, status = about.get("HTTPHeaders", {}), about.get("HTTPStatusCode", 0)
    if code in SLOW_DOWN or status == 429:
        return ConnectorError(f"{NAME} asks us to slow down.", kind=Kind.THROTTLED, after=wait(headers) or MEANWHILE)
    if code in WRONG_KEY:
        return ConnectorError(f"{NAME} does not accept our credentials.", kind=Kind.CREDENTIAL)
    if code in DENIED:
        service = "sts" if operation == "GetCallerIdentity" else "iam"
        said = f"{NAME} does not allow us to do this. It needs {service}:{operation}."
        return ConnectorError(said, kind=Kind.PERMISSION)
    if code == "NoSuchEntity":
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
        case HTTPClientError():
            return unreachable(NAME)
        case _:
            return ConnectorError(f"{NAME} could not be asked.", kind=Kind.TRANSIENT)
