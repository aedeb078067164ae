"""A link in a mail is powerful: what it cannot do, whoever tries."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import structlog

from bot.chat.cards import mails as words
from bot.chat.mail.letter import written
from bot.chat.mail.proof import proof, proven
from bot.chat.mail.smtp import MailError, Smtp
from bot.config import Misconfigured, read
from bot.domain.mail import Mail, Security, is_address
from bot.domain.redaction import redacted
from bot.engine.mailing import Letter
from bot.runbooks import Mistakes, parse_policy
from bot.store import Database, metadata, versions
from tests.fakes.post import Browser, browser, mail, posting
from tests.fakes.town import START, Town
from tests.stories.acts import asked

GARBAGE = ("x", "ul_", "ul_" + "A" * 43, "ul_" + "A" * 5000, "ul_é", "%00", "..%2f..%2fetc", "ul_' OR 1=1 --", "🔑")


@pytest.fixture
def town(migrated_sqlite: Path, disk: Path) -> Iterator[Town]:
    """A company that sends mail; Petra was asked."""
    path = disk / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        yield Town(db)


def opened(town: Town, address: str = "http://usher.test") -> Browser:
    """Petra's browser, at her card."""
    letters = posting(town)
    asked(town)
    mail(town, letters)
    page = browser(town, address)
    page.open(letters.link())
    return page


def test_garbage_opens_nothing_and_breaks_nothing(town: Town) -> None:
    """Whatever stands in an address, a cookie or a body: plain words, no error, no trace of anybody."""
    page = opened(town)
    other = browser(town)
    for token in GARBAGE:
        for path in (f"/mail/{token}", f"/card/{token}"):
            assert other.get(path).status_code in {403, 404}
            assert other.post(path, {"do": "press"}).status_code in {403, 404}
            assert "Alice" not in other.page
        assert other.post(f"/mail/{token}/again").status_code in {200, 404}
    for body in (
        b"\xff\xfe",
        b"&".join(b"a=%d" % n for n in range(500)),
        b"do=press",
        b"do=fill&proof=x",
        b"do=choose",
    ):
        answer = page.client.post(page.at, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 400
        assert "out of date" in answer.text
    assert page.client.post(page.at, content=b"x" * 200_000).status_code == 413
    assert not town.view().approvals


def test_a_database_that_is_away_is_said_in_plain_words(town: Town) -> None:
    """No page of errors, no trace of what was asked."""
    page = opened(town)
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE mails RENAME TO gone")
    for path in (page.at, "/mail/ul_x"):
        answer = page.get(path)
        assert answer.status_code == 503
        assert "not saved" in answer.text


def test_a_session_presses_only_what_its_own_page_showed(town: Town) -> None:
    """No form of another site, no button from elsewhere, no proof of another session, no card of another link."""
    page = opened(town)
    yes = page.form("approve").values
    assert page.post(page.at, {**yes, "proof": ""}).status_code == 400
    assert page.post(page.at, {**yes, "proof": proof(town.desk.secret, "another", "press")}).status_code == 400
    stop = town.desk.sealed("stop", town.request().id)
    assert page.post(page.at, {**yes, "action": "stop", "value": stop}).status_code == 400
    assert page.post(page.at, yes, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert page.post(page.at, yes, **{"sec-fetch-site": "same-site"}).status_code == 403
    bare = browser(town)
    assert bare.post(page.at, yes).status_code == 403
    bare.client.cookies.set("usher-card", "made-up")
    assert bare.post(page.at, yes).status_code == 403
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE mails SET key = 'another'")
    assert page.post("/card/another", yes).status_code == 403
    assert not town.view().approvals


def test_rights_are_looked_up_again_at_the_press(town: Town) -> None:
    """Petra is not asked any more: her open page says so, and her old form decides nothing."""
    page = opened(town)
    yes = page.form("approve").values
    with town.engine.db.begin() as tx:
        tx.exec_driver_sql("UPDATE requests SET approvers = '[]'")
    assert page.post(page.at, yes).status_code == 403
    assert "not yours to see" in page.page
    assert not town.view().approvals


def test_every_page_is_closed_to_others(town: Town) -> None:
    """Nothing is loaded, framed, kept or passed on; the cookie is for this one card, and only over https."""
    page = opened(town, "https://usher.test")
    for answer in (page.get(page.at), page.get("/mail/x"), page.post("/card/x")):
        policy = answer.headers["content-security-policy"]
        style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
        assert style
        allowed = base64.b64encode(sha256(style[1].encode()).digest()).decode()
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{allowed}';")
        for rule in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert rule in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "<script" not in answer.text
        assert " style=" not in answer.text
    again = posting(town)
    town.pass_time(timedelta(minutes=10))
    page.post("/mail/x/again")
    assert mail(town, again) == 0
    (cookie,) = page.client.cookies.jar
    assert (cookie.name, cookie.path, cookie.secure) == ("usher-card", page.at, True)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"


def test_links_and_sessions_lie_nowhere_but_in_the_mail_and_the_browser(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only hashes are in the database; the log shows none, even where one is written into it by mistake."""
    letters = posting(town)
    asked(town)
    letters.faults = [MailError("the mail server answers 451")]
    mail(town, letters)
    town.pass_time(timedelta(minutes=1))
    mail(town, letters)
    page = browser(town)
    page.open(letters.link())
    page.press("approve")
    (cookie,) = page.client.cookies.jar
    token = letters.link().removeprefix("/mail/")
    assert len(token) == len("ul_") + 43
    with town.engine.db.look() as tx:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select())]
    kept = "\n".join([*rows, capsys.readouterr().out, capsys.readouterr().err])
    assert token not in kept
    assert str(cookie.value) not in kept
    assert token not in redacted(f"GET https://usher.example/mail/{token} failed")
    shown = Letter("n", "task", "a@b.c", "UTC", "Lumen", Mail("h", "a@b.c"), START, 0, token)
    assert token not in repr(shown)
    structlog.reset_defaults()


def test_a_proof_fits_one_session_and_one_thing() -> None:
    """Parts cannot be pushed from one into the next, and without a secret there is none."""
    given = proof("secret", "a", "bc")
    assert proven("secret", given, "a", "bc")
    for parts in (("ab", "c"), ("a", "bc", ""), ("A", "bc")):
        assert not proven("secret", given, *parts)
    assert not proven("another", given, "a", "bc")
    assert not proven("secret", "é", "a", "bc")
    with pytest.raises(ValueError, match="without a secret"):
        proof("", "a")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "a@b@c",
        "a b@c.de",
        "a@c.de\r\nBcc: b@c.de",
        "a@c.de, b@c.de",
        "<a@c.de>",
        "a@c\u2028d.de",
        "a\x00@c.de",
    ],
)
def test_what_is_no_single_address_gets_no_mail(address: str) -> None:
    """One mail goes to one address; nothing in it can be read as a second one or as a header."""
    assert not is_address(address)


@pytest.mark.parametrize("company", ["Lumen\r\nBcc: all@evil.example", "<b>Lumen</b>", "\u202eLumen"])
def test_nothing_a_company_is_called_becomes_a_header_or_a_tag(company: str) -> None:
    """What stands in a mail is text, whatever it is."""
    letter = Letter("n", "task", "a@b.example", "UTC", company, Mail("h", "usher@b.example"), START, 0, "ul_x")
    message = written(letter, "https://usher.example", START)
    assert message["Bcc"] is None
    assert message["Date"].datetime == START
    assert set(message.keys()) == {
        *("To", "From", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
    }
    page = message.get_body(("html",))
    assert page is not None
    assert "<b>" not in page.get_content()
    assert "\u202e" not in message.as_string()
    assert words.sentence("task") in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_address_that_no_mail_program_understands_is_final() -> None:
    """The roster holds nonsense: it is not tried for ever."""
    letter = Letter("n", "task", "a..b@c.example", "UTC", "Lumen", Mail("h", "u@b.example"), START, 0, "ul_x")
    with pytest.raises(MailError) as caught:
        written(letter, "https://usher.example", START)
    assert caught.value.final


@contextmanager
def server(**orders: bytes) -> Iterator[tuple[int, list[str]]]:
    """A mail server that answers some commands as ordered; its port, and what it heard."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        connection, _ = listener.accept()
        connection.settimeout(20)
        with connection, connection.makefile("rwb") as line:
            letter = False
            line.write(b"220 ready\r\n")
            line.flush()
            for said in line:
                heard.append(said.decode().strip())
                if letter and said != b".\r\n":
                    continue
                word = said.split()[0].upper().decode()
                letter = word == "DATA"
                usual = {"DATA": b"354 go on", "QUIT": b"221 bye"}.get(word, b"250 fine")
                line.write(orders.get(word, usual) + b"\r\n")
                line.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        thread.join(20)
        listener.close()


def letter(port: int, security: Security = Security.NONE, user: str = "") -> tuple[Mail, Letter]:
    """A mail for this server."""
    where = Mail("127.0.0.1", "usher@b.example", port, security, user)
    return where, Letter("n", "task", "petra@b.example", "UTC", "Lumen", where, START, 0, "ul_x")


def test_a_mail_goes_over_the_wire_as_it_was_written() -> None:
    """A server of this machine takes it: one recipient, one link."""
    with server() as (port, heard):
        where, one = letter(port)
        Smtp().take(where, written(one, "https://usher.example", START))
    assert "rcpt TO:<petra@b.example>" in heard
    assert sum("usher.example/mail/ul_x" in line for line in heard) == 2


@pytest.mark.parametrize(
    ("orders", "final"),
    [
        ({"RCPT": b"550 no"}, True),
        ({"RCPT": b"450 later"}, False),
        ({"MAIL": b"451 no"}, False),
        ({"DATA": b"554 no"}, False),
    ],
)
def test_what_a_mail_server_refuses_is_told_apart(orders: dict[str, bytes], final: bool) -> None:
    """No such address is final; everything else is tried again. What is kept of it names nobody."""
    with server(**orders) as (port, _heard):
        where, one = letter(port)
        with pytest.raises(MailError) as caught:
            Smtp().take(where, written(one, "https://usher.example", START))
    assert caught.value.final is final
    assert "petra" not in caught.value.said


def test_a_mail_never_goes_in_the_clear() -> None:
    """A server that cannot begin TLS gets neither the mail nor the password."""
    with server(STARTTLS=b"502 no") as (port, heard):
        where, one = letter(port, Security.STARTTLS, "usher")
        with pytest.raises(MailError):
            Smtp("a password").take(where, written(one, "https://usher.example", START))
    assert not [line for line in heard if line.lower().startswith(("mail", "auth"))]
    where, one = letter(9, Security.TLS)
    with pytest.raises(MailError, match="the mail server"):
        Smtp(seconds=2).take(where, written(one, "https://usher.example", START))
    assert ssl.create_default_context().check_hostname


def test_a_policy_that_would_send_in_the_clear_is_refused() -> None:
    """`none` is for a server of this machine; a sender is an address; a link ends within a week."""
    from tests.docs.test_examples import example  # noqa: PLC0415

    plain = example("policy").partition("\nmail:\n")[0]
    for block, said in (
        ("host: smtp.example.com\n  sender: u@example.com\n  security: none", "on this machine"),
        ("host: smtp.example.com\n  sender: nobody", "no mail address"),
        ("host: smtp.example.com\n  sender: u@example.com\n  link: 8 days", "7 days or less"),
        ("host: smtp.example.com\n  sender: u@example.com\n  password: hunter2hunter2", "there is no field"),
    ):
        with pytest.raises(Mistakes) as caught:
            parse_policy(f"{plain}\nmail:\n  {block}\n")
        assert said in str(caught.value.mistakes[0])


def test_usher_does_not_start_where_links_would_travel_in_the_clear() -> None:
    """The public address is https, or on this machine."""
    with pytest.raises(Misconfigured) as caught:
        read({"USHER_BASE_URL": "http://usher.example"})
    assert any("USHER_BASE_URL must be https" in one for one in caught.value.mistakes)


def test_the_password_is_a_setting_and_never_a_row(town: Town) -> None:
    """Policy is kept word by word; there is no place for a password in it."""
    posting(town)
    with town.engine.db.look() as tx:
        newest = versions.newest(tx, "policy.yaml")
        assert newest
        assert "password" not in versions.body(tx, newest).partition("mail:")[2]
    assert "hunter2" not in repr(Smtp("hunter2"))
