"""The practice company's AWS account for tests: boto3 on one side, moto made strict on the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from werkzeug.wrappers import Request, Response

from bot.domain.model import (
    Account,
    Credential,
    Grant,
    SystemKey,
)
from bot.practice.company import aws, hosting
from bot.practice.company.aws import members, strict
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Application, Fault, Recorded
from connectors.aws import connect
from connectors.aws.connector import Aws
from connectors.aws.wire import READS, SERVICES
from connectors.interface import Secrets
from tests.connectors import servers
from tests.connectors.contract import NOW, link_to

PERMISSIONS = json.loads((Path(__file__).parents[2] / "connectors/aws/permissions.json").read_text())
NAME = "alice.martin"
OWN_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBEzCBuaADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCHByYWN0aWNl
MB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowEzERMA8GA1UEAwwIcHJh
Y3RpY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATHp/GNzImV4D0l3S6LQHHB
SVoTrWLIW0yUENPfl9GKQ1Z12HM2/o6I8HwJYh7EQEisygwPBPhRdJA0ky/ggwDk
MAoGCCqGSM49BAMCA0kAMEYCIQCLRYjUqYLUGZhT1glvitPv1EClH8X+tQemlDdu
oYpgugIhAPNoVDytV3ODZAoDLE7kUP5sgOCfQYnO7LmBAtd3k+Hh
-----END CERTIFICATE-----"""


def settings(url: str, **changed: str) -> Secrets:
    """The settings of the practice account."""
    given = {
        "ENDPOINT_URL": url,
        "REGION": aws.REGION,
        "ACCESS_KEY_ID": aws.USHER_KEY_ID,
        "SECRET_ACCESS_KEY": aws.USHER_SECRET,
        "SETTLE_SECONDS": "0",
    }
    return Secrets({**given, **changed})


@dataclass
class AwsHarness:
    """The practice account; Alice has every kind of credential and right in it."""

    url: str
    recorded: Recorded
    backend: strict.StrictBackend
    links: tuple[NativeLink, ...]
    secrets: tuple[str, ...] = (aws.USHER_SECRET, aws.ALICE_SECRET)
    called: set[str] = field(default_factory=set)
    connector: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.connector = self.with_settings()
        self.link = link_to(self.connector, self.id_of(NAME), NAME)
        self.unlinked = link_to(self.connector, "AIDAPRACTICEGONE00001", "left.long.ago")
        self.admin = boto3.client(
            "iam",
            endpoint_url=self.url,
            region_name=aws.REGION,
            aws_access_key_id=aws.INES_KEY_ID,
            aws_secret_access_key=aws.INES_SECRET,
        )

    def with_settings(self, **changed: str) -> Aws:
        """The connector with some settings changed."""
        connector = connect(SystemKey("aws"), "AWS", settings(self.url, **changed))
        connector._accounts.events.register("before-call", self._note)  # noqa: SLF001  botocore tells of every call
        return connector

    def _note(self, model: Any, **_: object) -> None:
        theirs = model.service_model.service_name == "identitystore" and model.name == "ListUsers"
        self.called.add(f"identitystore:{model.name}" if theirs else model.name)

    def id_of(self, name: str) -> str:
        """The UserId of a practice user."""
        return next(link.native_id for link in self.links if link.label == name)

    def others(self) -> dict[str, object]:
        """Every other user with groups, keys and policies; and every group."""
        details = self.admin.get_account_authorization_details()
        users = [user for user in details["UserDetailList"] if user["UserName"] != NAME]
        held = {user["UserId"]: (user, self._keys(user["UserName"])) for user in users}
        return {**held, "groups": details["GroupDetailList"]}

    def _keys(self, name: str) -> list[tuple[str, str]]:
        rows = self.admin.list_access_keys(UserName=name)["AccessKeyMetadata"]
        return [(row["AccessKeyId"], row["Status"]) for row in rows]

    def accept(self) -> None:
        """Nothing in IAM waits for the person."""

    def refused(self) -> Aws:
        """A key nobody issued."""
        return self.with_settings(ACCESS_KEY_ID="NOBODYPRACTICEKEY001")

    def unreachable(self) -> Aws:
        """An address where nobody listens."""
        with hosting.listen() as opened:
            return self.with_settings(ENDPOINT_URL=f"http://127.0.0.1:{opened.getsockname()[1]}")

    def garbled(self) -> AbstractContextManager[None]:
        """A maintenance page."""
        return servers.web_page(self.recorded)

    def fault(self, match: str, status: int, **how: Any) -> None:
        """Let one kind of call fail."""
        self.recorded.ledger.faults.append(Fault(match, status, **{"times": 0, **how}))


def fail(fault: Fault) -> Any:
    """AWS failing on demand, in the words of the service that was asked."""
    codes = {
        403: "AccessDenied",
        404: "NoSuchEntity",
        409: "EntityTemporarilyUnmodifiable",
        429: "Throttling",
        501: "InvalidAction",
    }
    code = codes.get(fault.status, "ServiceFailure")
    if any(SERVICES.get(name, "sts") != "sts" for name in fault.match.split("|")):
        code = {"NoSuchEntity": "ResourceNotFoundException", "AccessDenied": "AccessDeniedException"}.get(code, code)
        return Response(json.dumps({"__type": code, "message": "Practice fault"}), fault.status, mimetype="text/json")
    return strict.error(code, "Practice fault", fault.status)


def operation(request: Request) -> str:
    """The name of a call, whichever protocol its service speaks."""
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    return f"{request.method} {request.form.get('Action') or target}"


def perform(system: Application, request: Request, fault: Fault | None) -> Response:
    """What AWS answers; half of it, or nothing but its number, where a fault says so."""
    answer = Response.from_app(system, request.environ, buffered=True)
    match fault.does if fault else "":
        case "half":
            answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
        case "hollow":
            name = operation(request).partition(" ")[2]
            query = f"<{name}Response><{name}Result/><ResponseMetadata><RequestId>practice</RequestId>"
            xml = f"{query}</ResponseMetadata></{name}Response>"
            answer.set_data("{}" if request.headers.get("X-Amz-Target") else xml)
    return answer


def is_write(name: str) -> bool:
    """Whether a call changes something."""
    return not name.removeprefix("POST ").startswith((*READS, "AssumeRole"))


@contextmanager
def account() -> Iterator[AwsHarness]:
    """The account on its first day; Alice also has keys and rights of the rarer kinds.

    Our own key may do what permissions.json lists, and every call is held against that list.
    """
    members.install()
    recorded, backend, links = servers.aws_account(fail)
    recorded.operation, recorded.is_write, recorded.perform = operation, is_write, perform
    backend.put_user_policy("usher", "access-runbooks", json.dumps({"Version": "2012-10-17", "Statement": granted()}))
    with servers.served(recorded) as url:
        made = AwsHarness(url, recorded, backend, links)
        _rarer(made.admin)
        recorded.ledger.writes.clear()
        yield made
        made.admin.close()
        assert made.called <= {row["call"] for row in PERMISSIONS["calls"]}


def granted() -> list[dict[str, Any]]:
    """What our policy allows, on everything: moto does not compare resources."""
    return [{**one, "Resource": "*"} for one in PERMISSIONS["policy"]["Statement"] if one["Effect"] == "Allow"]


def _rarer(admin: Any) -> None:
    admin.upload_ssh_public_key(UserName=NAME, SSHPublicKeyBody="ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ alice")
    admin.upload_signing_certificate(UserName=NAME, CertificateBody=CERTIFICATE)
    admin.create_service_specific_credential(UserName=NAME, ServiceName="codecommit.amazonaws.com")
    admin.put_user_policy(UserName=NAME, PolicyName="reports", PolicyDocument=OWN_POLICY)
    made = admin.create_policy(
        PolicyName="orders-write",
        PolicyDocument=OWN_POLICY,
        Tags=[{"Key": "usher:why", "Value": "can change production orders"}],
    )
    admin.attach_user_policy(UserName=NAME, PolicyArn=made["Policy"]["Arn"])
    admin.attach_group_policy(GroupName="developers", PolicyArn=made["Policy"]["Arn"])


def second_factor(harness: AwsHarness) -> None:
    """Alice's phone asks for a second factor."""
    made = harness.admin.create_virtual_mfa_device(VirtualMFADeviceName="alice-phone")["VirtualMFADevice"]
    harness.admin.enable_mfa_device(
        UserName=NAME, SerialNumber=made["SerialNumber"], AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    harness.recorded.ledger.writes.clear()


def alice(harness: AwsHarness) -> Account:
    """Alice's account as her link knows it."""
    return Account(SystemKey("aws"), harness.link.native_id, NAME)


def key_of(harness: AwsHarness, number: int) -> Credential:
    """One of Alice's access keys as it was read."""
    held = harness.connector.read(harness.link, NOW).credentials.items
    return next(one for one in held if one.native_id == f"key:{aws.ALICE_KEY_IDS[number]}")


def right(harness: AwsHarness, native_id: str) -> Grant:
    """One of Alice's rights as it was read."""
    grants = harness.connector.read(harness.link, NOW).grants.items
    return next(grant for grant in grants if grant.entitlement.native_id == native_id)
