"""CloudTrail's event history and the policy simulator, which moto lacks.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html and
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.cloudtrail import responses, urls
from moto.iam import models
from moto.iam.access_control import IAMPolicy, PermissionResult

PAGE = 50
_FIELDS = {"Username": "Username", "EventName": "EventName"}


@dataclass(slots=True)
class History:
    """Everything that was recorded, by account, oldest first."""

    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def remember(
        self, account: str, name: str, user: tuple[str, str], at: datetime, asked: Mapping[str, Any], error: str = ""
    ) -> None:
        """Record one event of a user, given by name and id."""
        told: dict[str, Any] = {
            "userIdentity": {"userName": user[0], "principalId": user[1]},
            "requestParameters": dict(asked),
        }
        if error:
            told["errorCode"] = error
        rows = self.events.setdefault(account, [])
        row = {"EventId": f"event-{len(rows)}", "EventName": name, "Username": user[0], "EventTime": at.timestamp()}
        rows.append({**row, "CloudTrailEvent": json.dumps(told)})


HISTORY = History()


class StrictTrail(responses.CloudTrailResponse):
    """CloudTrail with its event history."""

    def lookup_events(self) -> str:
        """Newest first, fifty a page, by at most one attribute."""
        rows = HISTORY.events.get(self.current_account, [])
        start, end = self._get_param("StartTime"), self._get_param("EndTime")
        for one in self._get_param("LookupAttributes") or ():
            rows = [row for row in rows if row.get(_FIELDS[one["AttributeKey"]]) == one["AttributeValue"]]
        rows = [row for row in rows if (start is None or row["EventTime"] >= start)]
        rows = [row for row in rows if (end is None or row["EventTime"] <= end)]
        first = int(self._get_param("NextToken") or 0)
        found = sorted(rows, key=lambda row: -float(row["EventTime"]))[first : first + PAGE]
        more = {"NextToken": str(first + PAGE)} if first + PAGE < len(rows) else {}
        return json.dumps({"Events": found, **more})


def install() -> None:
    """Put the strict class where moto looks for its own, with an empty history."""
    urls.url_paths["{0}/$"] = StrictTrail.dispatch
    HISTORY.events.clear()


def allowed(backend: models.IAMBackend, source: str, action: str, resource: str) -> bool:
    """What the policies of a user or a role answer to one action."""
    results = {IAMPolicy(one).is_action_permitted(action, resource) for one in _policies(backend, source)}
    return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results


def _policies(backend: models.IAMBackend, source: str) -> Iterable[Any]:
    name = source.rsplit("/", 1)[-1]
    if ":role/" in source:
        role = backend.get_role(name)
        yield from role.policies.values()
        yield from role.managed_policies.values()
        return
    user = backend.get_user(name)
    yield from user.policies.values()
    yield from user.managed_policies.values()
    for group in backend.get_groups_for_user(name):
        yield from group.policies.values()
        yield from group.managed_policies.values()
