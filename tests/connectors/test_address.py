"""An address in the settings is looked at before a token travels there."""

from __future__ import annotations

import pytest

from bot.domain.model import SystemKey
from connectors import load
from connectors.interface import ConnectorError, Secrets
from connectors.wire.address import safe

SETTINGS = {
    "github": ("URL", {"ORG": "lumen-works", "TOKEN": "a-token"}),
    "aws": ("ENDPOINT_URL", {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "a-secret"}),
    "scim": ("URL", {"TOKEN": "a-token"}),
}


@pytest.mark.parametrize("module", SETTINGS)
@pytest.mark.parametrize(
    "wrong", ["wiki.example.com", "example.com/v2", "http://wiki.example.com", "https://", "http://[", "nonsense"]
)
def test_an_address_that_is_none_is_told_by_its_setting(module: str, wrong: str) -> None:
    """One sentence that names the setting; never a fault of the connector, never a token sent in the clear (S0-5)."""
    setting, others = SETTINGS[module]
    with pytest.raises(ConnectorError, match=f"^The setting {setting} ") as told:
        load(module, SystemKey(module), module, Secrets({**others, setting: wrong}))
    assert "a-token" not in told.value.said


def test_an_address_on_this_machine_needs_no_certificate() -> None:
    """So that practising is possible; everywhere else it is https."""
    for good in ("https://wiki.example.com/scim/v2", "http://127.0.0.1:8080/v2", "http://[::1]/v2"):
        assert safe(good, "URL") == good
