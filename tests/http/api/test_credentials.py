"""Secrets in what customers write are neither stored, nor logged, nor told back (CRD-01); what cannot be certain is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select
from sqlalchemy.engine import make_url

from connector.storage.database import reading
from connector.storage.keyring import Unsealable
from connector.storage.tables import metadata
from tests.http.serving import Server
from tests.http.shops import Hook, event, question

KEY = "AAAA-BBBB-CCCC-0001"
CANARY = "Zq7kW3canary9Tn4"
BLOCK = f"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA{CANARY}\nq83vEjRWeJCrze8S\n-----END RSA PRIVATE KEY-----"
CERTAIN = {
    "token": f"My key is ghp_{CANARY}{'aB3dE6gH9jK2mN5pQ8sT'} I think.",
    "private_key": f"This is it:\n{BLOCK}\nThanks!",
    "connection_string": f"See mysql://root:{CANARY}@db.example.com/shop for it.",
}
LIKELY = {
    "password": f"Log in with user ada, password: {CANARY}!",
    "with a dash": f"FTP password - {CANARY}#1",
}
PLACES = ("message", "subject", "reproduction")


def stored(server: Server) -> str:
    """Everything that stands in the database, sealed values opened, and its files as they lie on disk."""
    pieces = []
    with reading(server.runtime.engine) as tx:
        for table in metadata.sorted_tables:
            sealed = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
            for row in tx.execute(select(table)).mappings():
                pieces += [repr(dict(row))] + [_opened(server, row[name]) for name in sealed if row[name] is not None]
    if server.sqlite:
        path = Path(make_url(server.database_url).database or "")
        pieces += [file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*")]
    return "\n".join(pieces)


def _opened(server: Server, sealed: bytes) -> str:
    try:
        return server.runtime.keyring.unseal(sealed).decode("utf-8", errors="replace")
    except Unsealable:
        return ""


def is_nowhere(hook: Hook, canary: str, *replies: str) -> None:
    server = hook.shop.server
    assert canary not in stored(server)
    assert canary not in server.log()
    assert canary not in "".join(replies)


@pytest.mark.parametrize("text", [*CERTAIN.values(), *LIKELY.values()], ids=[*CERTAIN, *LIKELY])
@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_a_request_is_cut_before_anything_is_kept(hook: Hook, text: str, place: str) -> None:
    hook.grant(KEY)
    reply = hook.ask("r1", license_key=KEY, **{place: text})
    assert reply["decision"]["outcome"] in ("accept", "ask")
    assert {"credentials_removed", "credentials_not_accepted"} & {each["code"] for each in reply["decision"]["reasons"]}
    shown = hook.shop.shell.run("deliveries", "show", reply["delivery"], "--body").stdout
    assert "[removed:" in shown
    is_nowhere(hook, CANARY, json.dumps(reply), shown)


def test_the_rest_of_the_words_and_the_request_go_on(hook: Hook) -> None:
    hook.grant(KEY)
    reply = hook.ask("r1", license_key=KEY, message=f"I cannot export.\npassword: {CANARY}\nSince version 4.2.")
    shown = hook.shop.shell.json("tickets", "show", reply["ticket"]["number"])
    assert "I cannot export." in shown["message"]
    assert "Since version 4.2." in shown["message"]
    [notice] = [each for each in reply["decision"]["reasons"] if each["code"] == "credentials_removed"]
    assert (notice["severity"], notice["remedy"]["kind"]) == ("notice", "share_access")


def test_a_licence_key_is_no_credential(hook: Hook) -> None:
    hook.grant(KEY)
    reply = hook.ask("r1", license_key=KEY, message=f"My key is {KEY}.")
    assert "credentials_removed" not in {each["code"] for each in reply["decision"]["reasons"]}


OTHER_PLACES: dict[str, dict[str, Any]] = {
    "environment": {"environment": {"php": "8.2", "ftp_password": CANARY}},
    "an unknown member": {"server": {"admin_password": CANARY}},
    "a form's fields": {"fields": [{"name": "Password", "value": CANARY}]},
    "an attachment": {"attachments": [f"https://ada:{CANARY}@files.example.com/a.png"]},
}


@pytest.mark.parametrize("words", OTHER_PLACES.values(), ids=OTHER_PLACES.keys())
def test_a_secret_in_any_other_member_is_cut_too(hook: Hook, words: dict[str, Any]) -> None:
    hook.grant(KEY)
    is_nowhere(hook, CANARY, json.dumps(hook.ask("r1", license_key=KEY, **words)))


def test_a_secret_in_a_further_message_is_cut(hook: Hook) -> None:
    hook.grant(KEY)
    number = hook.ask("r1", license_key=KEY)["ticket"]["number"]
    reply = hook.tell("ticket.message", {"request_id": "r1", "message": CERTAIN["token"]})
    shown = hook.shop.shell.run("tickets", "show", number).stdout
    assert "[removed:" in shown
    is_nowhere(hook, CANARY, json.dumps(reply), shown)


UNREADABLE: dict[str, bytes] = {
    "not JSON": f"password: {CANARY}".encode(),
    "cut off": event("support.requested", question("r1", message=CERTAIN["token"]))[:-1],
    "a list": json.dumps([CERTAIN["connection_string"]]).encode(),
    "typed oddly": event("support.requested", question("r1", message=CERTAIN["token"], site=5)),
    "a list where a word is wanted": event("support.requested", question("r1", channel=[CERTAIN["token"]])),
    "an unknown event": event("secret.told", {"password": CANARY}),
    "invalid UTF-8": b"\xff" + CERTAIN["private_key"].encode(),
}


TYPED = ("typed oddly", "a list where a word is wanted")
"""What a person fills in never quarantines his request."""


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_secret_in_a_body_of_odd_form_is_cut_before_it_is_kept(hook: Hook, name: str) -> None:
    answer = hook.post(UNREADABLE[name])
    assert answer.json()["result"] in (("decided",) if name in TYPED else ("quarantined", "ignored"))
    is_nowhere(hook, CANARY, answer.text)


def test_a_body_that_is_not_authentic_leaves_no_word_behind(hook: Hook) -> None:
    body = event("support.requested", question("r1", message="Zq7kW3forged9Tn4"))
    assert hook.post(body, hook.signed(b"another")).status_code == 401
    is_nowhere(hook, "Zq7kW3forged9Tn4")


def test_keys_and_signatures_stand_nowhere_in_the_clear(hook: Hook) -> None:
    """Licence keys are looked up by a keyed hash and kept sealed; the endpoint's secret is sealed, too."""
    plain = "PLAIN-KEY7-NEVER-5HOWN"
    hook.grant(plain)
    reply = hook.ask("r1", license_key=plain)
    headers = hook.signed(b'{"type":"ping"}')
    assert hook.post(b'{"type":"ping"}', headers).status_code == 200
    raw = "\n".join(_raw(hook.shop.server))
    for secret in (plain, hook.secret, headers["webhook-signature"].removeprefix("v1,")):
        assert secret not in raw
        assert secret not in hook.shop.server.log()
    assert plain not in json.dumps(reply)


def _raw(server: Server) -> list[str]:
    with reading(server.runtime.engine) as tx:
        return [repr(dict(row)) for table in metadata.sorted_tables for row in tx.execute(select(table)).mappings()]
