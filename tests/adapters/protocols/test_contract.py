"""What every licence protocol must hold: golden replies, words for every situation, and no way to make one raise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.protocols import PROTOCOLS
from connector.licences.protocols import protocol_of
from connector.ports import LicenceProtocol, ProtocolCall
from tests.adapters.protocols.golden import BASE, call_of, cases, face_named, told
from tests.adapters.protocols.situations import ADA, KEY, NOW, SITUATIONS

CASES = cases()
NAMES = [protocol.name for protocol in PROTOCOLS]


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize(("name", "file"), CASES, ids=[f"{name}/{file.stem}" for name, file in CASES])
def test_the_reply_is_the_golden_one(name: str, file: Path) -> None:
    case = read(file)
    found = told(case, face_named(name))
    assert found["questions"] == case["questions"]
    assert found["reply"] == case["reply"]


@pytest.mark.parametrize(("name", "file"), CASES, ids=[f"{name}/{file.stem}" for name, file in CASES])
def test_a_call_is_for_one_face_only(name: str, file: Path) -> None:
    call = call_of(read(file))
    assert [protocol.name for protocol in PROTOCOLS if protocol.matches(call)] == [name]
    assert protocol_of(PROTOCOLS, call) is face_named(name)


@pytest.mark.parametrize(("name", "file"), CASES, ids=[f"{name}/{file.stem}" for name, file in CASES])
def test_there_are_words_for_every_situation_and_nothing_personal_in_them(name: str, file: Path) -> None:
    protocol, call = face_named(name), call_of(read(file))
    questions = protocol.parse(call)
    for situation, answer in SITUATIONS.items():
        reply = protocol.render(call, questions, [answer] * len(questions))
        assert isinstance(reply.body, str), situation
        assert 200 <= reply.status < 500, situation
        if not answer.shows_holder:
            assert "Ada Example" not in reply.body, situation
            assert str(ADA.email) not in reply.body or ADA.email == call.args.get("email"), situation


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=NAMES)
def test_a_face_has_golden_files(protocol: LicenceProtocol) -> None:
    assert [file for name, file in CASES if name == protocol.name]


def test_an_empty_call_is_for_no_face() -> None:
    assert protocol_of(PROTOCOLS, ProtocolCall("GET", "/", {}, {}, None, {}, BASE, NOW)) is None


WORDS = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "0",
        "javascript:",
        "//",
        "a." * 5000,
        "x" * 10_000,
        "\x00",
        str(KEY),
        "-1",
        "9" * 40,
        "%",
        "%zz",
        "a=b;c|d<e>",
    ]
)


@pytest.mark.parametrize(("name", "file"), CASES, ids=[f"{name}/{file.stem}" for name, file in CASES])
@settings(max_examples=min(15, settings().max_examples))
@given(data=st.data())
def test_no_argument_makes_a_face_raise(name: str, file: Path, data: st.DataObject) -> None:
    protocol, call = face_named(name), call_of(read(file))

    def bent(given: Any) -> dict[str, str]:
        return {word: data.draw(WORDS) if data.draw(st.booleans()) else value for word, value in given.items()}

    bad = replace(
        call,
        query=bent(call.query),
        form=bent(call.form),
        headers=bent(call.headers),
        body=bent(call.body) if call.body is not None else None,
    )
    questions = protocol.parse(bad)
    situation = SITUATIONS[data.draw(st.sampled_from(sorted(SITUATIONS)))]
    reply = protocol.render(bad, questions, [situation] * len(questions))
    assert isinstance(reply.body, str)
    assert reply.status < 500
