"""The guide for those who keep Usher running, and compose.yaml, are held to the program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.chat.acks import Acks
from bot.config import read
from bot.metrics import page
from bot.secrets import resolve
from bot.store.figures import Figures
from bot.web import health_routes

TOP = Path(__file__).resolve().parents[2]
GUIDE = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((TOP / "compose.yaml").read_text(encoding="utf-8"))
SERVICE = {  # what the Compose specification knows, and we use
    *("build", "image", "environment", "env_file", "secrets", "volumes", "read_only", "tmpfs", "cap_drop"),
    *("security_opt", "command", "restart", "healthcheck", "depends_on", "deploy", "expose", "stop_grace_period"),
}
KEPT = {
    "database_url": "postgresql+psycopg://usher:a-password@postgres/usher",
    "usher_keys": "2026:" + "5c" * 32,
    "usher_secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "metrics_token": "a token of this test",
    "slack_bot_token": "xoxb-1",
    "slack_app_token": "xapp-1",
    "postgres_password": "a-password",
}


def figures() -> str:
    """A page on which every figure has a value."""
    some = Figures(1.0, {("ready", "aws"): 1}, {"aws": (1, 2.0)}, {"aws": 1}, {"aws": True}, (1, 2.0), {"all": 2})
    return page(lambda: some, Acks(), {"version": "0"}, ready=True).decode()


def test_every_figure_in_the_guide_is_one_that_is_told_and_the_other_way_round() -> None:
    """An alarm on a figure that does not exist never rings."""
    told = set(re.findall(r"^(usher_\w+)[{ ]", figures(), flags=re.MULTILINE))
    named = set(re.findall(r"\busher_[a-z_]+[a-z]\b", GUIDE)) - {"usher_keys"}
    assert named <= told
    families = {re.sub(r"_(?:bucket|count|sum|created)$", "", name) for name in told}
    assert families - named <= {"usher_ack_seconds"}


def test_the_alarms_are_rules_that_prometheus_can_read() -> None:
    """Name, expression and urgency each; labels in an expression are those the figures have."""
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", GUIDE, flags=re.DOTALL)
    rules = yaml.safe_load(block)["groups"][0]["rules"]
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["expr"].count("(") == rule["expr"].count(")")
    assert {"AccessThatShouldBeGone", "NobodyIsReady", "PeopleWaitTooLong"} <= {rule["alert"] for rule in rules}


def test_every_word_of_readiness_is_explained() -> None:
    """Whoever reads one at night finds it in the table."""
    code = (TOP / "bot" / "cli" / "running.py").read_text(encoding="utf-8")
    words = set(
        re.findall(r'(?:append\(|\[)"(\w+)"[\])]', code.split("def missing", 1)[1].split("def health_of", 1)[0])
    )
    assert words == {"stopping", "schema", "keys", "database", "dispatcher", "chat"}
    assert words <= set(re.findall(r"^   \| `(\w+)` \|", GUIDE, flags=re.MULTILINE))


def test_every_kind_of_reference_is_explained() -> None:
    """And no other is promised."""
    code = (TOP / "bot" / "secrets.py").read_text(encoding="utf-8")
    (kinds,) = re.findall(r're\.compile\(r"\(([\w|-]+)\):', code)
    assert re.findall(r"^\| `(file|vault|aws-sm|\w+):", GUIDE, flags=re.MULTILINE) == kinds.split("|")
    for name in re.findall(r'"(VAULT_\w+)"', code):
        assert f"`{name}`" in GUIDE or name == "VAULT_", name


def test_compose_uses_what_compose_knows() -> None:
    """Keys of a service, and every secret and volume it names is declared."""
    assert set(COMPOSE) == {"name", "x-usher", "services", "volumes", "secrets"}
    for name, service in COMPOSE["services"].items():
        assert set(service) <= SERVICE, name
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"]), name
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {f"secrets/{name}" for name in KEPT}


def test_the_settings_of_compose_are_complete(tmp_path: Path) -> None:
    """With a file for each secret, Usher would start."""
    (tmp_path / "company").mkdir()
    for name, value in KEPT.items():
        (tmp_path / name).write_text(f"{value}\n")
        (tmp_path / name).chmod(0o600)
    plain = {
        name: str(value)
        .replace("/run/secrets", str(tmp_path))
        .replace("${USHER_BASE_URL:-https://usher.example.com}", "https://usher.example.com")
        for name, value in COMPOSE["services"]["usher"]["environment"].items()
    }
    used = {value.removeprefix("file:/run/secrets/") for value in COMPOSE["services"]["usher"]["environment"].values()}
    assert set(COMPOSE["services"]["usher"]["secrets"]) == used & set(KEPT)
    found = read(resolve({**plain, "USHER_COMPANY": str(tmp_path / "company")}))
    assert (found.database, found.app_token) == (KEPT["database_url"], "xapp-1")


def test_the_fleet_of_compose_may_be_rolled_out() -> None:
    """Two replicas, asked whether they are ready, given more time than they take to end, on migrated tables."""
    usher = COMPOSE["services"]["usher"]
    paths = {route.path for route in health_routes(lambda: (), lambda: b"", "")}
    assert usher["deploy"]["replicas"] == 2
    assert any(f"http://127.0.0.1:8000{path}'" in usher["healthcheck"]["test"][-1] for path in paths)
    assert int(usher["stop_grace_period"].removesuffix("s")) > 15
    assert usher["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert usher["read_only"] is True


@pytest.mark.parametrize("line", ["COPY requirements.lock .", "USER 10001:10001", 'CMD ["python", "app.py", "serve"]'])
def test_the_image_is_what_compose_expects(line: str) -> None:
    """One program, one user without rights, no installer at the end."""
    assert line in (TOP / "Dockerfile").read_text(encoding="utf-8").splitlines()
