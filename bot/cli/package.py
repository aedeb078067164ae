"""`app.py teams-package`: the file with which an admin of Microsoft Teams adds Usher to the company's apps."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

FOLDER = Path(__file__).parents[2] / "docs" / "teams"
_ICONS = ("color.png", "outline.png")
_NOBODY = "00000000-0000-0000-0000-000000000000"
_SITE = "https://usher.example.com/"
_FIRST = "1.0.0"
_LONGEST = 2048  # of an address, in the schema of manifests 1.19
_NUMBERS = re.compile(r"(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}", re.ASCII)


def teams_package(
    file: Annotated[Path, typer.Argument(help="Where to write the package, such as usher-teams.zip.")],
    app_id: Annotated[str, typer.Option(help="The application (client) id of the app registration.")],
    site: Annotated[str, typer.Option(help="The https address of a page about Usher at your company.")],
    number: Annotated[str, typer.Option(help="Its version. Teams takes an update only with a higher one.")] = _FIRST,
    *,
    group_chats: Annotated[bool, typer.Option(help="For a company that lets Usher make group chats.")] = False,
) -> None:
    """Write the app package for Teams: the manifest with your app's id, and two icons."""
    from bot.engine.directory import is_directory_id

    found = app_id.strip().lower()
    if not is_directory_id(found) or found == _NOBODY:
        raise _sorry(f"“{app_id}” is no application id. It stands in the app registration, 32 digits in five groups.")
    if not _is_site(site):
        raise _sorry(f"“{site[:80]}” is no address that begins with https://, and Teams takes no other.")
    if not _NUMBERS.fullmatch(number):
        raise _sorry(f"“{number}” is no version for Teams: three numbers with dots, such as 1.0.1.")
    try:
        with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as package:
            package.writestr("manifest.json", _manifest(found, site, number, group_chats=group_chats))
            for icon in _ICONS:
                package.write(FOLDER / icon, icon)
    except OSError as error:
        raise _sorry(f"{file} cannot be written: {error.strerror}.") from error
    print(f"{file} is ready: upload it in the Teams admin center, Teams apps, Manage apps.")


def _is_site(site: str) -> bool:
    try:
        parts = urlsplit(site)
    except ValueError:  # such as an unclosed bracket
        return False
    plain = site.isprintable() and " " not in site and len(site) <= _LONGEST
    return plain and site.startswith("https://") and bool(parts.hostname)


def _manifest(app_id: str, site: str, number: str, *, group_chats: bool) -> str:
    text = (FOLDER / "manifest.json").read_text(encoding="utf-8").replace(_NOBODY, app_id)
    text = text.replace(json.dumps(_SITE), json.dumps(site)).replace(json.dumps(_FIRST), json.dumps(number))
    if not group_chats:
        return text
    # Whose permissions of Microsoft Graph they are; by itself it asks for nothing:
    # https://learn.microsoft.com/microsoftteams/platform/graph-api/proactive-bots-and-messages/graph-proactive-bots-and-messages
    more = {"webApplicationInfo": {"id": app_id, "resource": f"api://{app_id}"}}
    return json.dumps(json.loads(text) | more, indent=2, ensure_ascii=False)


def _sorry(words: str) -> SystemExit:
    print(words)
    return SystemExit(1)
