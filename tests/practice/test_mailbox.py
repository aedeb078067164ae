"""The practice company's post room shows what arrives, as it would lie in a mailbox."""

from __future__ import annotations

import smtplib
import socket
import time
from email.message import EmailMessage

from bot.practice.mailbox import CLERK, ROOM, open_mailbox
from bot.practice.posts import visible
from bot.practice.server import make_app, serve
from bot.practice.space import Workspace
from tests.chat.dialogue import manifest


def test_a_mail_stands_in_the_channel_with_a_link_that_can_be_opened() -> None:
    """To whom, about what, and its words; what is no mail is hung up on and shows nothing."""
    space = Workspace(manifest("socket"), (CLERK,), (ROOM,), name="Lumen Works", domain="lumen-works")
    served = serve(make_app(space))
    try:
        port = served.call(open_mailbox, space)
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            line.sendall(b"DATA\r\n" + b"x" * 500_000)
        message = EmailMessage()
        message["To"], message["From"], message["Subject"] = "petra@lumen.example", "usher@lumen.example", "It <waits>"
        message.set_content("A decision waits.\n\nhttp://127.0.0.1:1/mail/x\n")
        message.add_alternative("<p>A decision waits.</p>", subtype="html")
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
            server.send_message(message)
        until = time.monotonic() + 20
        while not (found := served.call(visible, space, ROOM.id, CLERK.id)) and time.monotonic() < until:
            time.sleep(0.05)
        (shown,) = (one.text for one in found)
        assert shown.startswith("*To petra@lumen.example*\n*It &lt;waits&gt;*\nA decision waits.")
        assert "<http://127.0.0.1:1/mail/x>" in shown
    finally:
        served.stop()
