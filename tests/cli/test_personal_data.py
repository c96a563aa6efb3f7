"""customer export and erase, retention run: what is held on a person, handed out, taken away, and what stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, insert, select

from connector.domain.licensing.standing import Standing
from connector.licences import lookup
from connector.operations import personal_data, retention
from connector.storage.database import reading, transaction
from connector.storage.keyring import Unsealable
from connector.storage.tables import decisions, metadata, tickets, vendors
from connector.storage.tables_mail import mails
from connector.storage.tables_policy import ratings
from connector.tickets import schedule
from connector.vendors.vendor import named
from tests.cli.shell import Shell
from tests.cli.test_queue import KEY, Host

EMAIL, NAME = "zoe.canary@example.com", "Zoe Quillfeather"
ZOE = {"id": "4711", "email": EMAIL, "name": NAME}
BO = {"id": "8", "email": "bo@example.com", "name": "Bo Example"}
WHY = ("--why", "asked for by mail")
OTHER_KEY = "AAAA-BBBB-CCCC-0002"


def tell(host: Host, kind: str, data: dict[str, Any], message_id: str) -> Any:
    return host.tell(json.dumps({"type": kind, "data": data}).encode(), message_id)


@pytest.fixture
def host(acme: Shell) -> Host:
    """Zoe and Bo with a licence, an order and a customer record each; Zoe with a solved ticket, too."""
    acme.run("product", "set", "forms", "--vendor", "acme", "--delegates", "2")
    made = Host(acme)
    for person, key in ((ZOE, KEY), (BO, OTHER_KEY)):
        order = {"order_id": f"5{person['id']}", "customer": person, "total": "79.00", "currency": "EUR"}
        items = [{"product": "forms", "license_key": key, "amount": "79.00"}]
        tell(made, "order.paid", order | {"items": items}, f"msg_order_{person['id']}")
        grant = {"license_key": key, "product": "forms", "customer": person, "order_id": order["order_id"]}
        tell(made, "license.granted", grant | {"sites": [f"shop{person['id']}.example.com"]}, f"msg_{person['id']}")
        tell(made, "customer.updated", {"customer": person}, f"msg_customer_{person['id']}")
        invoice = {"invoice_id": f"9{person['id']}", "customer": person, "due_at": "2030-01-01T00:00:00Z"}
        tell(made, "invoice.issued", invoice, f"msg_invoice_{person['id']}")
    acme.run("license", "delegate", "add", OTHER_KEY, EMAIL, "--why", "Zoe Quillfeather, or Zoe, helps")
    acme.run("customer", "merge", "--vendor", "acme", "--keep", "4711", "--duplicate", "zoe.old@example.com", *WHY)
    tell(made, "support.requested", request("r1", ZOE), "msg_ask")
    tell(made, "ticket.message", {"request_id": "r1", "message": f"Yours, {NAME}", "requester": ZOE}, "msg_more")
    refused = request("r2", ZOE) | {"kind": "custom_development"}
    assert tell(made, "support.requested", refused, "msg_refused")["decision"]["outcome"] != "accept"
    add_mail_and_rating(acme)
    return made


def request(ref: str, person: dict[str, str], key: str = KEY) -> dict[str, Any]:
    words = {"subject": f"{NAME} asks", "message": f"Write to {EMAIL.upper()}, {NAME}.", "kind": "how_to_feature"}
    more = {"attachments": [f"https://files.example.com/{NAME.replace(' ', '_')}.png"], "requester": person}
    return {"request_id": ref, "license_key": key} | words | more


def add_mail_and_rating(shell: Shell) -> None:
    app = shell.runtime
    with transaction(app.engine) as tx:
        ticket = tx.execute(select(tickets)).one()
        content = {"to": EMAIL, "subject": "Taken", "text": f"Dear {NAME}", "vendor": "acme", "number": ticket.number}
        row = {
            "id": "mail_1",
            "vendor_id": ticket.vendor_id,
            "ticket_id": ticket.id,
            "ref": "accepted",
            "state": "done",
        }
        times = {
            "due_at": app.clock(),
            "created_at": app.clock(),
            "place": 0,
            "change": "accepted",
            "message_id": "<1@x>",
        }
        tx.execute(insert(mails).values(**row, **times, sealed=app.keyring.seal(json.dumps(content).encode())))
        rated = {"ticket_id": ticket.id, "vendor_id": ticket.vendor_id, "score": 5, "rated_at": app.clock()}
        tx.execute(insert(ratings).values(**rated, words=app.keyring.seal(f"Thanks, {NAME}".encode())))


def solve(shell: Shell) -> str:
    number = str(shell.json("tickets", "list")[0]["number"])
    shell.run("tickets", "resolve", number)
    return number


def opened(shell: Shell) -> list[str]:
    """Every value in the database as text, sealed ones opened."""
    found = []
    with reading(shell.runtime.engine) as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)):
                for column, value in zip(table.columns, row, strict=True):
                    found.append(f"{table.name}.{column.name} {text_of(shell, column, value)}")
    return found


def text_of(shell: Shell, column: Any, value: Any) -> str:
    if not isinstance(column.type, LargeBinary) or not value:
        return str(value)
    try:
        return shell.runtime.keyring.unseal(value).decode("utf-8", errors="replace")
    except Unsealable:
        return ""


def traces(shell: Shell) -> list[str]:
    words = ("canary", "quillfeather", "zoe.old", '"4711"', ":4711", "customer:4711", " 4711")
    return [each for each in opened(shell) if any(word in each.casefold() for word in words)]


def standing(shell: Shell, key: str) -> Standing:
    app = shell.runtime
    with reading(app.engine) as tx:
        vendor = named(tx, app, "acme")
        found = lookup.by_key(tx, vendor.id, app.keyring.key_hash(key))
        assert found is not None
        return lookup.standing_of(tx, vendor.id, found, vendor.catalogue, app.clock())


def on_disk(shell: Shell) -> bytes:
    """The files of an SQLite database as they lie on disk."""
    path = Path(str(shell.runtime.engine.url.database))
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


# --- export ---


def test_an_export_holds_everything_in_the_clear_and_no_key(host: Host) -> None:
    told = json.loads(host.shell.run("customer", "export", EMAIL, "--vendor", "acme").stdout)
    assert told["person"]["names"] == [NAME]
    assert set(told["person"]["ids"]) == {"4711"}
    expected = {"accounts", "decisions", "deliveries", "events", "licences", "mails", "ratings", "requests"}
    assert told["held"].keys() >= expected | {"ticket_notes", "tickets"}
    assert told["held"]["requests"][0]["texts"]["subject"] == f"{NAME} asks"
    assert all("key_hash" not in row and "key_sealed" not in row for rows in told["held"].values() for row in rows)
    assert "Bo Example" not in json.dumps(told["held"]["accounts"])


def test_an_export_is_found_by_every_name_and_logged_without_one(host: Host) -> None:
    by_id = json.loads(host.shell.run("customer", "export", "4711", "--vendor", "acme", *WHY).stdout)
    assert by_id["person"]["emails"] == sorted([EMAIL, "zoe.old@example.com"])
    acts = [each for each in opened(host.shell) if "customer.exported" in each]
    assert acts
    assert EMAIL not in str(acts)


def test_nothing_held_is_told(host: Host) -> None:
    said = host.shell.fails("customer", "export", "nobody@example.com", "--vendor", "acme", exits=1)
    assert "nothing is held" in said


# --- erase ---


def test_an_open_ticket_is_solved_first(host: Host) -> None:
    before = traces(host.shell)
    said = host.shell.fails("customer", "erase", EMAIL, "--vendor", "acme", *WHY, exits=1)
    assert "still open: SC-" in said
    assert traces(host.shell) == before


@pytest.mark.parametrize("word", [EMAIL, "4711", EMAIL.upper()])
def test_afterwards_no_value_in_the_database_names_the_person(host: Host, word: str) -> None:
    solve(host.shell)
    assert len(traces(host.shell)) > 10
    dry = host.shell.run("customer", "erase", word, "--vendor", "acme", *WHY, "--dry-run", "--format", "json")
    assert len(traces(host.shell)) > 10
    done = host.shell.run("customer", "erase", word, "--vendor", "acme", *WHY, "--format", "json")
    assert traces(host.shell) == []
    if host.shell.runtime.settings.sqlite:
        assert not [word for word in (b"canary", b"Quillfeather") if word in on_disk(host.shell)]
    assert json.loads(dry.stdout) == json.loads(done.stdout)
    for words in ("Kept, and why:", "Held elsewhere:"):
        assert words in done.stderr


def test_other_customers_stay_as_they_were(host: Host) -> None:
    solve(host.shell)
    before = [each for each in opened(host.shell) if "bo@example.com" in each and "canary" not in each.casefold()]
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    after = opened(host.shell)
    assert [each for each in before if each not in after] == []
    told = host.shell.json("customer", "show", "bo@example.com", "--vendor", "acme")
    assert told["names"] == ["Bo Example"]


def test_what_was_bought_stands_as_before_but_for_who_bought_it(host: Host) -> None:
    solve(host.shell)
    before = standing(host.shell, KEY)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    nobody: dict[str, Any] = {"holder": None, "owner": None, "holder_ids": (), "holder_emails": ()}
    assert replace(standing(host.shell, KEY), **nobody) == replace(before, **nobody)
    assert standing(host.shell, KEY).holder is None


def test_decisions_can_still_be_replayed(host: Host) -> None:
    solve(host.shell)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    host.shell.run("policy", "replay", "--vendor", "acme")


def test_doing_it_again_changes_nothing_and_later_news_goes_under_the_same_pseudonym(host: Host) -> None:
    solve(host.shell)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    before = opened(host.shell)
    again = host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    assert "erased before" in again.stderr
    assert opened(host.shell) == before
    renewed = {"license_key": KEY, "support_until": "2031-01-01T00:00:00Z"}
    assert tell(host, "license.renewed", renewed, "msg_later")["result"] == "applied"
    tell(host, "customer.updated", {"customer": ZOE}, "msg_again")
    tell(host, "order.refunded", {"order_id": "54711", "customer": ZOE}, "msg_refund")
    assert standing(host.shell, KEY).status == "refunded", "the refund finds the licence"
    assert traces(host.shell), "what the shop tells anew is taken in anew"
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    assert traces(host.shell) == []
    pseudonyms = {word for each in opened(host.shell) for word in each.split('"') if word.startswith("erased_")}
    assert len(pseudonyms) == 1


def test_a_request_with_the_key_is_no_strangers_afterwards(host: Host) -> None:
    solve(host.shell)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    told = tell(host, "support.requested", request("r9", ZOE), "msg_back")
    assert told["decision"]["outcome"] in ("accept", "hold")


def test_a_delivery_without_its_body_is_not_taken_twice_and_says_why_it_cannot_be_replayed(host: Host) -> None:
    solve(host.shell)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    assert tell(host, "customer.updated", {"customer": ZOE}, "msg_customer_4711")["result"] == "duplicate"
    first = host.shell.json("deliveries", "list")[-1]["delivery"]
    assert host.shell.json("deliveries", "show", first, "--body")["body"] is None
    assert "taken away" in host.shell.fails("deliveries", "replay", first, exits=2)


def test_another_vendors_customer_of_the_same_address_stays(host: Host) -> None:
    host.shell.run("vendor", "add", "other", "--policy", "whmcs-modules")
    host.shell.run("license", "issue", "--vendor", "other", "--product", "forms", "--email", EMAIL, "--name", NAME)
    solve(host.shell)
    host.shell.run("customer", "erase", EMAIL, "--vendor", "acme", *WHY)
    assert host.shell.json("customer", "show", EMAIL, "--vendor", "other")["names"] == [NAME]


def test_every_table_says_whose_its_rows_are() -> None:
    for table in metadata.sorted_tables:
        if table.name not in personal_data.SET_UP:
            personal_data.belongs(table, "ven_1")


# --- retention ---


def aged(shell: Shell, days: int, **periods: Any) -> Shell:
    """The same installation so many days later, with these periods."""
    later = shell.runtime.clock() + timedelta(days=days)
    settings = replace(shell.runtime.settings, **periods)
    return Shell(replace(shell.runtime, settings=settings, clock=lambda: later))


def counts(shell: Shell, *words: str) -> dict[str, int]:
    return {each["table"]: each["rows"] for each in shell.json("retention", "run", *words)}


ALL: dict[str, Any] = {"keep_bodies": 30, "keep_texts": 30, "keep_decisions": 30}


def test_without_a_period_nothing_goes_and_that_is_said(host: Host) -> None:
    solve(host.shell)
    before = opened(host.shell)
    said = aged(host.shell, 10_000).run("retention", "run")
    assert "CONNECTOR_KEEP_TEXTS" in said.stderr
    assert opened(host.shell) == before


def test_a_dry_run_counts_what_a_run_takes_and_a_second_run_finds_nothing(host: Host) -> None:
    solve(host.shell)
    before = opened(host.shell)
    old = aged(host.shell, 31, **ALL)
    expected = counts(old, "--dry-run")
    assert opened(host.shell) == before
    assert all(expected.values()), expected
    assert counts(old) == expected
    assert set(counts(old).values()) == {0}
    assert not [each for each in opened(host.shell) if "asks" in each or "Thanks" in each or "Yours" in each]


def test_nothing_goes_before_its_time(host: Host) -> None:
    solve(host.shell)
    before = opened(host.shell)
    assert set(counts(aged(host.shell, 29, **ALL)).values()) == {0}
    assert opened(host.shell) == before


def test_open_tickets_quarantine_and_the_ledger_stay(host: Host) -> None:
    host.tell(b"hello", "msg_broken")
    old = aged(host.shell, 10_000, **ALL)
    standings = standing(host.shell, KEY), standing(host.shell, OTHER_KEY)
    counts(old)
    [number] = [each["number"] for each in host.shell.json("tickets", "list")]
    shown = host.shell.json("tickets", "show", number)
    assert shown["subject"] == f"{NAME} asks", "somebody still has to answer it"
    [broken] = host.shell.json("deliveries", "list", "--result", "quarantined")
    assert host.shell.json("deliveries", "show", broken["delivery"], "--body")["body"] == "hello"
    assert (standing(host.shell, KEY), standing(host.shell, OTHER_KEY)) == standings
    with reading(host.shell.runtime.engine) as tx:
        assert tx.execute(select(decisions.c.id)).scalars().all() == [
            tx.execute(select(tickets.c.decision_id)).scalar_one()
        ]


def test_a_ticket_that_was_opened_again_keeps_its_words(host: Host) -> None:
    number = solve(host.shell)
    host.shell.run("tickets", "reopen", number)
    counts(aged(host.shell, 10_000, **ALL))
    assert host.shell.json("tickets", "show", number)["subject"] == f"{NAME} asks"


def test_a_solved_ticket_can_still_be_shown_without_its_words(host: Host) -> None:
    number = solve(host.shell)
    counts(aged(host.shell, 31, **ALL))
    shown = host.shell.json("tickets", "show", number)
    assert (shown["subject"], shown["message"]) == ("", "")
    host.shell.run("tickets", "history", number)
    host.shell.run("metrics", "report", "--vendor", "acme")
    with reading(host.shell.runtime.engine) as tx:
        vendor_id = tx.execute(select(vendors.c.id)).scalar_one()
        ticket = tx.execute(select(tickets).where(tickets.c.vendor_id == vendor_id)).one()
        assert schedule.acts_of(tx, ticket.id)
    assert {rule.setting for rule in retention.RULES} == set(ALL)
