"""What AWS refuses and moto lets pass, put back: deletion in order, and keys that are switched off.

Sources: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html and API_DeleteGroup.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam import models, responses, urls
from moto.iam.exceptions import DeleteConflictException, LimitExceededException, NotFoundException
from werkzeug.wrappers import Request, Response

from bot.practice.company.aws import ACCOUNT, centre, trail
from bot.practice.company.wire import Application, Environ

_KEY_ID = re.compile(r"Credential=([A-Z0-9]+)/")


class StrictBackend(models.IAMBackend):
    """IAM that deletes nothing which still holds something, and knows service specific credentials."""

    __module__ = models.IAMBackend.__module__  # moto finds the routes of a backend by the module of its class

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.service_credentials: dict[str, dict[str, Any]] = {}

    def delete_user(self, user_name: str) -> None:
        """Delete a user who has nothing left; DeleteConflict names the first thing that is."""
        user = self.get_user(user_name)
        held = {
            "delete login profile": user.password,
            "delete access keys": user.access_keys,
            "delete signing certificates": user.signing_certificates,
            "delete SSH public keys": user.ssh_public_keys,
            "delete service specific credentials": self.credentials_of(user_name),
            "deactivate MFA devices": user.mfa_devices,
            "remove users from group": self.get_groups_for_user(user_name),
        }
        for remedy, things in held.items():
            if things:
                raise DeleteConflictException(f"Cannot delete entity, must {remedy} first.")
        super().delete_user(user_name)

    def delete_group(self, group_name: str) -> None:
        """Delete an empty group."""
        group = self.get_group(group_name)
        if group.users:
            raise DeleteConflictException("Cannot delete entity, must remove users from group first.")
        if group.policies or group.managed_policies:
            raise DeleteConflictException("Cannot delete entity, must delete policies first.")
        super().delete_group(group_name)

    def delete_virtual_mfa_device(self, serial_number: str) -> None:
        """Delete a virtual device that nobody uses."""
        device = self.virtual_mfa_devices.get(serial_number)
        if device is not None and device.user is not None:
            raise DeleteConflictException("MFA VirtualDevice in use. Must deactivate first.")
        super().delete_virtual_mfa_device(serial_number)

    def credentials_of(self, user_name: str) -> list[dict[str, Any]]:
        """The service specific credentials of a user, with their passwords."""
        self.get_user(user_name)
        return [held for held in self.service_credentials.values() if held["UserName"] == user_name]

    def credential(self, user_name: str, credential_id: str) -> dict[str, Any]:
        """One of them; NoSuchEntity when the user has no such credential."""
        for held in self.credentials_of(user_name):
            if held["ServiceSpecificCredentialId"] == credential_id:
                return held
        raise NotFoundException(f"The service specific credential {credential_id} cannot be found.")


class StrictResponse(responses.IamResponse):
    """IAM's answers, with the operations on service specific credentials that moto lacks."""

    @property
    def strict(self) -> StrictBackend:
        """The backend this class needs."""
        assert isinstance(self.backend, StrictBackend)  # noqa: S101 -- install() saw to it
        return self.backend

    def _credential(self) -> dict[str, Any]:
        return self.strict.credential(self._get_param("UserName"), self._get_param("ServiceSpecificCredentialId"))

    def list_service_specific_credentials(self) -> ActionResult:
        """Without passwords."""
        shown = [_without_password(held) for held in self.strict.credentials_of(self._get_param("UserName"))]
        return ActionResult({"ServiceSpecificCredentials": shown, "IsTruncated": False})

    def create_service_specific_credential(self) -> ActionResult:
        """At most two for a user and a service."""
        user_name, service = self._get_param("UserName"), self._get_param("ServiceName")
        same = [held for held in self.strict.credentials_of(user_name) if held["ServiceName"] == service]
        if len(same) > 1:
            raise LimitExceededException("Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")
        held = _new_credential(len(self.strict.service_credentials) + 1, user_name, service)
        self.strict.service_credentials[held["ServiceSpecificCredentialId"]] = held
        return ActionResult({"ServiceSpecificCredential": held})

    def update_service_specific_credential(self) -> ActionResult:
        """Switch one on or off."""
        self._credential()["Status"] = self._get_param("Status")
        return EmptyResult()

    def simulate_principal_policy(self) -> ActionResult:
        """What the policies of a user or a role would answer."""
        source = self._get_param("PolicySourceArn")
        thing = (self._get_param("ResourceArns") or ["*"])[0]
        decided = [
            {"EvalActionName": name, "EvalDecision": "allowed" if yes else "implicitDeny"}
            for name in self._get_param("ActionNames") or ()
            for yes in [trail.allowed(self.backend, source, name, thing)]
        ]
        return ActionResult({"EvaluationResults": decided, "IsTruncated": False})

    def delete_service_specific_credential(self) -> ActionResult:
        """Delete one."""
        del self.strict.service_credentials[self._credential()["ServiceSpecificCredentialId"]]
        return EmptyResult()


def install() -> StrictBackend:
    """Put the strict classes where moto looks for its own; before its first application is built."""
    models.iam_backends.backend = StrictBackend
    urls.url_paths["{0}/$"] = StrictResponse.dispatch
    trail.install()
    centre.install()
    backend = models.iam_backends[ACCOUNT]["aws"]
    assert isinstance(backend, StrictBackend)  # noqa: S101 -- says it to the type checker
    return backend


def owner(backend: models.IAMBackend, request: Request) -> str:
    """The user whose key signed a call."""
    key = _signer(backend, request)
    return (key.user_name or "") if key else ""


def only_active_keys(system: Application, backend: models.IAMBackend) -> Application:
    """A system that answers an inactive key the way AWS does: as one it has never seen."""

    def guarded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = _signer(backend, Request(environ))
        if key is not None and key.status != "Active":
            said = "The security token included in the request is invalid."
            return error("InvalidClientTokenId", said, 403)(environ, start_response)
        return system(environ, start_response)

    return guarded


def error(code: str, message: str, status: int) -> Response:
    """An error as the query protocol writes it."""
    body = (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>practice</RequestId></ErrorResponse>"
    )
    return Response(body, status=status, mimetype="text/xml")


def _signer(backend: models.IAMBackend, request: Request) -> models.AccessKey | None:
    found = _KEY_ID.search(request.headers.get("Authorization", ""))
    return backend.access_keys.get(found.group(1)) if found else None


def _without_password(held: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in held.items() if key != "ServicePassword"}


def _new_credential(number: int, user_name: str, service: str) -> dict[str, Any]:
    return {
        "CreateDate": datetime.now(UTC),
        "ServiceName": service,
        "ServiceUserName": f"{user_name}-at-{ACCOUNT}",
        "ServicePassword": "practice-service-password",
        "ServiceSpecificCredentialId": f"ACCAPRACTICE{number:09}",
        "UserName": user_name,
        "Status": "Active",
    }
