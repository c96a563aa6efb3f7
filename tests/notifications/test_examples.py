"""docs/notifications.md shows each event, and code that proves what we sign."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from connector.formats.signature_schemes import StandardWebhooks
from connector.runtime import utc_now
from connector.storage.ids import webhook_secret
from connector.vendors.notifications import PING
from connector.vendors.notify_endpoints import EVENTS
from tests.notifications.examples import shown
from tests.paths import DOCS
from webhooks import signatures

BODY = b'{"type":"ping","data":{"name":"\xc3\x84da"}}'


def code(language: str) -> str:
    """The page's code in a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", (DOCS / "notifications.md").read_text(), re.DOTALL)
    return str(found)


def signed(secret: str) -> dict[str, str]:
    found: dict[str, str] = signatures.sign(StandardWebhooks(), secret, BODY, utc_now(), "msg_1")
    return found


def test_every_event_is_shown_and_no_other() -> None:
    assert set(shown()) == {*EVENTS, PING}


def test_the_python_of_the_page_takes_ours_and_no_other() -> None:
    names: dict[str, Any] = {}
    exec(code("python"), names)
    genuine: Callable[..., bool] = names["genuine"]
    secret, other = webhook_secret(), webhook_secret()
    headers = signed(secret)
    assert genuine(secret, headers, BODY)
    assert genuine(secret, headers | {"webhook-signature": f"v1,none {headers['webhook-signature']}"}, BODY)
    assert not genuine(other, headers, BODY)
    assert not genuine(secret, headers, BODY + b" ")
    assert not genuine(secret, headers | {"webhook-timestamp": "1"}, BODY)


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
def test_the_php_of_the_page_takes_ours_and_no_other() -> None:
    secret, other = webhook_secret(), webhook_secret()
    headers = signed(secret)
    body = BODY.decode()

    def genuine(key: str, said: str) -> str:
        words = [key, headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], said]
        program = f"{code('php')} echo genuine(...array_slice($argv, 1)) ? 'yes' : 'no';"
        return subprocess.run(["php", "-r", program, "--", *words], capture_output=True, text=True, check=True).stdout

    assert (genuine(secret, body), genuine(other, body), genuine(secret, body + " ")) == ("yes", "no", "no")
