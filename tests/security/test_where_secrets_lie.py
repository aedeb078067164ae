"""A setting may say where its value lies; it is fetched from there, and no mistake shows anything of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from bot.config import Misconfigured
from bot.secrets import again, resolve
from tests.fakes.door import Door, opened

VALUE = "xoxb-the-value-nobody-shows"


@dataclass
class Vault:
    """A small Vault: one secret, and who may read it."""

    url: str = ""
    tokens: set[str] = field(default_factory=lambda: {"root"})
    kept: dict[str, str] = field(default_factory=lambda: {"slack": VALUE, "number": ""})
    asked: list[str] = field(default_factory=list)


@contextmanager
def vault() -> Iterator[Vault]:
    """Serve one on this machine."""
    found = Vault()

    class Asked(Door, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            allowed = self.headers["X-Vault-Token"] in found.tokens
            if self.path != "/v1/secret/data/usher/chat":
                self._say(404, {"errors": []})
            else:
                self._say(200 if allowed else 403, {"data": {"data": found.kept}} if allowed else {"errors": [VALUE]})

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            good = sent == {"role_id": "r-1", "secret_id": "s-1"} and self.path == "/v1/auth/approle/login"
            found.tokens.add("by-role")
            self._say(200 if good else 400, {"auth": {"client_token": "by-role"}} if good else {"errors": ["no"]})

        def _say(self, status: int, body: object) -> None:
            self.say(status, json.dumps(body).encode())

    with opened(Asked) as found.url:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that holds the value, for its owner only."""
    path = tmp_path / "token"
    path.write_text(f"{VALUE}\n")
    path.chmod(0o600)
    return path


def mistake(**environment: str) -> str:
    """The one sentence with which these settings are refused; it never holds the value."""
    with pytest.raises(Misconfigured) as wrong:
        resolve(environment)
    (sentence,) = wrong.value.mistakes
    assert VALUE not in sentence
    return sentence


def test_a_plain_value_stays_what_it_is() -> None:
    """As before: most companies put tokens into the environment; other programs' settings are not touched."""
    plain = {"SLACK_BOT_TOKEN": "xoxb-1", "USHER_BASE_URL": "https://usher.example", "OTHER": "file:/nothing"}
    assert resolve(plain) == plain


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "TEAMS_APP_PASSWORD", "USHER_SECRET"])
def test_a_file_is_read_without_its_line_end(file: Path, name: str) -> None:
    """The way containers hand secrets over."""
    assert resolve({name: f"file:{file}"}) == {name: VALUE}


@pytest.mark.parametrize(("mode", "said"), [(0o644, "read by everybody"), (0o620, "written by others")])
def test_a_file_that_others_may_open_is_refused(file: Path, mode: int, said: str) -> None:
    """With the command that helps."""
    file.chmod(mode)
    sentence = mistake(SLACK_BOT_TOKEN=f"file:{file}")
    assert sentence.startswith("SLACK_BOT_TOKEN: the file ")
    assert said in sentence
    assert f"chmod 600 {file}" in sentence


def test_a_file_that_is_not_there_or_empty_is_named(file: Path) -> None:
    """Every such mistake at once, each beginning with the setting's name."""
    file.write_text("\n")
    with pytest.raises(Misconfigured) as wrong:
        resolve({"USHER_SECRET": f"file:{file}", "SLACK_BOT_TOKEN": "file:/nowhere/token"})
    assert [one.split(":")[0] for one in wrong.value.mistakes] == ["SLACK_BOT_TOKEN", "USHER_SECRET"]


def test_vault_is_asked_with_a_token_and_once_for_each_secret(file: Path) -> None:
    """The token itself may lie in a file; two settings of one secret are one question."""
    file.write_text("root")
    with vault() as found:
        settings = {
            "VAULT_ADDR": found.url,
            "VAULT_TOKEN": f"file:{file}",
            "SLACK_BOT_TOKEN": "vault:secret/usher/chat#slack",
            "USHER_GITHUB_TOKEN": "vault:secret/usher/chat#slack",
        }
        resolved = resolve(settings)
    assert (resolved["SLACK_BOT_TOKEN"], resolved["USHER_GITHUB_TOKEN"]) == (VALUE, VALUE)
    assert found.asked == ["/v1/secret/data/usher/chat"]


def test_vault_takes_a_role_for_a_token() -> None:
    """Machines log in by AppRole."""
    with vault() as found:
        role = {"VAULT_ADDR": found.url, "VAULT_ROLE_ID": "r-1", "VAULT_SECRET_ID": "s-1"}
        assert resolve({**role, "SLACK_BOT_TOKEN": "vault:secret/usher/chat#slack"})["SLACK_BOT_TOKEN"] == VALUE
        refused = mistake(**{**role, "VAULT_SECRET_ID": "wrong"}, SLACK_BOT_TOKEN="vault:secret/usher/chat#slack")
    assert refused == "SLACK_BOT_TOKEN: Vault answers 400 for auth/approle/login."


def test_every_trouble_with_vault_is_one_sentence() -> None:
    """What it says itself is not repeated: it may hold what it guards."""
    with vault() as found:
        good = {"VAULT_ADDR": found.url, "VAULT_TOKEN": "root"}
        here = "vault:secret/usher/chat"
        assert mistake(**{**good, "VAULT_TOKEN": "x"}, USHER_SECRET=f"{here}#slack").endswith("chat.")
        assert "answers 403" in mistake(**{**good, "VAULT_TOKEN": "x"}, USHER_SECRET=f"{here}#slack")
        assert "answers 404" in mistake(**good, USHER_SECRET="vault:secret/elsewhere#slack")
        assert "holds no text “nothing”" in mistake(**good, USHER_SECRET=f"{here}#nothing")
        assert "add #key" in mistake(**good, USHER_SECRET=here)
        assert "VAULT_TOKEN is missing" in mistake(VAULT_ADDR=found.url, USHER_SECRET=f"{here}#slack")
    assert "does not answer: ConnectError" in mistake(**good, USHER_SECRET=f"{here}#slack")
    good["VAULT_ADDR"] = "http://vault.example"
    assert "VAULT_ADDR must be" in mistake(**good, USHER_SECRET=f"{here}#slack")


@pytest.fixture(scope="module")
def amazon() -> Iterator[dict[str, str]]:
    """Settings for a Secrets Manager of practice that keeps one object and one word."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    # The practice company's AWS, where a test of this process brought it in, lets nobody in without a right.
    httpx.post(f"http://{host}:{port}/moto-api/reset-auth", content=b"inf").raise_for_status()
    settings = {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://{host}:{port}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "practice",
        "AWS_SECRET_ACCESS_KEY": "practice",
    }
    client = boto3.client(
        "secretsmanager",
        endpoint_url=settings["AWS_ENDPOINT_URL_SECRETS_MANAGER"],
        region_name="eu-west-1",
        aws_access_key_id="practice",
        aws_secret_access_key="practice",
    )
    client.create_secret(Name="usher/chat", SecretString=json.dumps({"slack": VALUE}))
    client.create_secret(Name="usher/word", SecretString=VALUE)
    yield settings
    server.stop()


def test_secrets_manager_gives_a_key_of_an_object_or_the_whole_text(amazon: dict[str, str]) -> None:
    """Both ways people keep secrets there."""
    by_key = resolve({**amazon, "SLACK_BOT_TOKEN": "aws-sm:usher/chat#slack"})
    whole = resolve({**amazon, "SLACK_BOT_TOKEN": "aws-sm:usher/word"})
    assert by_key["SLACK_BOT_TOKEN"] == whole["SLACK_BOT_TOKEN"] == VALUE


def test_trouble_with_secrets_manager_is_one_sentence(amazon: dict[str, str]) -> None:
    """Its own word for it, and the name that was asked for."""
    said = mistake(**amazon, USHER_SECRET="aws-sm:usher/nothing#key")
    assert said == "USHER_SECRET: AWS Secrets Manager answers ResourceNotFoundException for usher/nothing."
    away = mistake(**{**amazon, "AWS_REGION": ""}, USHER_SECRET="aws-sm:usher/word")
    assert away == "USHER_SECRET: AWS Secrets Manager cannot be asked: NoRegionError."


def test_a_replaced_secret_is_fetched_again_for_one_system(file: Path) -> None:
    """What another system's settings say is neither read nor needed for it."""
    settings = {"USHER_GITHUB_TOKEN": f"file:{file}", "USHER_AWS_SECRET_ACCESS_KEY": "file:/nowhere"}
    file.write_text("a newer one")
    assert again(settings, "USHER_GITHUB_") == {"USHER_GITHUB_TOKEN": "a newer one"}
