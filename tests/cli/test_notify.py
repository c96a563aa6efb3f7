"""notify add, list, test, log, replay, remove; doctor: what a terminal shows of what a vendor's own programs are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.outgoing.posting import post
from connector.runtime import utc_now
from tests.cli.shell import Shell
from tests.servers.receiver import Receiver, receiving
from webhooks import signatures


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def telling(acme: Shell) -> Shell:
    """A terminal of an installation that can post."""
    acme.runtime = replace(acme.runtime, sign=signatures.sign, post=post, clock=utc_now)
    return acme


def test_an_endpoint_is_made_tried_replayed_and_removed(telling: Shell, receiver: Receiver) -> None:
    made = telling.json("notify", "add", "--vendor", "acme", "--url", receiver.url, "--allow-private")
    assert made["secret"].startswith("whsec_")
    assert telling.json("notify", "test", made["id"])["state"] == "done"
    assert [each["type"] for each in receiver.verified(made["secret"])] == ["ping"]
    [told] = telling.json("notify", "list", "--vendor", "acme")
    assert (told["id"], told["sent"], made["secret"] in str(told)) == (made["id"], 1, False)
    receiver.answers = [500]
    assert "500" in telling.run("notify", "test", made["id"], exits=1).stdout
    first, second = telling.json("notify", "log", made["id"])
    assert {first["state"], second["state"]} == {"queued", "done"}
    assert telling.json("notify", "replay", second["id"])[0]["state"] == "done"
    telling.run("notify", "remove", made["id"])
    assert "notify list" in telling.fails("notify", "remove", made["id"], exits=1)
    assert "notify list" in telling.fails("notify", "test", made["id"], exits=1)


def test_the_doctor_names_what_the_receiver_gave_up(telling: Shell, receiver: Receiver) -> None:
    made = telling.json("notify", "add", "--vendor", "acme", "--url", receiver.url, "--allow-private")
    part = f"notifications to {receiver.url}"
    assert {row["part"]: row["state"] for row in telling.json("doctor")}[part] == "ok"
    receiver.answers = [410]
    telling.run("notify", "test", made["id"], exits=1)
    assert "410" in telling.run("doctor", exits=1).stdout


def test_bad_words_are_refused_with_the_way_out(telling: Shell) -> None:
    words = ("notify", "add", "--vendor", "acme", "--url")
    assert "https://" in telling.fails(*words, "http://shop.example.com/hooks", exits=2)
    assert "user name" in telling.fails(*words, "https://a:b@shop.example.com/hooks", exits=2)
    assert "notify log" in telling.fails("notify", "replay", "ntf_none", exits=1)
