"""`teams-package`: the file that brings Usher to Teams is one that Teams takes."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.chat.teams_words import COMMANDS
from bot.cli.package import teams_package

APP = "11111111-2222-3333-4444-555555555555"
SITE = "https://intranet.example/usher"


def _upto(most: int) -> re.Pattern[str]:
    """A text of one letter to so many."""
    return re.compile(f"(?s).{{1,{most}}}")


# The part of Microsoft's schema for manifests 1.19 that our manifest uses: every field that may be there, and its
# longest text, its pattern, or its choices. The whole schema took our manifest too; docs/teams.md says which edition.
_GUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HTTPS = re.compile(r"https://.{1,2040}")
_SCOPES = frozenset({"team", "personal", "groupChat"})
_COMMAND = {"title": _upto(32), "description": _upto(128)}
_LIST = {"scopes": _SCOPES, "commands": [10, _COMMAND]}
_BOT = {
    "botId": _GUID,
    "scopes": _SCOPES,
    "supportsFiles": bool,
    "isNotificationOnly": bool,
    "commandLists": [3, _LIST],
}
SCHEMA = {
    "$schema": re.compile(r"https://developer\.microsoft\.com/json-schemas/teams/v1\.19/MicrosoftTeams\.schema\.json"),
    "manifestVersion": re.compile(r"1\.19"),
    "version": re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}"),
    "id": _GUID,
    "developer": {"name": _upto(32), "websiteUrl": _HTTPS, "privacyUrl": _HTTPS, "termsOfUseUrl": _HTTPS},
    "name": {"short": _upto(30), "full": _upto(100)},
    "description": {"short": _upto(80), "full": _upto(4000)},
    "icons": {"color": re.compile(r"color\.png"), "outline": re.compile(r"outline\.png")},
    "accentColor": re.compile(r"#[0-9a-fA-F]{6}"),
    "bots": [1, _BOT],
}


def faults(value: Any, rule: Any, at: str = "manifest") -> Iterator[str]:
    """Where a manifest is not what Teams takes: unknown and missing fields, and texts of the wrong length or form."""
    match rule:
        case re.Pattern():
            if not isinstance(value, str) or not rule.fullmatch(value):
                yield f"{at} is too long, or not of its form"
        case frozenset():
            if not value or not set(value) <= rule or len(set(value)) != len(value):
                yield f"{at} names something unknown, or twice"
        case [int() as most, one]:
            if not 0 < len(value) <= most:
                yield f"{at} has not 1 to {most} entries"
            for number, entry in enumerate(value):
                yield from faults(entry, one, f"{at}[{number}]")
        case Mapping():
            yield from (f"{at}.{name} is unknown or missing" for name in set(value) ^ set(rule))
            for name in set(rule) & set(value):
                yield from faults(value[name], rule[name], f"{at}.{name}")
        case _:
            if not isinstance(value, rule):
                yield f"{at} is no {rule.__name__}"


def made(folder: Path, app_id: str = APP, site: str = SITE, number: str = "1.0.0") -> zipfile.ZipFile:
    """The package, opened."""
    file = folder / "usher.zip"
    teams_package(file, app_id, site, number)
    return zipfile.ZipFile(file)


def pixels(png: bytes) -> tuple[int, int, set[tuple[int, ...]]]:
    """How wide and high a picture is, and every colour in it: red, green, blue, and how opaque."""
    wide, high, depth, kind, *_rest = struct.unpack(">IIBBBBB", png[16:29])
    assert (depth, kind) == (8, 6), "eight bits of four colours"
    at, data = 8, b""
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, line = zlib.decompress(data), wide * 4 + 1
    rows = [raw[number * line : (number + 1) * line] for number in range(high)]
    assert {row[0] for row in rows} == {0}, "no row is written as a difference to another"
    return wide, high, {tuple(row[n : n + 4]) for row in rows for n in range(1, line, 4)}


@pytest.mark.parametrize("site", [SITE, "https://intranet.example/ü?a=“b”&c=\\d#e", f"https://a.example/{'x' * 2030}"])
def test_the_package_holds_a_manifest_that_teams_takes(tmp_path: Path, site: str) -> None:
    """Every field known, none missing, no text too long, whatever the address; the app is named by its own id."""
    with made(tmp_path, APP.upper(), site) as package:
        manifest = json.loads(package.read("manifest.json"))
    assert list(faults(manifest, SCHEMA)) == []
    (bot,) = manifest["bots"]
    assert (manifest["id"], bot["botId"]) == (APP, APP)
    assert set(manifest["developer"].values()) == {"Usher", site}
    assert bot["supportsFiles"]
    assert not bot["isNotificationOnly"]
    named = [one["title"].split()[0] for entry in bot["commandLists"] for one in entry["commands"]]
    assert set(named) <= COMMANDS | {"home"}, "a command that Usher understands"


def test_nothing_but_the_manifest_and_two_icons_lies_at_the_top(tmp_path: Path) -> None:
    """In colour 192 by 192 and opaque; the outline 32 by 32, white on nothing."""
    with made(tmp_path) as package:
        assert package.testzip() is None
        assert package.namelist() == ["manifest.json", "color.png", "outline.png"]
        color, outline = pixels(package.read("color.png")), pixels(package.read("outline.png"))
    assert color[:2] == (192, 192)
    assert {opaque for *_rgb, opaque in color[2]} == {255}
    assert outline[:2] == (32, 32)
    assert {tuple(rgb) for *rgb, _opaque in outline[2]} == {(255, 255, 255)}
    assert {0, 255} <= {opaque for *_rgb, opaque in outline[2]}


def test_the_check_itself_finds_what_teams_would_refuse(tmp_path: Path) -> None:
    """A name too long, a field that nobody knows, one that is missing, a scope of another version."""
    with made(tmp_path) as package:
        text = package.read("manifest.json").decode()
    for wrong in (
        text.replace('"short": "Usher"', f'"short": "{"U" * 31}"'),
        text.replace('"short": "Usher"', '"short": ""'),
        text.replace('"accentColor"', '"accentColour"'),
        text.replace("groupChat", "groupchat"),
        text.replace('"title": "home"', f'"title": "{"h" * 33}"'),
        text.replace(f'"{SITE}"', '"http://intranet.example"'),
        text.replace('"1.0.0"', '"1.0"'),
    ):
        assert wrong != text
        assert list(faults(json.loads(wrong), SCHEMA))


def test_an_update_has_a_higher_version(tmp_path: Path) -> None:
    """Teams takes a changed package only with another version."""
    with made(tmp_path, number="1.0.12") as package:
        assert json.loads(package.read("manifest.json"))["version"] == "1.0.12"


def test_the_package_names_whose_permissions_make_group_chats_where_that_was_chosen(tmp_path: Path) -> None:
    """The same manifest with one field more; it asks for no right by itself."""
    with made(tmp_path, number="1.0.1") as package:
        plain = json.loads(package.read("manifest.json"))
    teams_package(tmp_path / "chosen.zip", APP, SITE, "1.0.1", group_chats=True)
    with zipfile.ZipFile(tmp_path / "chosen.zip") as package:
        more = json.loads(package.read("manifest.json"))
    assert more == plain | {"webApplicationInfo": {"id": APP, "resource": f"api://{APP}"}}
    assert list(faults(more, SCHEMA | {"webApplicationInfo": {"id": _GUID, "resource": _upto(2048)}})) == []


@pytest.mark.parametrize(
    ("key", "site", "number", "word"),
    [
        ("usher", SITE, "1.0.0", "no application id"),
        ("00000000-0000-0000-0000-000000000000", SITE, "1.0.0", "no application id"),
        (APP, "http://a.example", "1.0.0", "https://"),
        (APP, "https://", "1.0.0", "https://"),
        (APP, "https://a.example/with a space", "1.0.0", "https://"),
        (APP, "https://[a.example", "1.0.0", "https://"),
        (APP, f"https://a.example/{'x' * 2040}", "1.0.0", "https://"),
        (APP, SITE, "1.0", "no version"),
        (APP, SITE, "v1.0.1", "no version"),
    ],
)
def test_a_package_that_teams_would_refuse_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, site: str, number: str, word: str
) -> None:
    """A wrong id, address or version is said at once, not by the admin center."""
    with pytest.raises(SystemExit):
        teams_package(tmp_path / "usher.zip", key, site, number)
    assert word in capsys.readouterr().out
    assert not (tmp_path / "usher.zip").exists()
