"""Secrets at rest: one master key in the home, from which the pepper, the sealing key and the signing key are derived."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken


class Unsealable(Exception):
    """A sealed value that this installation's secret key cannot open."""


@dataclass(frozen=True)
class Keyring:
    """Everything derived from CONNECTOR_SECRET_KEY; `pepper` hashes keys for look-up, `fernet` seals."""

    pepper: bytes
    issuing: bytes
    signing: bytes
    packages: bytes
    fernet: Fernet

    @classmethod
    def of(cls, secret_key: str) -> Keyring:
        """Derive by HMAC-SHA256 with one label for each use."""

        def derive(label: str) -> bytes:
            return hmac.new(secret_key.encode(), label.encode(), hashlib.sha256).digest()

        return cls(
            pepper=derive("license-key-lookup"),
            issuing=derive("license-key-issuing"),
            signing=derive("status-link"),
            packages=derive("package-link"),
            fernet=Fernet(base64.urlsafe_b64encode(derive("sealing"))),
        )

    def key_hash(self, key: str) -> str:
        """The look-up hash of a licence key: spaces around it and letter case do not matter to people, so not here."""
        return hashlib.blake2b(normal_key(key).encode(), key=self.pepper, digest_size=16).hexdigest()

    def token_hash(self, token: str) -> str:
        """The look-up hash of an API token (256 random bits, so a keyed hash is enough)."""
        return hmac.new(self.pepper, token.encode(), hashlib.sha256).hexdigest()

    def body_hash(self, text: str) -> str:
        """What tells one body of a request from another, without holding any of its words or keys."""
        return hashlib.blake2b(text.encode(), key=self.pepper, digest_size=16, person=b"request").hexdigest()

    def handle(self, license_id: str, place: str) -> str:
        """The id of an activation outside (a UUID in form): the same place of the same licence always has the same."""
        digest = hashlib.blake2b(f"{license_id}\x00{place}".encode(), key=self.pepper, digest_size=16, person=b"handle")
        return str(uuid.UUID(bytes=digest.digest(), version=4))

    def seal(self, data: bytes) -> bytes:
        return self.fernet.encrypt(data)

    def unseal(self, sealed: bytes) -> bytes:
        """The bytes that were sealed; raises Unsealable when the secret key is another one."""
        try:
            return self.fernet.decrypt(bytes(sealed))
        except InvalidToken:
            raise Unsealable(
                "sealed with another CONNECTOR_SECRET_KEY: start with the key of this data folder"
            ) from None

    def seal_secrets(self, secrets: Sequence[str]) -> str:
        return self.seal(json.dumps(list(secrets)).encode()).decode("ascii")

    def unseal_secrets(self, sealed: str) -> list[str]:
        return [str(secret) for secret in json.loads(self.unseal(sealed.encode("ascii")))]


def normal_key(key: str) -> str:
    """One spelling of a licence key: surrounding white space off, case folded."""
    return key.strip().casefold()


def last4(key: str) -> str:
    """What may be shown of a key; nothing of a key so short that four characters would give it away."""
    text = key.strip()
    return text[-4:] if len(text) >= 12 else "…"
