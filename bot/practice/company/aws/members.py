"""Roles are taken on only where AWS would allow it: the role exists, trusts the caller, and hears its external id.

moto lets anybody take on a role of another account, even one that nobody made.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.iam import models
from moto.iam.exceptions import NotFoundException
from moto.organizations.models import organizations_backends
from moto.sts import responses, urls

from bot.practice.company.aws import ACCOUNT, REGION
from bot.practice.company.aws.strict import StrictBackend

EXTERNAL_ID = "practice-external-id"
ROLE = "usher"


class StrictSts(responses.TokenResponse):
    """STS that reads the trust of a role."""

    def assume_role(self) -> ActionResult:
        """A session of a role that trusts the account of the caller."""
        arn = str(self._get_param("RoleArn"))
        external = self._get_param("ExternalId")
        if not _trusted(arn, str(self.current_account), external):
            raise AccessDeniedError(user_arn=self.current_account, action="sts:AssumeRole")
        return super().assume_role()


def install() -> None:
    """Put the strict class where moto looks for its own, with no other account."""
    urls.url_paths["{0}/$"] = StrictSts.dispatch
    organizations_backends.reset()


def _trusted(arn: str, caller: str, external: str | None) -> bool:
    try:
        role = models.iam_backends[arn.split(":")[4]]["aws"].get_role_by_arn(arn)
    except NotFoundException:
        return False
    trust = json.loads(role.assume_role_policy_document)["Statement"][0]
    wanted = trust.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return caller in str(trust["Principal"]["AWS"]) and wanted in {None, external}


def member(name: str, may: list[dict[str, Any]]) -> tuple[str, StrictBackend]:
    """Another account of the company's organization, with a role that trusts ours; its number and its IAM."""
    company = organizations_backends[ACCOUNT]["aws"]
    if company.org is None:
        company.create_organization(REGION, FeatureSet="ALL")
    made = company.create_account(AccountName=name, Email=f"{name}@lumen.example")
    number = str(made["CreateAccountStatus"]["AccountId"])
    backend = models.iam_backends[number]["aws"]
    assert isinstance(backend, StrictBackend)  # noqa: S101 -- install() saw to it
    role(backend, ROLE, may)
    return number, backend


def role(backend: models.IAMBackend, name: str, may: list[dict[str, Any]]) -> None:
    """A role that our account may take on, if it knows the external id."""
    condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/usher"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
    backend.create_role(name, json.dumps({"Version": "2012-10-17", "Statement": [trust]}), "/", None, "", [], "3600")
    backend.put_role_policy(name, "access-runbooks", json.dumps({"Version": "2012-10-17", "Statement": may}))
