"""Files on the page, and the few things every address of the page does: who plays, and how it fails."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.practice import rooms
from bot.practice.slack_api import workspace
from bot.practice.space import File, Json, Workspace
from bot.practice.wire import SlackError

SENTENCES = {
    "channel_not_found": "That channel does not exist, or you may not see it.",
    "not_in_channel": "You are not in this channel.",
    "message_not_found": "That message is gone.",
    "not_found": "That dialog is closed.",
    "action_not_found": "That button is no longer there.",
    "no_text": "There is nothing to send.",
    "invalid_option": "That choice is not in the list.",
    "user_not_found": "There is nobody by that name.",
    "account_inactive": "This account is deactivated.",
}


def failed(error: SlackError) -> Response:
    """The error as a person reads it."""
    word = str(error)
    return JSONResponse({"ok": False, "error": SENTENCES.get(word, word)})


def played(space: Workspace, user: Any) -> str:
    """The person this tab plays. Raises SlackError user_not_found or account_inactive."""
    person = space.person(user) if isinstance(user, str) else None
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("account_inactive")
    return person.id


def file_json(file: File, user: str) -> Json:
    """A file as the page shows it to this person."""
    entry: Json = {"id": file.id, "name": file.name, "title": file.title or file.name, "mimetype": file.mimetype}
    return entry | {"size": file.size, "url": f"/_/file/{file.id}/{file.name}?as={user}"}


async def _received(request: Request, space: Workspace) -> File:
    async with request.form() as form:
        user, part = played(space, form.get("as")), form.get("file")
        if part is None or isinstance(part, str):
            raise SlackError("no_file")
        data = await part.read()
    if not 0 < len(data) <= space.limits.upload_bytes:
        raise SlackError("file_upload_size_restricted")
    name = Path(part.filename or "file").name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(space.ids("F"), name, user, kind, data, len(data))


async def upload(request: Request) -> Response:
    """Take a file from the page; it is seen by nobody else until it is sent somewhere."""
    space = workspace(request)
    try:
        file = await _received(request, space)
    except SlackError as error:
        return failed(error)
    space.files[file.id] = file
    return JSONResponse({"ok": True, "file": file_json(file, file.owner)})


async def download(request: Request) -> Response:
    """A file, for its owner and for those who see a channel it was sent to."""
    space, user = workspace(request), request.query_params.get("as", "")
    file = space.files.get(request.path_params["file"])
    shown = file is not None and (
        file.owner == user or any(rooms.visible(space.rooms[name], user) for name in file.channels)
    )
    if file is None or not shown or space.person(user) is None:
        return JSONResponse({"ok": False, "error": "file_not_found"}, 404)
    inline = "inline" if file.mimetype.startswith("image/") and "svg" not in file.mimetype else "attachment"
    headers = {"Content-Disposition": inline, "Content-Security-Policy": "sandbox"}
    return Response(file.data, media_type=file.mimetype, headers=headers)
