"""IAM Identity Center as AWS has it: assignments take their time and may fail, and two at once are refused.

moto answers at once and accepts everything twice. https://docs.aws.amazon.com/singlesignon/latest/APIReference/
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.identitystore import exceptions as store_errors
from moto.identitystore import models as store_models
from moto.identitystore import responses as store_responses
from moto.identitystore import urls as store_urls
from moto.ssoadmin import models, responses, urls
from moto.ssoadmin.exceptions import ConflictException, ResourceNotFoundException

from bot.practice.company.aws import ACCOUNT, REGION

_NOT_THERE = "There is no such thing."


@dataclass(slots=True)
class Work:
    """One change of an assignment that AWS has taken on."""

    summary: dict[str, Any]
    finish: Callable[[], Any]
    asked: int = 0


@dataclass(slots=True)
class Desk:
    """What Identity Center is working at; `slow` is how often it says "in progress" first, `fails` the next outcome."""

    works: dict[str, Work] = field(default_factory=dict)
    applications: set[tuple[str, str]] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)
    synced: dict[str, str] = field(default_factory=dict)  # groups that an identity provider keeps, by its own ids
    slow: int = 1
    fails: bool = False

    def take(self, summary: dict[str, Any], finish: Callable[[], Any]) -> dict[str, Any]:
        """Begin; ConflictException while another change of the same account and permission set runs."""
        place = ("TargetId", "PermissionSetArn")
        for work in self.works.values():
            if work.summary["Status"] == "IN_PROGRESS" and all(work.summary[k] == summary[k] for k in place):
                raise ConflictException("There is a conflicting operation in process.")
        id = f"00000000-0000-4000-8000-{len(self.works):012}"
        self.works[id] = Work({**summary, "RequestId": id, "Status": "IN_PROGRESS"}, finish)
        return self.works[id].summary

    def status(self, id: str) -> dict[str, Any]:
        """How it stands; each question brings it nearer to its end."""
        work = self.works.get(id)
        if work is None:
            raise ResourceNotFoundException(_NOT_THERE)
        work.asked += 1
        if work.summary["Status"] == "IN_PROGRESS" and work.asked > self.slow:
            work.summary["Status"] = "FAILED" if self.fails else "SUCCEEDED"
            if not self.fails:
                work.finish()
            self.fails = False
        return work.summary

    def settle(self) -> None:
        """Everything that runs is through."""
        for id, work in self.works.items():
            work.asked = self.slow
            self.status(id)


DESK = Desk()
_KEYS = ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")
_NAMES = ("instance_arn", "target_id", "target_type", "permission_set_arn", "principal_type", "principal_id")


class StrictCentre(responses.SSOAdminResponse):
    """Assignments of accounts and applications."""

    def _asked(self) -> dict[str, Any]:
        return {name: self._get_param(key) for key, name in zip(_KEYS, _NAMES, strict=True)}

    def _begin(self, finish: Callable[..., Any]) -> dict[str, Any]:
        asked = self._asked()
        summary = {key: asked[name] for key, name in zip(_KEYS, _NAMES, strict=True) if key != "InstanceArn"}
        return DESK.take(summary, lambda: finish(**asked))

    def create_account_assignment(self) -> str:
        """Begin to make an assignment."""
        return json.dumps(
            {"AccountAssignmentCreationStatus": self._begin(self.ssoadmin_backend.create_account_assignment)}
        )

    def delete_account_assignment(self) -> str:
        """Begin to delete an assignment that is there."""
        self.ssoadmin_backend._find_account(**self._asked())  # noqa: SLF001 - it raises where AWS does
        return json.dumps(
            {"AccountAssignmentDeletionStatus": self._begin(self.ssoadmin_backend.delete_account_assignment)}
        )

    def describe_account_assignment_creation_status(self) -> str:
        """In progress first, then how it ended."""
        status = DESK.status(self._get_param("AccountAssignmentCreationRequestId"))
        return json.dumps({"AccountAssignmentCreationStatus": status})

    def describe_account_assignment_deletion_status(self) -> str:
        """In progress first, then how it ended."""
        status = DESK.status(self._get_param("AccountAssignmentDeletionRequestId"))
        return json.dumps({"AccountAssignmentDeletionStatus": status})

    def list_application_assignments_for_principal(self) -> str:
        """Those of one user."""
        user = self._get_param("PrincipalId")
        rows = [
            {"ApplicationArn": arn, "PrincipalId": user, "PrincipalType": "USER"}
            for arn, held in sorted(DESK.applications)
            if held == user
        ]
        return json.dumps({"ApplicationAssignments": rows})

    def create_application_assignment(self) -> str:
        """Give one."""
        DESK.applications.add((self._get_param("ApplicationArn"), self._get_param("PrincipalId")))
        return "{}"

    def delete_application_assignment(self) -> str:
        """Take one that is there."""
        one = (self._get_param("ApplicationArn"), self._get_param("PrincipalId"))
        if one not in DESK.applications:
            raise ResourceNotFoundException(_NOT_THERE)
        DESK.applications.remove(one)
        return "{}"


class StrictStoreBackend(store_models.IdentityStoreBackend):
    """A store that refuses a membership twice, and the end of one that is not there."""

    __module__ = store_models.IdentityStoreBackend.__module__

    def create_group_membership(
        self, identity_store_id: str, group_id: str, member_id: dict[str, str]
    ) -> tuple[str, str]:
        """Make a member."""
        held = self.is_member_in_groups(identity_store_id, member_id, [group_id])
        if held[0]["MembershipExists"]:
            raise store_errors.ConflictException(message="Member and Group relationship already exists.")
        return super().create_group_membership(identity_store_id, group_id, member_id)

    def delete_group_membership(self, identity_store_id: str, membership_id: str) -> None:
        """End a membership that is there."""
        if membership_id not in self.identity_stores[identity_store_id].group_memberships:
            raise store_errors.ResourceNotFoundException(message=_NOT_THERE, resource_type="GROUP_MEMBERSHIP")
        super().delete_group_membership(identity_store_id, membership_id)


class StrictStore(store_responses.IdentityStoreResponse):
    """Users with their status, and groups with where they come from."""

    def describe_user(self) -> str:
        """One user."""
        told = json.loads(super().describe_user())
        told["UserStatus"] = "DISABLED" if told["UserId"] in DESK.disabled else "ENABLED"
        return json.dumps({key: value for key, value in told.items() if value is not None})

    def list_users(self) -> str:
        """All of them, in pages, each with its status."""
        told = json.loads(super().list_users())
        for user in told["Users"]:
            user["UserStatus"] = "DISABLED" if user["UserId"] in DESK.disabled else "ENABLED"
        return json.dumps({**told, "Users": [{k: v for k, v in one.items() if v is not None} for one in told["Users"]]})

    def describe_group(self) -> str:
        """One group, with the id it has where it is synced from."""
        told = json.loads(super().describe_group())
        if theirs := DESK.synced.get(told["GroupId"]):
            told["ExternalIds"] = [{"Issuer": "https://idp.lumen.example/scim", "Id": theirs}]
        return json.dumps({key: value for key, value in told.items() if value is not None})


def install() -> models.SSOAdminBackend:
    """Put the strict classes where moto looks for its own, with nothing going on."""
    store_models.identitystore_backends.backend = StrictStoreBackend
    store_urls.url_paths["{0}/$"] = StrictStore.dispatch
    urls.url_paths["{0}/$"] = StrictCentre.dispatch
    DESK.works.clear()
    DESK.applications.clear()
    DESK.disabled.clear()
    DESK.synced.clear()
    DESK.slow, DESK.fails = 1, False
    store_models.identitystore_backends.reset()
    models.ssoadmin_backends.reset()
    return models.ssoadmin_backends[ACCOUNT][REGION]
