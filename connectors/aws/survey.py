"""Questions about the AWS account as a whole: may we read, and who could belong to an e-mail address."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.model import Account, SystemKey
from connectors.aws import facts
from connectors.aws.reading import lists_of
from connectors.aws.wire import Api, Row, Unoffered
from connectors.interface import Check, ConnectorError


def check(api: Api) -> Check:
    """What the key may read, tried on the first user of the account. Never raises."""
    try:
        identity = api.ask("GetCallerIdentity")
        users = api.ask("ListUsers", MaxItems=1)["Users"]
        answers = lists_of(api, users[0]["UserName"]) if users else {}
    except ConnectorError as error:
        return Check(ready=False, missing=(error.said,))
    refused = (one for one in answers.values() if isinstance(one, ConnectorError) and not isinstance(one, Unoffered))
    missing = tuple(error.said for error in refused)
    root = str(identity["Arn"]).endswith(":root")
    excessive = ("This is the key of the account's root user, which no policy can limit.",) if root else ()
    return Check(ready=not missing, missing=missing, excessive=excessive)


def find(api: Api, system: SystemKey, email: str) -> tuple[Account, ...]:
    """Users with the address in any of their tags, or named like it. Raises ConnectorError."""
    wanted = email.strip().lower()
    users = api.every("GetAccountAuthorizationDetails", "UserDetailList", Filter=["User"])
    return tuple(facts.account(system, user) for user in users if _fits(user, wanted))


def _fits(user: Row, email: str) -> bool:
    tags: list[Mapping[str, str]] = user.get("Tags", [])
    if any(tag["Value"].strip().lower() == email for tag in tags):
        return True
    return str(user["UserName"]).lower() in {email, email.partition("@")[0]}
