"""Handing one mail to the mail server (RFC 5321), and telling its faults apart."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from connector.ports import Undelivered
from connector.settings import Settings

STEP_SECONDS = 10.0
"""How long the server may take for one step."""
BEFORE_DATA = 30.0
"""A sitting that took longer is given up before the mail is handed over, so that the lease never ends in between."""

_CURE = "check SMTP_HOST, SMTP_PORT, SMTP_TLS, SMTP_USER and SMTP_PASSWORD"


def send(settings: Settings, mail: EmailMessage) -> None:
    """Hand a mail to the server. Raises Undelivered: `configuration` (all must wait), `busy` (this one must), `rejected`
    (a clear no), `unknown` (it may have been taken)."""
    began = time.monotonic()
    to = mail["To"].addresses[0].addr_spec
    with session(settings) as server:
        with _server_trouble():
            _expect(server.mail(settings.smtp_sender), "the sender", "configuration")
            _expect(server.rcpt(to), "the address", "rejected")
        if time.monotonic() - began > BEFORE_DATA:
            raise Undelivered("configuration", "Nothing was sent: the mail server is too slow")
        try:
            answer = server.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:
            answer = (error.smtp_code, _bytes(error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(
                "unknown", f"the connection was lost before the mail was taken ({type(error).__name__})"
            ) from None
        _expect(answer, "the mail", "rejected")


@contextmanager
def session(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, encrypted and signed in as the settings say. Raises Undelivered `configuration`."""
    with _server_trouble():
        server = _connected(settings)
    try:
        with _server_trouble():
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password)
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _connected(settings: Settings) -> smtplib.SMTP:
    context, host = ssl.create_default_context(), settings.smtp_host or ""
    me = settings.smtp_sender.rpartition("@")[2]
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, me, timeout=STEP_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, me, timeout=STEP_SECONDS)
    try:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


@contextmanager
def _server_trouble() -> Iterator[None]:
    """Faults before the mail itself was handed over: it is the server's or the settings', and nothing was sent."""
    try:
        yield
    except smtplib.SMTPAuthenticationError:
        raise Undelivered(
            "configuration", "Nothing was sent: the mail server refused SMTP_USER or its password"
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise Undelivered("configuration", f"Nothing was sent: {error}; {_CURE}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(
            "configuration", f"Nothing was sent: {type(error).__name__} at the mail server; {_CURE}"
        ) from None


def _expect(answer: tuple[int, bytes], what: str, clear_no: str) -> None:
    """2xx is well; 421 concerns the server, another 4xx this mail for now, 5xx is a clear no."""
    code, said = answer
    if 200 <= code < 300:
        return
    words = "".join(c if c.isprintable() else " " for c in said.decode("utf-8", "replace"))[:200]
    cause = "configuration" if code == 421 else "busy" if 400 <= code < 500 else clear_no
    raise Undelivered(cause, f"the mail server does not take {what}: {code} {words}")


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()
