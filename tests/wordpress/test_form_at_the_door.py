"""What stops a form before anything is stored or sent, with everything typed still in it."""

from __future__ import annotations

import pytest
import requests

from tests.wordpress.connected import ConnectedShop
from tests.wordpress.support_form import REQUEST, Visitor, customer

GUEST = {"sc_email": "ada@example.com", "sc_license_key": "KEY-ONE-0001"} | REQUEST
MARKUP = "\"><script>alert('x')</script><b>Ünï & co</b> [support_connector_form] %20 a < b"


@pytest.fixture
def guest(shop: ConnectedShop) -> Visitor:
    """A guest at the form of a connected shop."""
    return Visitor(shop.wordpress)


def kept(shop: ConnectedShop) -> tuple[int, int]:
    """Drafts, and requests in the outbox."""
    drafts, rows = shop.wordpress.run(
        "$made = SupportConnector\\Schema::rows('SELECT COUNT(*) AS n FROM ' . SupportConnector\\Schema::table('drafts'));"
        "return [(int) $made[0]['n'], SupportConnector\\Plugin::get()->outbox()->counts()['sent'] ?? 0];"
    )
    return drafts, rows


def stands(visitor: Visitor, typed: dict[str, str]) -> bool:
    """Whether all of it stands in the form still."""
    return {name: visitor.fields.get(name) for name in typed} == typed


def test_what_a_machine_fills_is_stopped(shop: ConnectedShop, guest: Visitor) -> None:
    words = guest.send(**GUEST, sc_website="https://spam.example.com")
    assert "This looked like an automatic message" in words
    assert kept(shop) == (0, 0)
    assert stands(guest, GUEST)
    assert guest.fields["sc_website"] == ""


@pytest.mark.parametrize("age", [0, 90_000])
def test_a_stale_or_hasty_page_asks_once_more(shop: ConnectedShop, guest: Visitor, age: int) -> None:
    token = shop.wordpress.run("return SupportConnector\\Form\\FormToken::issue(false, time() + 5 - $arguments);", age)
    assert "Please press Send once more" in guest.send(**GUEST, sc_token=token)
    assert kept(shop) == (0, 0)
    assert stands(guest, GUEST)


def test_the_time_that_stands_in_the_page_is_enough_without_a_script(shop: ConnectedShop, guest: Visitor) -> None:
    token = shop.wordpress.run("return SupportConnector\\Form\\FormToken::issue(false, time() - 60);")
    guest.send(**GUEST, sc_token=token)
    assert kept(shop)[0] == 1


@pytest.mark.parametrize("token", ["", "f1.0", "p99999999999." + "0" * 64])
def test_a_forged_token_is_stale(shop: ConnectedShop, guest: Visitor, token: str) -> None:
    assert "Please press Send once more" in guest.send(**GUEST, sc_token=token)
    assert kept(shop) == (0, 0)


def test_a_guests_token_sends_nothing_in_a_users_name(shop: ConnectedShop, guest: Visitor) -> None:
    own = Visitor(shop.wordpress, customer(shop.wordpress), guest.url)
    assert "Please press Send once more" in own.send(**REQUEST, sc_token=guest.token())
    assert kept(shop) == (0, 0)


def test_what_is_missing_is_said_at_its_field(shop: ConnectedShop, guest: Visitor) -> None:
    words = guest.send(sc_email="nobody", sc_message="Help!")
    assert "Please write your e-mail address" in words
    assert "Please choose what your request is about." in words
    assert "Please say in a few words what it is about." in words
    assert 'aria-invalid="true"' in guest.page
    assert 'href="#sc-subject"' in guest.page
    assert kept(shop) == (0, 0)
    assert guest.fields["sc_message"] == "Help!"


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk",
        "use AKIAIOSFODNN7EXAMPLE please",
        "define('DB_PASSWORD', 'hunter2');",
        "ftp://ada:hunter2@ftp.example.com/",
        "DB_PASSWORD=hunter2",
    ],
)
def test_a_key_is_neither_sent_nor_stored(shop: ConnectedShop, guest: Visitor, text: str) -> None:
    words = guest.send(**GUEST | {"sc_message": text})
    assert "Please take the password or key out of your text" in words
    assert "secure way" in words
    assert kept(shop) == (0, 0)
    assert guest.fields["sc_message"].strip() == text
    guest.send(sc_no_secret="yes")
    assert kept(shop) == (0, 0)


def test_what_looks_like_a_password_is_asked_about(shop: ConnectedShop, guest: Visitor) -> None:
    assert "Is there a password in your text?" in guest.send(**GUEST | {"sc_message": "login ada, password: hunter2"})
    assert kept(shop) == (0, 0)
    guest.send(sc_no_secret="yes")
    assert kept(shop)[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "My licence key is ABCD-1234-EF56-7890 and it says invalid",
        "The password reset page is empty. My password is not accepted.",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b broke it",
        "Where do I set the API key?",
    ],
)
def test_ordinary_words_pass(shop: ConnectedShop, text: str) -> None:
    assert shop.wordpress.run("return SupportConnector\\Form\\Secrets::in([$arguments]);", text) == ""


def test_markup_comes_back_as_it_was_typed_and_does_nothing(shop: ConnectedShop, guest: Visitor) -> None:
    typed = dict.fromkeys((*GUEST, "sc_name", "sc_site", "sc_versions", "sc_product", "sc_reproduction"), MARKUP)
    guest.send(**typed | {"sc_kind": "bug", "sc_email": "ada@example.com"})
    assert "<script>alert" not in guest.page
    assert guest.fields["sc_message"] == MARKUP
    assert guest.fields["sc_subject"] == MARKUP
    assert guest.page.count('class="support-connector-form"') == 1


def test_a_flood_is_stopped_and_told_when_to_try_again(shop: ConnectedShop, guest: Visitor) -> None:
    said = [guest.send_by_script(**GUEST, sc_product=f"p{number}")["words"] for number in range(9)]
    assert not any("Too many requests" in words for words in said[:8])
    assert "Too many requests in a short time" in said[8]
    assert "Everything you typed is still here" in said[8]
    assert kept(shop)[0] == 8
    other = Visitor(shop.wordpress, customer(shop.wordpress), guest.url)
    other.open()
    assert "Too many" not in other.send(**REQUEST, sc_token=other.fields["sc_token"])


def test_the_page_is_kept_out_of_caches(shop: ConnectedShop, guest: Visitor) -> None:
    head = requests.get(guest.url, timeout=60).headers
    assert "no-store" in head["Cache-Control"]
    assert requests.get(f"{shop.wordpress.url}/?support-connector-token=1", timeout=60).headers["Cache-Control"]
    built = shop.wordpress.run(
        "$page = wp_insert_post(['post_title' => 'Built', 'post_type' => 'page', 'post_status' => 'publish']);"
        "add_post_meta($page, '_builder', ['a' => '[support_connector_account]']); return get_permalink($page);"
    )
    assert "no-store" in requests.get(built, timeout=60).headers["Cache-Control"]
