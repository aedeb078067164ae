"""A served Usher hears what is pushed to it, with the secrets of its settings."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx

from bot.engine.hooks import signature
from bot.practice.company.hosting import free_port
from tests.cli.hands import serving
from tests.stories.pushing import POLICY, event

SECRET = "0123456789abcdef0123456789abcdef-hook"
TOKEN = "0123456789abcdef0123456789abcdef-scim"


def test_hooks_and_scim_are_served_with_the_secrets_of_the_settings(furnished: dict[str, str], tmp_path: Path) -> None:
    """Without them nobody is answered; with them an event is heard and a user is kept."""
    port = str(free_port())
    policy = Path(furnished["USHER_COMPANY"]) / "policy.yaml"
    policy.write_text(policy.read_text() + POLICY)
    secrets = {"USHER_HOOK_PEOPLE_SYSTEM_SECRET": SECRET, "USHER_HOOK_SCIM_NEXT_TOKEN": TOKEN}
    body, stamp = json.dumps(event()).encode(), str(int(time.time()))
    signed = {"X-Usher-Timestamp": stamp, "X-Usher-Signature": signature(SECRET, stamp, body)}
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with serving({**furnished, **secrets, "USHER_PORT": port}, tmp_path / "log") as usher:
        usher.until_ready(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            assert client.post("/hooks/people_system", content=body).status_code == 401
            assert client.post("/hooks/people_system", content=body, headers=signed).json() == {"heard": True}
            assert client.get("/scim/v2/Users").status_code == 401
            found = client.post("/scim/v2/Users", json={"userName": "ben@lumen.example"}, headers=bearer)
            assert found.status_code == 201
            assert found.headers["content-type"] == "application/scim+json"
            assert found.headers["location"].endswith(f"/scim/v2/Users/{found.json()['id']}")
        assert SECRET not in usher.said()
        assert TOKEN not in usher.said()
