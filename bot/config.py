"""Environment → frozen settings, once. Every mistake at boot, all in one message, none with a secret in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.chats import SLACK, TEAMS

SLACK_API = "https://slack.com/api/"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SHORTEST_SECRET = 32
_SHORTEST_SIGNING = 16  # Slack's have 32 characters
_LETTERS = 8  # different ones, so that a row of the same letter or a word said four times is no secret
_MAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+|[^@\s,]+@localhost")


_TENANT = re.compile(r"[0-9a-f-]{32,40}")
_HOOK = re.compile(r"USHER_HOOK_(?P<name>.+?)(?:_NEXT)?_SECRET")


class Misconfigured(Exception):
    """The settings are not complete or not safe. `mistakes` are sentences for whoever sets Usher up."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Settings:
    """What a served Usher needs to know. Tokens and secrets never show in its repr."""

    database: str = field(repr=False)
    company: Path
    secret: str = field(repr=False)
    base_url: str
    host: str
    port: int
    slack_url: str
    slack_updates: int
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    teams_app: str
    teams_password: str = field(repr=False)
    teams_tenants: tuple[str, ...]
    teams_connector: str
    teams_openid: str
    teams_login: str
    teams_graph: str
    teams_catalog: str
    teams_demo: bool
    keys: str = field(repr=False)
    metrics_token: str = field(repr=False)
    alert_webhook: str = field(repr=False)
    alert_mail: tuple[str, ...]
    smtp_url: str = field(repr=False)
    smtp_password: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    @property
    def chats(self) -> tuple[str, ...]:
        """The platforms on which people talk to this Usher: slack, teams or both."""
        there = {SLACK: bool(self.bot_token), TEAMS: bool(self.teams_app) or self.teams_demo}
        return tuple(name for name, is_there in there.items() if is_there)

    @property
    def pictures(self) -> str:
        """Where the chat can fetch portraits: only through a public https address, or all on this machine."""
        local = urlsplit(self.slack_url).hostname in _LOOPBACK
        return f"{self.base_url}/portraits" if local or self.base_url.startswith("https://") else ""

    def secrets(self, system: str) -> Mapping[str, str]:
        """What the connector of one system may know: USHER_<SYSTEM>_… without the prefix, nothing else."""
        prefix = f"USHER_{system.upper().replace('-', '_')}_"
        return {name.removeprefix(prefix): value for name, value in self.environment.items() if name.startswith(prefix)}


def read(environment: Mapping[str, str]) -> Settings:
    """The settings. Raises Misconfigured with every mistake at once."""
    mistakes: list[str] = []
    host = environment.get("USHER_HOST", "127.0.0.1")
    port = _number("USHER_PORT", environment.get("USHER_PORT", "8000"), 65535, mistakes)
    found = Settings(
        database=environment.get("USHER_DATABASE_URL", ""),
        company=Path(environment.get("USHER_COMPANY", "company")),
        secret=environment.get("USHER_SECRET", ""),
        base_url=environment.get("USHER_BASE_URL", f"http://{host}:{port}").rstrip("/"),
        host=host,
        port=port,
        slack_url=environment.get("SLACK_API_BASE_URL", SLACK_API),
        slack_updates=_number(
            "SLACK_UPDATES_PER_MINUTE", environment.get("SLACK_UPDATES_PER_MINUTE", "50"), 6000, mistakes, least=1
        ),
        bot_token=environment.get("SLACK_BOT_TOKEN", ""),
        app_token=environment.get("SLACK_APP_TOKEN", ""),
        signing_secret=environment.get("SLACK_SIGNING_SECRET", ""),
        teams_app=environment.get("TEAMS_APP_ID", "").strip(),
        teams_password=environment.get("TEAMS_APP_PASSWORD", ""),
        teams_tenants=_listed(environment.get("TEAMS_TENANT_ID", "").lower()),
        teams_connector=environment.get("TEAMS_CONNECTOR_URL", ""),
        teams_openid=environment.get("TEAMS_OPENID_URL", ""),
        teams_login=environment.get("TEAMS_LOGIN_URL", ""),
        teams_graph=environment.get("TEAMS_GRAPH_URL", ""),
        teams_catalog=environment.get("TEAMS_CATALOG_APP_ID", "").strip().lower(),
        teams_demo=environment.get("TEAMS_DEMO", "") == "1",
        keys=environment.get("USHER_KEYS", ""),
        metrics_token=environment.get("USHER_METRICS_TOKEN", ""),
        alert_webhook=environment.get("USHER_ALERT_WEBHOOK", "").strip(),
        alert_mail=_listed(environment.get("USHER_ALERT_MAIL", "")),
        smtp_url=environment.get("USHER_SMTP_URL", "").strip(),
        smtp_password=environment.get("USHER_SMTP_PASSWORD", ""),
        environment=environment,
    )
    mistakes += _incomplete(found) + _insecure(found) + _teams(found) + _unheard(found) + _shared(environment)
    if mistakes:
        raise Misconfigured(mistakes)
    return found


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _number(name: str, text: str, most: int, mistakes: list[str], *, least: int = 0) -> int:
    if text.isdecimal() and least <= int(text) <= most:
        return int(text)
    mistakes.append(f"{name} must be a number{f' from {least}' if least else ''} up to {most}, not “{text}”.")
    return 0


def _incomplete(found: Settings) -> list[str]:
    said = []
    if not found.database:
        said.append("USHER_DATABASE_URL is missing: sqlite:///usher.sqlite3 or postgresql+psycopg://…")
    elif not found.database.startswith(("sqlite:///", "postgresql+psycopg://")):
        said.append("USHER_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
    if not found.company.is_dir():
        said.append(f"USHER_COMPANY: there is no folder {found.company} with policy.yaml in it.")
    said += _slack(found)
    if len(found.secret) < _SHORTEST_SECRET:
        said.append(
            f"USHER_SECRET is missing or shorter than {_SHORTEST_SECRET} characters: it signs buttons and links."
        )
    elif len(set(found.secret)) < _LETTERS or found.secret in _given(found):
        said.append("USHER_SECRET can be guessed. Make one of its own: openssl rand -hex 32")
    return said


def _given(found: Settings) -> set[str]:
    return {found.bot_token, found.app_token, found.signing_secret, found.teams_password}


def _slack(found: Settings) -> list[str]:
    """What is missing for Slack, unless people talk to Usher in Teams alone."""
    if TEAMS in found.chats and not (found.bot_token or found.app_token or found.signing_secret):
        return []
    said = []
    if not found.bot_token:
        said.append("SLACK_BOT_TOKEN is missing: the bot token (xoxb-…) of the Slack app. For Teams set TEAMS_APP_ID.")
    if not found.app_token and not found.signing_secret:
        said.append("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing; Usher needs one of them.")
    return said


def _teams(found: Settings) -> list[str]:
    """What is missing or not safe for Teams. Without an app id nobody's token can be checked: for a demo alone."""
    said = []
    ours = {"CONNECTOR": found.teams_connector, "OPENID": found.teams_openid, "LOGIN": found.teams_login}
    ours["GRAPH"] = found.teams_graph
    said += [
        f"TEAMS_{name}_URL is for a practice service on this machine: without it Usher knows Microsoft's."
        for name, url in ours.items()
        if url and not _is_here(url)
    ]
    if found.teams_password and not found.teams_app:
        said.append("TEAMS_APP_ID is missing: the application (client) id of the app registration.")
    if found.teams_app and not found.teams_password:
        said.append("TEAMS_APP_PASSWORD is missing: a client secret of the app registration.")
    if found.teams_app and not _TENANT.fullmatch(found.teams_app.lower()):
        said.append(f"TEAMS_APP_ID: “{found.teams_app}” is no application (client) id, such as 00000000-1111-2222-…")
    if _TENANT.fullmatch(found.teams_password.lower()):
        said.append("TEAMS_APP_PASSWORD looks like the Secret ID. Usher needs the secret's Value, which is shown once.")
    if TEAMS in found.chats and not found.teams_tenants:
        said.append("TEAMS_TENANT_ID is missing: the directory (tenant) id whose people Usher answers.")
    said += [
        f"TEAMS_TENANT_ID: “{one}” is no directory id; a domain does not do."
        for one in found.teams_tenants
        if not _TENANT.fullmatch(one)
    ]
    if found.teams_catalog and not found.teams_app:
        said.append("TEAMS_CATALOG_APP_ID is for an app that is registered: set TEAMS_APP_ID, or take it out.")
    if found.teams_catalog and not _TENANT.fullmatch(found.teams_catalog):
        said.append(f"TEAMS_CATALOG_APP_ID: “{found.teams_catalog}” is no App ID of the Teams admin center.")
    if found.teams_demo and found.teams_app:
        said.append("TEAMS_DEMO is for a demo without an app id: take it out, or TEAMS_APP_ID.")
    if found.teams_demo and not (found.host in _LOOPBACK and _is_here(found.base_url)):
        said.append("TEAMS_APP_ID is missing: without it anybody could press every button; a demo stays on 127.0.0.1.")
    return said


def _is_here(address: str) -> bool:
    """Whether an address is one on this machine."""
    try:
        return urlsplit(address).hostname in _LOOPBACK and is_safe(address)
    except ValueError:
        return False


def _insecure(found: Settings) -> list[str]:
    said = []
    if not is_safe(found.slack_url):
        said.append("SLACK_API_BASE_URL must be https, or on this machine.")
    if not is_safe(found.base_url):
        said.append("USHER_BASE_URL must be https: reports are opened through it.")
    secret = found.signing_secret
    if secret and (len(secret.strip()) < _SHORTEST_SIGNING or len(set(secret)) < _LETTERS // 2):
        said.append("SLACK_SIGNING_SECRET is not one of Slack's: whoever guesses it can press every button.")
    if found.metrics_token and len(found.metrics_token) < _SHORTEST_SIGNING:
        said.append(f"USHER_METRICS_TOKEN is shorter than {_SHORTEST_SIGNING} characters.")
    return said


def _shared(environment: Mapping[str, str]) -> list[str]:
    """Hooks that would take each other's messages: a signature tells them apart by nothing but the secret."""
    owners: dict[str, set[str]] = {}
    for name, value in environment.items():
        hook = _HOOK.fullmatch(name)
        if hook and value:
            owners.setdefault(value, set()).add(hook["name"])
    shared = (sorted(hooks) for hooks in owners.values() if len(hooks) > 1)
    return [
        f"{' and '.join(f'USHER_HOOK_{name}_…SECRET' for name in hooks)} hold the same secret: whoever may send to one "
        "could send to the other. Give each hook a secret of its own: openssl rand -hex 32"
        for hooks in sorted(shared)
    ]


def _unheard(found: Settings) -> list[str]:
    """What would keep an alert from arriving, said before there is one."""
    said = []
    if found.alert_webhook and not (is_safe(found.alert_webhook) and _is_host(found.alert_webhook)):
        said.append("USHER_ALERT_WEBHOOK must be an https address outside your network, or one on this machine.")
    said += [f"USHER_ALERT_MAIL: “{one}” is no mail address." for one in found.alert_mail if not _MAIL.fullmatch(one)]
    if found.alert_mail and not found.smtp_url:
        said.append("USHER_SMTP_URL is missing: mail needs a server, such as smtp://user:password@mail.example.com:587")
    if found.smtp_url and not (found.smtp_url.startswith(("smtp://", "smtps://")) and _is_host(found.smtp_url)):
        said.append("USHER_SMTP_URL must begin with smtp:// (with STARTTLS) or smtps://, and name a host.")
    return said


def _is_host(address: str) -> bool:
    """Whether an address names a host and a port that can be one; an IP address must be outside, or this machine."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return ip.is_global or host in _LOOPBACK or parts.scheme.startswith("smtp")


def is_safe(address: str) -> bool:
    """Whether it is an https address, or an http one on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
