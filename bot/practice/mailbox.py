"""A mail server of the practice company: what arrives stands in a channel of the page, for everybody to read."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from bot.practice import posts
from bot.practice.seeds import ChannelSeed, Member
from bot.practice.space import Workspace

ROOM = ChannelSeed("C005", "mail", topic="What lies in the mailboxes of people who are not in this chat")
CLERK = Member("U090", "postroom", "The post room", "post@lumen.example", title="Shows mail that arrived")
_LARGEST = 200_000  # bytes of one mail
_SECONDS = 20  # until who says nothing is hung up on
_ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


async def open_mailbox(space: Workspace) -> int:
    """Take mail from now on, on this machine only; the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(_talk(space, reader, writer), _SECONDS)
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
            pass  # whoever sends will try again
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=_LARGEST)
    space.tasks.add(asyncio.create_task(server.serve_forever()))  # closed with the workspace
    return int(server.sockets[0].getsockname()[1])


async def _talk(space: Workspace, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 the post room\r\n")
    while line := await reader.readline():
        word = line[:4].upper().strip()
        writer.write(_ANSWERS.get(word, b"250 fine") + b"\r\n")
        await writer.drain()
        if word == b"QUIT":
            return
        if word == b"DATA":
            arrived(space, await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"250 taken\r\n")


def arrived(space: Workspace, letter: bytes) -> None:
    """Show a mail in the channel."""
    message = message_from_bytes(letter.removesuffix(b".\r\n"), EmailMessage, policy=default)
    body = message.get_body(("plain",))
    lines = [f"*To {message['To']}*", f"*{message['Subject']}*", body.get_content() if body else ""]
    posts.post(space, space.rooms[ROOM.id], CLERK.id, "\n".join(map(_plain, lines)).strip())


def _plain(text: str) -> str:
    """As Slack wants it, with addresses that can be opened."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(f"<{line}>" if line.startswith("http") else line for line in safe.splitlines())
