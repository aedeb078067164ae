"""The face the bot sees: /api/<method>, response_url, uploads, private files and the Socket Mode line."""

from __future__ import annotations

import contextlib
import inspect
import json
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.practice import methods_chat, methods_people, methods_rooms, methods_views, posts
from bot.practice.space import Json, ReplyAddress, Workspace, scopes, tell
from bot.practice.wire import Call, Method, SlackError, check_token, keep_pace, need_scope, read_arguments

TICKET_SECONDS = 30


def connections_open(call: Call) -> Json:
    """apps.connections.open: the address of a Socket Mode line, good once and for half a minute."""
    if not call.space.manifest.get("settings", {}).get("socket_mode_enabled"):
        raise SlackError("socket_mode_not_enabled")
    ticket = secrets.token_urlsafe(16)
    call.space.tickets[ticket] = call.space.clock() + TICKET_SECONDS
    host = call.space.base_url.replace("http://", "ws://", 1)
    return {"ok": True, "url": f"{host}/link/?ticket={ticket}&app_id={call.space.app_id}"}


METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_people.METHODS,
    **methods_rooms.METHODS,
    **methods_views.METHODS,
    "apps.connections.open": Method(connections_open, app_level=True),
}
EITHER_TOKEN = {"auth.test"}


def workspace(connection: Request | WebSocket) -> Workspace:
    """The workspace this server serves."""
    found: Workspace = connection.app.state.workspace
    return found


async def api(request: Request) -> Response:
    """Answer one Web API call: always 200, but 429 for too many."""
    try:
        held = ",".join(sorted(scopes(workspace(request))))  # Slack tells with every answer what the token may do
        return JSONResponse(await _answer(request), headers={"X-OAuth-Scopes": held})
    except SlackError as error:
        if error.retry_after:
            return JSONResponse(error.body, 429, {"Retry-After": str(error.retry_after)})
        return JSONResponse(error.body)


async def _answer(request: Request) -> Json:
    space, name = workspace(request), request.path_params["method"]
    arguments, token = await read_arguments(request)
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    app_level = method.app_level or (name in EITHER_TOKEN and token == space.app_token)
    check_token(space, token, app_level=app_level)
    need_scope(space, *method.scopes)
    answer = method.run(Call(space, arguments, token))
    return await answer if inspect.isawaitable(answer) else answer


async def reply(request: Request) -> Response:
    """A post to a response_url: at most five in half an hour."""
    space = workspace(request)
    address = space.replies.get(request.path_params["name"])
    if address is None or space.clock() > address.expires:
        return JSONResponse({"ok": False, "error": "expired_url"}, 404)
    if address.uses < 1:
        return JSONResponse({"ok": False, "error": "used_url"}, 404)
    try:
        arguments, _ = await read_arguments(request)
        answer_at(space, address, arguments)
    except SlackError as error:
        word = error.body["error"]
        tell(space, {"type": "error", "text": f"The app's answer cannot be shown ({word})."}, to=[address.user])
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
        return JSONResponse(error.body, 429 if error.retry_after else 400, headers)
    address.uses -= 1
    return PlainTextResponse("ok")


def answer_at(space: Workspace, address: ReplyAddress, arguments: Json) -> None:
    """Do what an answer to a response_url, or the body of an acknowledgement, asks for. Raises SlackError."""
    call = Call(space, arguments)
    room = space.rooms[address.channel]
    original = space.messages.get(room.id, {}).get(address.ts)
    if call.flag("delete_original"):
        if original is None:
            raise SlackError("message_not_found")
        posts.remove(space, original)
        return
    made = methods_chat.content(call)
    if call.flag("replace_original") and original is not None:
        posts.change(space, original, **made)
        return
    keep_pace(space, room.id)
    alone = "" if call.text("response_type") == "in_channel" else address.user
    thread = call.text("thread_ts") or (original.thread_ts if original else "")
    posts.post(space, room, space.bot_user_id, only_for=alone, thread_ts=thread, **made)


async def upload(request: Request) -> Response:
    """The bytes of a file for which files.getUploadURLExternal gave this address."""
    space = workspace(request)
    file = space.files.get(space.uploads.pop(request.path_params["ticket"], ""))
    if file is None:
        return PlainTextResponse("not found", 404)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            parts = [part for part in form.values() if not isinstance(part, str)]
            data = await parts[0].read() if parts else b""
    else:
        data = await request.body()
    if len(data) != file.size:
        return PlainTextResponse("size mismatch", 400)
    file.data, file.ready = data, True
    return PlainTextResponse(f"OK - {file.size}")


async def private_file(request: Request) -> Response:
    """The bytes of a file the app may see, for its token. Slack shows others a login page; we say 403."""
    space = workspace(request)
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    try:
        check_token(space, token, app_level=False)
        need_scope(space, "files:read")
    except SlackError as error:
        return JSONResponse(error.body, 403)
    file = space.files.get(request.path_params["file"].rpartition("-")[2])
    if file is None or not file.shown_to_app or not file.ready:
        return PlainTextResponse("not found", 404)
    return Response(file.data, media_type=file.mimetype)


async def line(socket: WebSocket) -> None:
    """A Socket Mode connection: greet, then take acknowledgements until it closes."""
    space = workspace(socket)
    expires = space.tickets.pop(socket.query_params.get("ticket", ""), 0.0)
    if space.clock() > expires or len(space.sockets) >= space.limits.sockets:
        await socket.close(4000)
        return
    await socket.accept()
    space.sockets.append(socket)
    tell(space, {"type": "app", "connected": True})
    try:
        await socket.send_text(json.dumps(_hello(space)))
        while True:
            _acknowledge(space, await socket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        if socket in space.sockets:
            space.sockets.remove(socket)
        tell(space, {"type": "app", "connected": space.connected})


def _hello(space: Workspace) -> Json:
    return {
        "type": "hello",
        "num_connections": len(space.sockets),
        "debug_info": {"host": "practice", "build_number": 1, "approximate_connection_time": 3600},
        "connection_info": {"app_id": space.app_id},
    }


def _acknowledge(space: Workspace, text: str) -> None:
    try:
        message = json.loads(text)
    except ValueError:
        return
    answer = space.waiting.get(message.get("envelope_id", "")) if isinstance(message, dict) else None
    if answer is not None and not answer.done():
        answer.set_result(message.get("payload"))


async def refresh(space: Workspace, reason: str = "refresh_requested") -> None:
    """Ask every connection to be opened anew, as Slack does now and then; a warning leaves it open a little longer."""
    for socket in list(space.sockets):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.send_text(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
            if reason != "warning" and socket.application_state is WebSocketState.CONNECTED:
                space.sockets.remove(socket)
                await socket.close()
