"""What strangers send reaches no terminal raw (D5): text logs show control signs, JSON logs escape them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from connector import observe
from tests.support.stores import settings_for

EVIL = "\x1b[2J\x1b]0;owned\x07\r\nforged=line\x9b31m\u202etxt.exe\u2028\x7f\ud800"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def logged(form: str, capsys: pytest.CaptureFixture[str]) -> str:
    structlog.reset_defaults()
    observe.install(replace(settings_for("sqlite://"), log_format=form))
    log = structlog.get_logger()
    try:
        raise ValueError(EVIL)
    except ValueError:
        log.exception("request.failed", path=EVIL, inner=[EVIL])
    return capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_control_sign_reaches_a_log_raw(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = logged(form, capsys)
    assert "owned" in told
    assert not {sign for sign in told if not sign.isprintable()} - {"\n"}


def test_a_text_log_is_one_line_and_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged("text", capsys).splitlines()
    assert not [line for line in lines if line.startswith("forged")]
    assert "  Traceback (most recent call last):" in lines


def test_a_json_log_is_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    [line] = logged("json", capsys).splitlines()
    assert json.loads(line)["path"] == EVIL
