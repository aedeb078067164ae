"""The AWS accounts we reach: the one of our key, and others through a role in each; who reads and who writes there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.hooks import BaseEventHooks, HierarchicalEmitter
from botocore.session import Session

from connectors.aws.once import Once
from connectors.aws.wire import NAME, Api, Clients, Row
from connectors.interface import ConnectorError, Kind, Secrets
from connectors.wire.http import CONNECT_SECONDS, READ_SECONDS
from connectors.wire.together import side_by_side

ALL = "organization"  # the value of ACCOUNTS that means every account of ours
MEMBER_ROLE = "usher"
OPEN_FOR = timedelta(minutes=15)  # an account that was opened is not tried again within that time
LOADER = "data_loader"  # the descriptions of all services: read once, not once for each role
ACCOUNTS_AT_ONCE = 24  # IAM and STS count the calls of each account alone
ACCOUNT_ID = re.compile(r"\d{12}")


class Accounts:
    """Our AWS accounts. Nothing is sent before it is asked for; safe to share between threads."""

    def __init__(self, secrets: Secrets, at_once: int) -> None:
        self.events: BaseEventHooks = HierarchicalEmitter()  # botocore's own, handed on to every client
        self._secrets = secrets
        self._at_once = at_once
        self._config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            user_agent=f"usher botocore/{botocore.__version__}",  # made once: botocore would make it for every call
            max_pool_connections=4 * at_once,  # several steps at the same time, each with its own calls side by side
        )
        self._lock = Lock()
        self._apis: dict[str, Api] = {}
        self._opened: dict[str, datetime] = {}
        self._once = Once()  # twenty accounts of one person are read at the same time, and each asks about all
        self._base = self._session()
        self._base.set_credentials(secrets.need("ACCESS_KEY_ID"), secrets.need("SECRET_ACCESS_KEY"))
        self.base = Api(self._clients(self._base), at_once=at_once, reach=self.reach)
        self._wanted = _wanted(secrets.get("ACCOUNTS"))
        self._own: dict[str, str] = {}

    @property
    def home(self) -> Api:
        """The account of our key. Raises ConnectorError where roles are set and the key is not accepted."""
        return self.of("")

    def of(self, place: str) -> Api:
        """One account, by its number; nothing stands for the account of our key. Raises ConnectorError."""
        with self._lock:
            found = self._apis.get(place)
        made = found or self._api(place)
        with self._lock:
            return self._apis.setdefault(place, made)

    def own(self) -> dict[str, str]:
        """Who our key belongs to: `Account`, `Arn`, `UserId`. Raises ConnectorError."""
        if not self._own:
            answer = self._once.ask("own", lambda: self.base.ask("GetCallerIdentity"))
            self._own = {name: str(answer[name]) for name in ("Account", "Arn", "UserId")}
        return self._own

    def reach(self, number: str) -> Api | None:
        """One of our accounts by its number; None where it is not ours. Raises ConnectorError."""
        if number == self.own()["Account"]:
            return self.home
        return self.of(number) if number in self.members() else None

    def told(self, place: str) -> bool:
        """Whether the settings let us into this account; in an organization, AWS decides."""
        return not place or self._wanted == (ALL,) or place in self._wanted

    @property
    def more(self) -> bool:
        """Whether the settings speak of other accounts."""
        return bool(self._wanted)

    def opens(self, place: str) -> bool:
        """Whether an account lets us in now; asks it."""
        try:
            return str(self.of(place).ask("GetCallerIdentity")["Account"]) == place
        except ConnectorError:
            return False

    def members(self) -> tuple[str, ...]:
        """The numbers of all other accounts we were told of. Raises ConnectorError where they cannot be listed."""
        if self._wanted != (ALL,):
            return self._wanted
        rows = self._once.ask("members", lambda: self.home.every("ListAccounts", "Accounts"))
        home = self.own()["Account"]
        # `State` succeeds `Status` in the API; a closed or suspended account lets nobody act
        return tuple(r["Id"] for r in rows if r.get("State", r.get("Status")) == "ACTIVE" and r["Id"] != home)

    def shut(self, now: datetime) -> tuple[str, ...]:
        """Why accounts could not be looked into, one sentence each; empty when all are open."""
        found: tuple[str, ...] = self._once.ask(f"shut {now}", partial(self._shut, now))
        return found

    def _shut(self, now: datetime) -> tuple[str, ...]:
        try:
            wanted = self.members()
        except ConnectorError as error:
            return (f"The accounts of the organization could not be listed: {error.said}",)
        waiting = [place for place in wanted if not self._open(place, now)]
        said = side_by_side(partial(self._try, now), waiting, at_once=max(ACCOUNTS_AT_ONCE, self._at_once))
        return tuple(filter(None, said))

    def _open(self, place: str, now: datetime) -> bool:
        at = self._opened.get(place)
        return at is not None and timedelta(0) <= now - at < OPEN_FOR

    def _try(self, now: datetime, place: str) -> str:
        try:
            seen = self._once.ask(f"identity {place}", partial(self._seen, place, now))
        except ConnectorError as error:
            return f"Account {place} could not be opened: {error.said}"
        wrong = seen is not None and seen["Account"] != place
        return f"Account {place} could not be opened: {NAME} opened another one instead." if wrong else ""

    def _seen(self, place: str, now: datetime) -> Row | None:
        return None if self._open(place, now) else self._ask(place, now)  # a reading may have opened it meanwhile

    def identity(self, place: str, now: datetime) -> Row:
        """Who we are in an account, which shows that it lets us in. Raises ConnectorError."""
        seen: Row | None = self._once.ask(f"identity {place}", partial(self._ask, place, now))
        return seen or self._ask(place, now)

    def _ask(self, place: str, now: datetime) -> Row:
        seen = self.of(place).ask("GetCallerIdentity")
        if seen["Account"] == place:
            self._opened[place] = now
        return seen

    def _api(self, place: str) -> Api:
        usual = MEMBER_ROLE if place else ""
        read, write = self._secrets.get("READ_ROLE", usual), self._secrets.get("WRITE_ROLE", usual)
        reads = self._as(place, read)
        return Api(reads, reads if read == write else self._as(place, write), self._at_once, place, self.reach)

    def _as(self, place: str, role: str) -> Clients:
        if not role:
            return self.base.read
        own = self.own()
        arn = f"arn:{own['Arn'].split(':')[1]}:iam::{place or own['Account']}:role/{role}"
        session = self._session()
        session.register_component("credential_provider", CredentialResolver([_Role(self._fetch(arn))]))
        return self._clients(session)

    def _fetch(self, arn: str) -> Callable[[], Any]:
        """Botocore takes the role on when it is first needed, and again before it runs out."""
        extra = {"RoleSessionName": "usher"}
        if external := self._secrets.get("EXTERNAL_ID"):
            extra["ExternalId"] = external

        def client(service: str, **keys: Any) -> Any:
            address = self._secrets.get("ENDPOINT_URL") or None
            with self._lock:
                return self._base.create_client(service, endpoint_url=address, config=self._config, **keys)

        return AssumeRoleCredentialFetcher(
            client, self._base.get_credentials(), arn, extra_args=extra
        ).fetch_credentials

    def _session(self) -> Session:
        first = not hasattr(self, "_base")  # botocore's own handlers must not run twice on one answer
        session = botocore.session.Session(event_hooks=self.events, include_builtin_handlers=first)
        session.set_config_variable("region", self._secrets.get("REGION", "us-east-1"))
        if not first:
            session.register_component(LOADER, self._base.get_component(LOADER))
        return session

    def _clients(self, session: Session) -> Clients:
        """Clients of one identity, made when first needed: botocore makes one at a time."""
        made: dict[tuple[str, str], Any] = {}
        address = self._secrets.get("ENDPOINT_URL") or None

        def client(service: str, region: str) -> Any:
            with self._lock:
                key = (service, region)
                if key not in made:
                    made[key] = session.create_client(
                        service, region_name=region or None, endpoint_url=address, config=self._config
                    )
                return made[key]

        return client


class _Role(CredentialProvider):
    METHOD = "assume-role"

    def __init__(self, fetch: Callable[[], Any]) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> DeferredRefreshableCredentials:
        """What botocore signs with; nothing is asked before the first call."""
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)


def _wanted(text: str) -> tuple[str, ...]:
    """The accounts a setting names. Raises ConnectorError where it names none that could exist."""
    named = tuple(one for one in re.split(r"[\s,]+", text.strip()) if one)
    if named == (ALL,):
        return named
    _raise_if_strange(named)
    return named


def _raise_if_strange(named: Iterable[str]) -> None:
    strange = [one for one in named if not ACCOUNT_ID.fullmatch(one)]
    if strange:
        said = f"The setting ACCOUNTS names something that is no account number: {strange[0]}."
        raise ConnectorError(said, kind=Kind.CREDENTIAL)
