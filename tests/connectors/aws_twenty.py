"""Twenty AWS accounts in which one person has a user each, answered inside the process: what is counted is our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Condition
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from bot.domain.model import Link, SystemKey
from connectors.aws import connect
from connectors.aws.connector import Aws
from connectors.interface import Secrets
from tests.connectors.contract import link_to

HOME = "123456789012"
NUMBERS = tuple(f"2000000000{number:02}" for number in range(20))
NAME = "alice.martin"
PATIENCE = 60.0
_KEY = re.compile(r"Credential=(?:ASIA)?([A-Z0-9]+)/")
_POLICY = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGet%2A%22%7D%5D%7D"
_MADE = "<CreateDate>2026-01-05T09:00:00Z</CreateDate>"
# What each call answers inside its result; {number} is the account that was asked.
ANSWERS = {
    "GetCallerIdentity": "<Arn>arn:aws:iam::{number}:user/usher</Arn><UserId>AIDAUSHER</UserId>"
    "<Account>{number}</Account>",
    "AssumeRole": "<Credentials><AccessKeyId>ASIA{role}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>{later}</Expiration></Credentials>",
    "GetUser": "<User><UserId>AIDA{number}</UserId><Path>/</Path><UserName>alice.martin</UserName>"
    "<Arn>arn:aws:iam::{number}:user/alice.martin</Arn>" + _MADE + "</User>",
    "ListAccessKeys": "<AccessKeyMetadata><member><AccessKeyId>AKIA{number}</AccessKeyId><Status>Active</Status>"
    + _MADE
    + "</member></AccessKeyMetadata>",
    "ListSSHPublicKeys": "<SSHPublicKeys/>",
    "ListSigningCertificates": "<Certificates/>",
    "ListServiceSpecificCredentials": "<ServiceSpecificCredentials/>",
    "ListMFADevices": "<MFADevices/>",
    "ListGroupsForUser": "<Groups><member><GroupName>developers</GroupName></member></Groups>",
    "ListAttachedUserPolicies": "<AttachedPolicies/>",
    "ListUserPolicies": "<PolicyNames><member>reports</member></PolicyNames>",
    "GetLoginProfile": "<LoginProfile><UserName>alice.martin</UserName>" + _MADE + "</LoginProfile>",
    "GetAccessKeyLastUsed": "<AccessKeyLastUsed><LastUsedDate>2026-11-20T09:00:00Z</LastUsedDate></AccessKeyLastUsed>",
    "GetUserPolicy": f"<PolicyDocument>{_POLICY}</PolicyDocument>",
    "ListAttachedGroupPolicies": "<AttachedPolicies><member><PolicyName>orders</PolicyName>"
    "<PolicyArn>arn:aws:iam::{number}:policy/orders</PolicyArn></member></AttachedPolicies>",
    "ListGroupPolicies": "<PolicyNames/>",
    "GetPolicy": "<Policy><PolicyName>orders</PolicyName><DefaultVersionId>v1</DefaultVersionId></Policy>",
    "GetPolicyVersion": f"<PolicyVersion><Document>{_POLICY}</Document></PolicyVersion>",
}


class _Raw:
    def __init__(self, text: str) -> None:
        self._bytes = text.encode()

    def stream(self) -> Iterator[bytes]:
        """What urllib3 would hand over."""
        yield self._bytes


@dataclass
class Twenty:
    """The accounts; `arrive` is called with the name of each call before it is answered, in the caller's thread."""

    arrive: Callable[[str], None]
    calls: list[str] = field(default_factory=list)

    def connector(self) -> Aws:
        """A connector whose every call ends here."""
        given = {"ACCESS_KEY_ID": HOME, "SECRET_ACCESS_KEY": "x", "ACCOUNTS": " ".join(NUMBERS)}
        made = connect(SystemKey("aws"), "AWS", Secrets(given))
        answer: Any = self._answer  # what it returns is taken for the answer, which botocore's types do not say
        made._accounts.events.register("before-send", answer)  # noqa: SLF001  botocore tells of every call
        return made

    def _answer(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        name = event_name.rpartition(".")[2]
        self.arrive(name)
        self.calls.append(name)
        signed: Any = request.headers["Authorization"]
        found = _KEY.search(signed.decode() if isinstance(signed, bytes) else signed)
        number = found[1] if found else ""
        headers: Any = {"content-type": "text/xml", "x-amzn-requestid": "practice"}
        if name == "LookupEvents":
            text = json.dumps({"Events": []})
        else:
            body: Any = request.body or b""
            asked = body.decode() if isinstance(body, bytes) else body
            arn = parse_qs(asked).get("RoleArn", ["::::"])[0]
            later = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
            inside = ANSWERS[name].format(number=number, role=arn.split(":")[4], later=later)
            about = "<ResponseMetadata><RequestId>practice</RequestId></ResponseMetadata>"
            text = f"<{name}Response><{name}Result>{inside}</{name}Result>{about}</{name}Response>"
        return AWSResponse(request.url, 200, headers, _Raw(text))


def links(connector: Aws) -> tuple[Link, ...]:
    """Alice's user in each account."""
    return tuple(link_to(connector, f"{number}/AIDA{number}", NAME) for number in NUMBERS)


class Rounds:
    """A gate that lets calls through only together: as many rounds as there are calls that wait for one another."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: list[str] = []
        self._round = 0

    def arrive(self, name: str) -> None:
        """Wait for the end of this round."""
        with self._changed:
            mine = self._round
            self._waiting.append(name)
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._round > mine, PATIENCE):
                raise AssertionError(f"{name} was never let through")

    def let(self, expected: int) -> list[str]:
        """End the round once so many calls wait at the same time; their names. Raises AssertionError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiting) >= expected, PATIENCE):
                raise AssertionError(f"{len(self._waiting)} calls instead of {expected}: {sorted(set(self._waiting))}")
            together, self._waiting = sorted(self._waiting), []
            self._round += 1
            self._changed.notify_all()
        return together
