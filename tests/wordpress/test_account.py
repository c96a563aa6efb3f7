"""What a customer sees in My Account, and a shop manager beside an order and a user: who has support, and until when."""

from __future__ import annotations

import html
import re

import pytest
import requests

from tests.http.serving import Server
from tests.wordpress.connected import ConnectedShop
from tests.wordpress.support_form import REQUEST, TEST_MAIL, TEST_STORE, Visitor, customer, form_page, text_of

KEY = "ISSUED-KEY-0009"
LATER = re.compile(r'data-support-connector-later="([^"]+)"')


@pytest.fixture
def store(shop: ConnectedShop) -> ConnectedShop:
    """A shop with WooCommerce's stand-in and Ada as its customer, whose order 9 has the number A-1009."""
    for plugin in (TEST_MAIL, TEST_STORE):
        shop.wordpress.install(plugin, plugin.name)
        shop.wordpress.activate(plugin.name)
    customer(shop.wordpress)
    shop.wordpress.run(
        "$ada = get_user_by('login', 'ada')->ID; update_option('test_orders', [9 => ['number' => 'A-1009', 'customer' => $ada,"
        " 'email' => 'ada@example.com', 'product' => 'Acme Forms'], 12 => ['number' => '9', 'customer' => 0,"
        " 'email' => 'eve@example.com', 'product' => 'Acme Maps']]);"
        "update_option('test_account_page', wp_insert_post(['post_title' => 'Account', 'post_name' => 'my-account',"
        " 'post_type' => 'page', 'post_status' => 'publish', 'post_content' => '[test_account]']));"
        "(new SupportConnector\\Connection())->save(['api_token' => $arguments]);",
        shop.vendor.token("eligibility:read"),
    )
    return shop


@pytest.fixture
def ada(store: ConnectedShop) -> requests.Session:
    """Ada, signed in."""
    return store.wordpress.signed_in("ada", "a password for tests")


def issue(store: ConnectedShop, order: str = "9", email: str = "ada@example.com") -> None:
    """The connector told a key that it made for an order."""
    store.wordpress.run(
        "$data = ['license_key' => $arguments[0], 'license' => 'lic_1', 'order_id' => $arguments[1],"
        " 'product' => 'acme-forms', 'customer' => ['email' => $arguments[2]]];"
        "SupportConnector\\Plugin::get()->news()->put('n' . $arguments[1], 'license.issued', $data, time());"
        "do_action('support_connector_license_issued', $data, 'n' . $arguments[1]);",
        [KEY, order, email],
    )


def read(session: requests.Session, url: str, status: int = 200) -> str:
    reply = session.get(html.unescape(url), timeout=60)
    assert reply.status_code == status, reply.text[-2000:]
    return reply.text


def support_tab(store: ConnectedShop, session: requests.Session) -> str:
    return read(session, f"{store.wordpress.url}/my-account/support/")


def loaded(session: requests.Session, page: str) -> str:
    """What the page's script loads into it afterwards, as words."""
    told = [session.get(html.unescape(url), timeout=60).json()["html"] for url in LATER.findall(page)]
    return text_of(" ".join(told))


def test_the_tab_stands_before_log_out_and_its_address_works_at_once(
    store: ConnectedShop, ada: requests.Session
) -> None:
    page = support_tab(store, ada)
    assert re.findall(r'class="tab" href="([^"]+)"', page) == ["orders", "support", "customer-logout"]
    assert "Your licences" in page
    assert "Order A-1009" in page
    assert "Acme Forms" in page
    assert "Acme Maps" not in page
    store.wordpress.run("update_option('permalink_structure', '');")
    plain = store.wordpress.run("return add_query_arg('support', '', get_permalink(get_option('test_account_page')));")
    assert "Your licences" in read(ada, plain)


def test_support_until_and_sites_are_loaded_after_the_page(store: ConnectedShop, ada: requests.Session) -> None:
    store.vendor.hook().grant(
        KEY,
        customer={"email": "ada@example.com"},
        support_until="2035-06-01T00:00:00Z",
        site_limit=3,
        sites=["a.example.com"],
    )
    issue(store)
    page = support_tab(store, ada)
    assert KEY in page
    words = loaded(ada, page)
    assert "Support: yes until 1 June 2035." in words
    assert "Sites used: 1 of 3. a.example.com" in words
    assert "Support: yes" in support_tab(store, ada)


def test_nobody_else_gets_what_the_panel_loads(store: ConnectedShop, ada: requests.Session) -> None:
    issue(store)
    [url] = LATER.findall(support_tab(store, ada))
    assert read(requests.Session(), url, 403) == '{"html":""}'
    assert KEY not in support_tab(store, requests.Session())


def test_a_key_that_comes_after_the_order_mail_is_mailed_once(store: ConnectedShop, ada: requests.Session) -> None:
    issue(store)
    issue(store)
    mails = store.wordpress.run("return get_option('test_mails', []);")
    assert [(mail["to"], KEY in mail["message"]) for mail in mails] == [("ada@example.com", True)]
    assert "order A-1009" in mails[0]["subject"]


def test_the_order_mail_holds_the_key_for_the_buyer_only(store: ConnectedShop) -> None:
    issue(store)
    buyer, plain, owner = store.wordpress.run(
        "$said = []; foreach ([[false, false], [false, true], [true, false]] as [$to_admin, $plain]) { ob_start();"
        "do_action('woocommerce_email_after_order_table', wc_get_order(9), $to_admin, $plain); $said[] = ob_get_clean(); }"
        "return $said;"
    )
    assert KEY in buyer
    assert KEY in plain
    assert "<" not in plain
    assert owner == ""


def test_the_thank_you_page_shows_the_key_to_its_signed_in_buyer_only(
    store: ConnectedShop, ada: requests.Session
) -> None:
    issue(store)
    url = f"{store.wordpress.url}/my-account/view-order/9/"
    assert KEY in read(ada, url)
    guest = read(requests.Session(), url)
    assert KEY not in guest
    assert "Sign in to see it" in guest
    assert KEY not in read(ada, f"{store.wordpress.url}/my-account/view-order/12/"), "order 12 has the number 9"


def test_who_picks_what_he_bought_is_vouched_for_and_sees_his_ticket(
    store: ConnectedShop, ada: requests.Session
) -> None:
    store.vendor.hook().grant(KEY, customer={"email": "ada@example.com"}, support_until="2035-06-01T00:00:00Z")
    issue(store)
    form = Visitor(store.wordpress, ada)
    [choice] = re.findall(r'<option value="([0-9a-f]{16})"', form.open())
    assert "licence key ending in 0009" in form.page
    assert KEY not in form.page
    words = form.send(sc_purchase=choice, sc_token=form.fields["sc_token"], **REQUEST)
    [number] = re.findall(r"SC-\w{4}-\w{4}", words)
    page = text_of(support_tab(store, ada))
    assert f"{REQUEST['sc_subject']} Ticket {number}: received First answer by" in page
    store.wordpress.run(
        "SupportConnector\\Plugin::get()->news()->put('t1', 'ticket.updated', ['ticket' => $arguments, 'state' => 'waiting',"
        " 'status_url' => 'javascript:alert(1)'], time());",
        number,
    )
    page = support_tab(store, ada)
    assert f"Ticket {number}: waiting for your answer" in text_of(page)
    assert "javascript:" not in page


def test_purchases_of_another_address_need_its_code(store: ConnectedShop, ada: requests.Session) -> None:
    nonce = re.findall(r'name="sc_nonce" value="(\w+)"', support_tab(store, ada))[0]
    url = f"{store.wordpress.url}/my-account/support/"
    ada.post(url, data={"sc_address": "eve@example.com", "sc_nonce": nonce}, timeout=60)
    [mail] = store.wordpress.run("return get_option('test_mails', []);")
    [code] = re.findall(r"Your code is (\d{8})\.", mail["message"])
    assert mail["to"] == "eve@example.com"
    wrong = ada.post(url, data={"sc_code": "00000000", "sc_nonce": nonce}, timeout=60).text
    assert "This code does not fit" in wrong
    assert "Acme Maps" not in wrong
    assert "Acme Maps" in ada.post(url, data={"sc_code": code, "sc_nonce": nonce}, timeout=60).text


def test_the_panel_stands_on_both_order_screens_and_at_the_user(store: ConnectedShop, ada: requests.Session) -> None:
    store.vendor.hook().grant(
        KEY, customer={"email": "ada@example.com"}, order_id="9", support_until="2020-06-01T00:00:00Z"
    )
    owner = store.wordpress.signed_in()
    post, user = store.wordpress.run(
        "return [wp_insert_post(['post_type' => 'shop_order', 'post_status' => 'publish', 'import_id' => 9]),"
        " get_user_by('login', 'ada')->ID];"
    )
    admin = f"{store.wordpress.url}/wp-admin"
    for screen in (
        f"admin.php?page=wc-orders&id={post}",
        f"post.php?post={post}&action=edit",
        f"user-edit.php?user_id={user}",
    ):
        words = loaded(owner, read(owner, f"{admin}/{screen}"))
        assert "Support: no it ended on 1 June 2020." in words, screen
        assert "Support for Forms ended on" in words
    asked = LATER.findall(read(owner, f"{admin}/user-edit.php?user_id={user}"))[0]
    assert "Support" not in read(ada, asked, 403)


def test_a_screen_never_waits_for_a_connector_that_is_away(
    store: ConnectedShop, ada: requests.Session, connector: Server
) -> None:
    issue(store)
    owner = store.wordpress.signed_in()
    screen = f"{store.wordpress.url}/wp-admin/admin.php?page=wc-orders&id=9"
    connector.stop()
    [url] = LATER.findall(read(owner, screen))
    assert read(owner, url, 503) == '{"html":""}'
    assert "does not answer just now" in read(owner, screen)
    assert KEY in support_tab(store, ada)


def test_without_a_connection_the_panel_says_so(store: ConnectedShop) -> None:
    store.wordpress.run("delete_option('support_connector_connection');")
    page = read(store.wordpress.signed_in(), f"{store.wordpress.url}/wp-admin/admin.php?page=wc-orders&id=9")
    assert "Not connected to a support connector yet" in page


def test_the_panel_as_shortcode_asks_guests_to_sign_in(store: ConnectedShop, ada: requests.Session) -> None:
    url = form_page(store.wordpress, "[support_connector_account]")
    assert "Sign in to see your licences and tickets" in read(requests.Session(), url)
    assert "Order A-1009" in read(ada, url)


def test_the_blocks_are_there_and_rendered(store: ConnectedShop) -> None:
    url = form_page(store.wordpress, "<!-- wp:support-connector/form /-->")
    assert 'class="support-connector-form"' in read(requests.Session(), url)
    editor = read(store.wordpress.signed_in(), f"{store.wordpress.url}/wp-admin/post-new.php?post_type=page")
    assert "assets/block.js" in editor
