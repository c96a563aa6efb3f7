"""Golden files of the protocols: `tests/fixtures/protocols/<protocol>/<case>.json` holds call, situation and reply, byte for byte.

`python -m tests.adapters.protocols.golden` writes the questions and replies of all cases anew; read the difference before it is
committed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from adapters.protocols import PROTOCOLS
from connector.domain.licensing.questions import Question
from connector.ports import LicenceProtocol, ProtocolCall
from tests.adapters.protocols.situations import NOW, SITUATIONS
from tests.paths import FIXTURES

FOLDER = FIXTURES / "protocols"
BASE = "https://connector.example.com/compat/acme"


def cases() -> list[tuple[str, Path]]:
    """(protocol name, file) of every case."""
    return [(file.parent.name, file) for file in sorted(FOLDER.glob("*/*.json"))]


def face_named(name: str) -> LicenceProtocol:
    return next(protocol for protocol in PROTOCOLS if protocol.name == name)


def call_of(case: dict[str, Any]) -> ProtocolCall:
    """The call of a case: `method`, `path`, `query`, `form`, `body`, `headers`; what is left out is empty."""
    given = case["call"]
    return ProtocolCall(
        method=given.get("method", "POST"),
        path=given.get("path", "/"),
        query=given.get("query", {}),
        form=given.get("form", {}),
        body=given.get("body"),
        headers=given.get("headers", {}),
        base=BASE,
        now=NOW,
    )


def told(case: dict[str, Any], protocol: LicenceProtocol) -> dict[str, Any]:
    """What the protocol makes of the case now: its questions, and the reply to the case's situations (one a question)."""
    call = call_of(case)
    questions = protocol.parse(call)
    answers = [SITUATIONS[name] for name in case["situations"]]
    reply = protocol.render(call, questions, answers)
    return {"questions": [_said(question) for question in questions], "reply": asdict(reply)}


def _said(question: Question) -> dict[str, Any]:
    plain = {item.name: getattr(question, item.name) for item in fields(question)}
    usual = {item.name: getattr(Question("validate"), item.name) for item in fields(question) if item.name != "act"}
    found = {name: value for name, value in plain.items() if value != usual.get(name)}
    return json.loads(json.dumps(found, default=dict))  # type: ignore[no-any-return]


if __name__ == "__main__":
    for name, file in cases():
        case = json.loads(file.read_text())
        file.write_text(json.dumps(case | told(case, face_named(name)), indent=1, ensure_ascii=False) + "\n")
