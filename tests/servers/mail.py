"""A mail server on loopback that takes mails, or misbehaves as a test says."""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from threading import Condition
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers import free_port

HOST = "127.0.0.1"
LOST = "lost"
"""The mail is taken, and the connection ends before the answer."""


class MailServer:
    """What came in, and faults for the next calls: `MAIL`, `RCPT` or `DATA` to the answers in place of `250`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.faults: defaultdict[str, list[str]] = defaultdict(list)
        self.calls: list[str] = []
        self.signed_in: list[tuple[bytes, bytes]] = []
        self._came = Condition()

    @property
    def inbox(self) -> dict[str, EmailMessage]:
        """What a mailbox that folds copies shows: by Message-ID."""
        return {mail["Message-ID"]: mail for mail in self.taken}

    @property
    def subjects(self) -> list[str]:
        """The subjects without the ticket's number, as they came."""
        return [str(mail["Subject"]).partition("] ")[2] for mail in self.taken]

    def text(self, place: int = -1) -> str:
        return str(self.taken[place].get_content()).replace("\r\n", "\n")

    def wait_for(self, count: int, seconds: float = 30.0) -> bool:
        """Have so many mails come, at the latest after so long?"""
        with self._came:
            return self._came.wait_for(lambda: len(self.taken) >= count, seconds)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._answer("MAIL", server)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self._answer("RCPT", server)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._answer("DATA", server)
        if answer in (LOST, "250 OK"):
            made = message_from_bytes(envelope.content, policy=default)
            assert isinstance(made, EmailMessage)
            with self._came:
                self.taken.append(made)
                self._came.notify_all()
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return answer

    def _answer(self, call: str, server: Any) -> str:
        self.calls.append(call)
        fault = self.faults[call].pop(0) if self.faults[call] else "250 OK"
        if fault == LOST:
            server.transport.abort()
        return fault

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"sesame", handled=False)


@contextmanager
def serving(mail_server: MailServer, **options: Any) -> Iterator[MailServer]:
    """The server, listening; options as aiosmtpd has them (`tls_context`, `auth_required` ...)."""
    controller = Controller(mail_server, hostname=HOST, port=mail_server.port, **options)
    controller.start()
    try:
        yield mail_server
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own for 127.0.0.1 (a file to trust), and the server's context with it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)  # noqa: TID251 - of this hour
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "mail.crt", folder / "mail.key"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return trusted, context
