"""A customer asks by the form on the vendor's site: decided at once, and nothing that was typed is lost."""

from __future__ import annotations

import re

import pytest

from tests.http.serving import Server
from tests.wordpress.connected import ConnectedShop
from tests.wordpress.support_form import REQUEST, TEST_MAIL, Visitor, customer

GUEST = {"sc_email": "ada@example.com", "sc_name": "Ada", "sc_license_key": "KEY-ONE-0001"} | REQUEST
TICKET = re.compile(r"Your ticket has the number (SC-\w{4}-\w{4})\.")


def mails(shop: ConnectedShop) -> list[dict[str, str]]:
    """What the site mailed, oldest first."""
    found: list[dict[str, str]] = shop.wordpress.run("return get_option('test_mails', []);")
    return found


def asked(shop: ConnectedShop) -> int:
    return shop.vendor.rows()["requests"]


def lapse(shop: ConnectedShop) -> None:
    """Ada's licence ended."""
    shop.put("KEY-ONE-0001", 2020)
    shop.send()


@pytest.fixture
def ada(shop: ConnectedShop) -> Visitor:
    """A guest at the form of a shop where Ada has a running licence."""
    shop.wordpress.install(TEST_MAIL, "test-mail")
    shop.wordpress.activate("test-mail")
    shop.put("KEY-ONE-0001", 2035)
    shop.send()
    return Visitor(shop.wordpress)


def test_a_covered_request_gets_its_number_and_due_time(shop: ConnectedShop, ada: Visitor) -> None:
    words = ada.send(**GUEST)
    assert "We have your request" in words
    assert TICKET.search(words)
    assert re.search(r"You will have a first answer by \w+day, \d+ \w+ \d{4}, \d\d:\d\d \(UTC\)\.", words)
    assert "The answer goes to ada@example.com." in words
    assert "/t/" in ada.page
    assert ada.fields == {}
    assert asked(shop) == 1


def test_refused_then_renewed_the_kept_draft_gets_a_ticket(shop: ConnectedShop, ada: Visitor) -> None:
    lapse(shop)
    words = ada.send(**GUEST)
    assert "Your request is not covered yet" in words
    assert "Support needs an active licence, and this one is expired. (Our support policy, clause 4)" in words
    assert "Renew support" in words
    assert "press Send again" in words
    assert {name: ada.fields[name] for name in GUEST} == GUEST
    shop.put("KEY-ONE-0001", 2035)
    shop.send()
    ada.page = ""
    assert TICKET.search(ada.send())
    assert asked(shop) == 1


def test_a_way_out_leads_where_the_policy_says_else_into_the_shop(shop: ConnectedShop, ada: Visitor) -> None:
    lapse(shop)
    ada.send(**GUEST)
    assert f'href="{shop.wordpress.url}/">Renew support</a>' in ada.page
    renew = "https://shop.example.com/renew?plan=1&from=support"
    shop.vendor.shell.run("vendor", "set-policy", shop.vendor.slug, "whmcs-modules", "--set", f"links.renew={renew}")
    ada.send()
    assert 'href="https://shop.example.com/renew?plan=1&#038;from=support">Renew support</a>' in ada.page


def test_while_the_connector_is_down_it_is_kept_and_sent_later(
    shop: ConnectedShop, ada: Visitor, connector: Server
) -> None:
    connector.stop()
    words = ada.send(**GUEST)
    assert "Your request is kept and will be sent" in words
    assert asked(shop) == 0
    connector.start()
    shop.end_pause()
    shop.send()
    assert asked(shop) == 1
    ada.open(ada.url)
    assert TICKET.search(ada.result)
    [told] = mails(shop)
    assert told["to"] == "ada@example.com"
    assert "How do I export a form?" in told["subject"]
    assert TICKET.search(told["message"])
    assert shop.send() == 0
    assert asked(shop) == 1


def test_kept_and_then_refused_leads_back_to_the_text_by_mail(
    shop: ConnectedShop, ada: Visitor, connector: Server
) -> None:
    lapse(shop)
    connector.stop()
    ada.send(**GUEST)
    connector.start()
    shop.end_pause()
    shop.send()
    [told] = mails(shop)
    assert "this one is expired" in told["message"]
    [link] = re.findall(r"send it again here: (\S+)", told["message"])
    back = Visitor(shop.wordpress, page=link)
    back.open()
    assert {name: back.fields[name] for name in GUEST} == GUEST


def test_not_connected_it_is_kept_until_there_is_a_connection(shop: ConnectedShop, ada: Visitor) -> None:
    shop.wordpress.run("delete_option('support_connector_connection');")
    assert "Your request is kept and will be sent" in ada.send(**GUEST)
    shop.connect()
    shop.send()
    assert asked(shop) == 1


def test_a_signed_in_customer_is_known_and_finds_his_draft_again(shop: ConnectedShop, ada: Visitor) -> None:
    lapse(shop)
    own = Visitor(shop.wordpress, customer(shop.wordpress), ada.url)
    assert "You are signed in as Ada (ada@example.com)." in own.open()
    assert "sc_email" not in own.fields
    own.page = own.open()
    refused = own.send(sc_license_key="KEY-ONE-0001", sc_token=own.fields["sc_token"], **REQUEST)
    assert "not covered yet" in refused
    assert own.fields["sc_message"] == REQUEST["sc_message"]
    opened = own.url
    stranger = Visitor(shop.wordpress, page=opened)
    assert REQUEST["sc_message"] not in stranger.open()
    other = Visitor(shop.wordpress, customer(shop.wordpress, "eve", "eve@example.com"), opened)
    assert REQUEST["sc_message"] not in other.open()


def test_the_script_gets_the_same_answer_as_json(shop: ConnectedShop, ada: Visitor) -> None:
    lapse(shop)
    told = ada.send_by_script(**GUEST)
    assert (told["state"], told["faults"]) == ("open", {})
    assert "this one is expired" in told["words"]
    shop.put("KEY-ONE-0001", 2035)
    shop.send()
    again = ada.send_by_script(**GUEST, sc_draft=told["draft"])
    assert again["state"] == "sent"
    assert TICKET.search(again["words"])
    assert asked(shop) == 1


def test_what_the_connector_asks_for_is_asked_at_its_field(shop: ConnectedShop, ada: Visitor) -> None:
    words = ada.send(**GUEST | {"sc_license_key": ""})
    assert "We need to know a little more" in words
    assert "Please name your licence key or order number" in words
    assert re.search(r'name="sc_license_key"[^>]*aria-invalid="true"', ada.page)
    assert TICKET.search(ada.send(sc_license_key="KEY-ONE-0001"))


def test_the_button_pressed_twice_is_one_request(shop: ConnectedShop, ada: Visitor) -> None:
    first = ada.send_by_script(**GUEST)
    second = ada.send_by_script(**GUEST)
    assert TICKET.search(first["words"])[1] == TICKET.search(second["words"])[1]  # type: ignore[index]
    assert asked(shop) == 1
