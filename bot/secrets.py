"""Values of settings that lie elsewhere: in a file, in Vault, in AWS Secrets Manager. No error shows a value."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.config import Misconfigured, is_safe

_OURS = ("USHER_", "SLACK_", "TEAMS_", "VAULT_TOKEN", "VAULT_SECRET_ID")
_REFERENCE = re.compile(r"(file|vault|aws-sm):(.+)", re.DOTALL)
_MOUNTED = ("/run/secrets/", "/var/run/secrets/")  # private to a container, whatever the mode of its files
_LARGEST = 65_536  # bytes
_SECONDS = 5  # until a store that does not answer counts as away


class Unreadable(Exception):
    """A value could not be fetched; the message is the rest of a sentence that begins with the setting's name."""


def resolve(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with every reference of our settings replaced. Raises Misconfigured with every mistake."""
    found, mistakes = dict(environment), []
    stores = Stores(found)
    # Vault's own credentials come first: they may lie in files, and what lies in Vault is fetched with them.
    for name in sorted(environment, key=lambda name: (not name.startswith("VAULT_"), name)):
        if name.startswith(_OURS) and is_reference(environment[name]):
            try:
                found[name] = stores.fetch(environment[name])
            except Unreadable as error:
                mistakes.append(f"{name}: {error}")
    if mistakes:
        raise Misconfigured(mistakes)
    return found


def again(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The settings that begin so, fetched again: somebody may have replaced them. Raises Misconfigured."""
    return resolve({name: value for name, value in environment.items() if name.startswith((prefix, "VAULT_", "AWS_"))})


def is_reference(value: str) -> bool:
    """Whether a setting says where its value lies, instead of being it."""
    return _REFERENCE.fullmatch(value) is not None


@dataclass(slots=True)
class Stores:
    """Where values lie, reached with what the environment says; each secret is fetched once."""

    environment: Mapping[str, str] = field(repr=False)
    _fetched: dict[str, Mapping[str, Any] | str] = field(default_factory=dict, repr=False)
    _token: str = field(default="", repr=False)

    def fetch(self, reference: str) -> str:
        """The value a reference points at. Raises Unreadable."""
        found = _REFERENCE.fullmatch(reference)
        assert found is not None  # noqa: S101 - only references come here
        kind, where = found.groups()
        if kind == "file":
            return _file(Path(where))
        path, _, key = where.partition("#")
        name = f"{kind}:{path}"
        if name not in self._fetched:
            self._fetched[name] = self._vault(path) if kind == "vault" else self._aws(path)
        return _part(self._fetched[name], key, name)

    def _vault(self, path: str) -> Mapping[str, Any]:
        mount, _, rest = path.strip("/").partition("/")
        answer = self._asked("GET", f"/v1/{mount}/data/{rest}", token=self._token or self._login())
        data = answer.get("data", {}).get("data")
        if not isinstance(data, dict):
            raise Unreadable(f"there is no version of {path} in Vault.")
        return data

    def _login(self) -> str:
        self._token = self.environment.get("VAULT_TOKEN", "")
        if not self._token:
            names = {"role_id": "VAULT_ROLE_ID", "secret_id": "VAULT_SECRET_ID"}
            role = {field: self.environment.get(name, "") for field, name in names.items()}
            if not all(role.values()):
                raise Unreadable("VAULT_TOKEN is missing, or VAULT_ROLE_ID and VAULT_SECRET_ID.")
            answer = self._asked("POST", "/v1/auth/approle/login", body=role)
            self._token = str(answer.get("auth", {}).get("client_token", ""))
        return self._token

    def _asked(self, method: str, path: str, *, token: str = "", body: Mapping[str, str] | None = None) -> Any:
        import httpx  # noqa: PLC0415 - most companies start without it

        address = self.environment.get("VAULT_ADDR", "").rstrip("/")
        if not is_safe(address):
            raise Unreadable("VAULT_ADDR must be the https address of Vault, or one on this machine.")
        space = self.environment.get("VAULT_NAMESPACE", "")
        headers = {"X-Vault-Token": token} if token else {}
        headers |= {"X-Vault-Namespace": space} if space else {}
        try:
            answer = httpx.request(method, address + path, headers=headers, json=body, timeout=_SECONDS)
            if answer.is_error:
                raise Unreadable(f"Vault answers {answer.status_code} for {path.removeprefix('/v1/')}.")
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreadable(f"Vault does not answer: {type(error).__name__}.") from None

    def _aws(self, name: str) -> Mapping[str, Any] | str:
        import boto3  # noqa: PLC0415 - most companies start without it
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        known = self.environment.get
        ask = partial(boto3.client, "secretsmanager", config=Config(connect_timeout=3, read_timeout=_SECONDS))
        try:
            client = ask(
                region_name=known("AWS_REGION") or known("AWS_DEFAULT_REGION"),
                endpoint_url=known("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
                aws_access_key_id=known("AWS_ACCESS_KEY_ID"),
                aws_secret_access_key=known("AWS_SECRET_ACCESS_KEY"),
                aws_session_token=known("AWS_SESSION_TOKEN"),
            )
            text = client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "an error")
            raise Unreadable(f"AWS Secrets Manager answers {code} for {name}.") from None
        except (BotoCoreError, ValueError) as error:
            raise Unreadable(f"AWS Secrets Manager cannot be asked: {type(error).__name__}.") from None
        return _object(text)


def _file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"the file {path} cannot be read: {type(error).__name__}.") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unreadable(f"the file {path} may be written by others. Do: chmod 600 {path}")
    if mode & stat.S_IROTH and not str(path).startswith(_MOUNTED):
        raise Unreadable(f"the file {path} may be read by everybody. Do: chmod 600 {path}")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise Unreadable(f"the file {path} is empty.")
    return value


def _object(text: str) -> Mapping[str, Any] | str:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text


def _part(found: Mapping[str, Any] | str, key: str, name: str) -> str:
    if not key and isinstance(found, str) and found:
        return found
    value = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} holds no text “{key}”." if key else f"say which part of {name}: add #key.")
    return value
