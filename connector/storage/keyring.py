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

from connector.domain import typed
from connector.domain.typed import same_key


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
        """The look-up hash of a licence key, in whatever spelling it was typed or pasted (`typed.same_key`)."""
        return hashlib.blake2b(same_key(key).encode(), key=self.pepper, digest_size=16).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Says of two keys whether they are the same one, and nothing else about them."""
        return hmac.new(self.pepper, b"fingerprint", hashlib.sha256).hexdigest()[:32]

    def token_hash(self, token: str) -> str:
        """The look-up hash of an API token (256 random bits, so a keyed hash is enough)."""
        return hmac.new(self.pepper, token.encode(), hashlib.sha256).hexdigest()

    def body_hash(self, text: str) -> str:
        """What tells one body of a request from another, without holding any of its words or keys."""
        return hashlib.blake2b(text.encode(), key=self.pepper, digest_size=16, person=b"request").hexdigest()

    def masked(self, name: str) -> str:
        """A name that is the same each time and tells nothing, for where others may look (Redis)."""
        return hashlib.blake2b(
            name.encode("utf-8", "replace"), key=self.pepper, digest_size=12, person=b"mask"
        ).hexdigest()

    def handle(self, license_id: str, place: str) -> str:
        """The id of an activation outside (a UUID in form): the same place of the same licence always has the same."""
        digest = hashlib.blake2b(f"{license_id}\x00{place}".encode(), key=self.pepper, digest_size=16, person=b"handle")
        return str(uuid.UUID(bytes=digest.digest(), version=4))

    def seal(self, data: bytes) -> bytes:
        return self.fernet.encrypt(data)

    def seal_key(self, key: str) -> bytes:
        """A licence key, sealed as it was issued: without what came along when somebody pasted it."""
        return self.seal((typed.key(key) or key.strip()).encode())

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


def last4(key: str) -> str:
    """What may be shown of a key; nothing of a key so short that four characters would give it away."""
    text = typed.key(key)
    return text[-4:] if len(text) >= 12 else "…"
