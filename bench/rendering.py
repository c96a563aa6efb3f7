"""What each licence protocol costs beside the ledger: a call read and an answer said; and what a signature costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.protocols import PROTOCOLS
from bench.deciding import Cost, measured
from connector.api.licences import told_verdict
from connector.licences import tokens
from connector.ports import LicenceProtocol
from tests.adapters.protocols.golden import call_of, cases
from tests.adapters.protocols.situations import NOW, SITUATIONS

VALID = SITUATIONS["valid"]


def costs() -> dict[str, Cost]:
    """By protocol: the golden calls read and answered `valid`, on the average; natively; and a token signed."""
    return measured({protocol.name: _protocol(protocol) for protocol in PROTOCOLS} | dict(_native()))


def _protocol(protocol: LicenceProtocol) -> Callable[[], object]:
    calls = [call_of(json.loads(file.read_text())) for name, file in cases() if name == protocol.name]
    turn = iter(range(1 << 62))

    def work() -> object:
        call = calls[next(turn) % len(calls)]
        questions = protocol.parse(call)
        return protocol.render(call, questions, [VALID] * len(questions))

    return work


def _native() -> Mapping[str, Callable[[], object]]:
    key = tokens.SigningKey("key_bench", Ed25519PrivateKey.generate())
    return {
        "native": lambda: json.dumps(told_verdict(VALID.verdict)),
        "a signed token": lambda: tokens.mint(key, "https://connector.example.com", "acme", VALID.verdict, NOW),
    }
