"""nginx as a reverse proxy in front of a connector, on a Unix socket of its own and with a certificate made for the test."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import missing, spawn

_START_SECONDS = 20.0
_AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{block}
}}
"""


class Nginx:
    """A server block (or several) served by a real nginx; `listen 443 ssl` and certificates are put in place of the block's."""

    def __init__(self, folder: Path, block: str) -> None:
        self.binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if self.binary is None:
            missing("nginx", "Install Debian's nginx-light.")
        self.socket = folder / "n.sock"
        self._config = folder / "nginx.conf"
        self._log = folder / "nginx.log"
        self._process: subprocess.Popen[bytes] | None = None
        certificate, key = _certificate(folder)
        here = block.replace("listen 443 ssl;", f"listen unix:{self.socket} ssl;")
        here = _with(here, "ssl_certificate ", str(certificate))
        here = _with(here, "ssl_certificate_key ", str(key))
        self._config.write_text(_AROUND.format(folder=folder, block=here))

    def check(self) -> str:
        """What `nginx -t` says; raises where it does not accept the configuration."""
        assert self.binary is not None
        done = subprocess.run(
            [self.binary, "-t", "-p", str(self._config.parent), "-c", str(self._config)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def __enter__(self) -> Nginx:
        assert self.binary is not None
        with self._log.open("ab") as log:
            command = [self.binary, "-p", str(self._config.parent), "-c", str(self._config)]
            self._process = spawn(command, log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start:\n{self._log.read_text()}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)

    def call(self, method: str, host: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """One HTTPS call to a host name, with its target exactly as given; status and body."""
        calling = HTTPConnection(host, timeout=30)
        plain = socket.socket(socket.AF_UNIX)
        plain.connect(str(self.socket))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        calling.sock = context.wrap_socket(plain, server_hostname=host)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        calling.request(method, target, body or None, named)
        answer = calling.getresponse()
        with calling.sock:
            return answer.status, answer.read()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0


def _with(block: str, directive: str, value: str) -> str:
    lines = [
        f"{line.partition(directive)[0]}{directive}{value};" if line.strip().startswith(directive) else line
        for line in block.splitlines()
    ]
    return "\n".join(lines)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "licences.example.com")])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(since)
    signed = made.not_valid_after(since + timedelta(days=36_500)).sign(key, hashes.SHA256())
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(*plain))
    return files
