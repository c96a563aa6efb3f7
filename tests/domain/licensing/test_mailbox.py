"""One mailbox in all its spellings, and never two mailboxes as one."""

from __future__ import annotations

from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connector.domain.licensing.mailbox import address, read, same_mailbox
from connector.formats.hostnames import encode_host

locals_ = st.from_regex(r"[a-z0-9]{1,6}([.+_-][a-z0-9]{1,6}){0,2}", fullmatch=True)
labels = st.text("abxyzABXYZ019-éèßẞüÜσςΣоі例子नम॰ｅ\u0301\u0308\u200cاب", min_size=1, max_size=6)
a_labels = st.from_regex(r"xn--[a-z0-9-]{1,10}\.(de|xn--p1ai)", fullmatch=True)
hosts = st.lists(labels, min_size=1, max_size=3).map(".".join) | a_labels


@pytest.mark.parametrize(
    ("text", "email", "name"),
    [
        ("ann@example.com", "ann@example.com", None),
        ("Ann Lee <Ann@Example.com>", "ann@example.com", "Ann Lee"),
        ('"Lee, Ann" <ann@example.com>', "ann@example.com", "Lee, Ann"),
        ("<ann@example.com>", "ann@example.com", None),
        ("ann@example.com (Ann Lee)", "ann@example.com", "Ann Lee"),
        ("“ann@example.com”,", "ann@example.com", None),
        ("mailto:ann@example.com?subject=Hi", "ann@example.com", None),
        ("E-mail: ann@example.com", "ann@example.com", None),
        ("ann @ example.com", "ann@example.com", None),
        ("ann＠example。com", "ann@example.com", None),
        ("\u00a0ann\u200b@exa\u00admple.com\u2003\r\n", "ann@example.com", None),
        ("my address is ann@example.com", "ann@example.com", None),
        ("Ann\nann@example.com\n", "ann@example.com", None),
        ("ann@example.com, ANN@example.com", "ann@example.com", None),
        ("o'neil@example.com", "o'neil@example.com", None),
        ('"john doe"@example.com', '"john doe"@example.com', None),
    ],
)
def test_an_address_is_read_out_of_what_stands_around_it(text: str, email: str, name: str | None) -> None:
    person = read(text)
    assert person is not None
    assert (person.email, person.name) == (email, name)


@pytest.mark.parametrize(
    "text",
    [
        "jane+lic@buyer.example",
        "jane%2Blic@buyer.example",
        "jane%252blic%40buyer.example",
        "jane lic@buyer.example",
        "JANE%2BLIC@Buyer.Example",
    ],
)
def test_a_plus_sent_raw_or_encoded_twice_is_a_plus(text: str) -> None:
    assert address(text, query=True) == "jane+lic@buyer.example"


def test_a_space_is_no_plus_where_nothing_was_decoded() -> None:
    assert address("jane lic@buyer.example") is None
    assert address("jane%2Blic@buyer.example") == "jane+lic@buyer.example"


@given(st.from_regex(r"[a-z0-9]([a-z0-9._+-]{0,18}[a-z0-9])?@[a-z0-9-]{0,9}[a-z0-9]\.example", fullmatch=True))
def test_however_software_encodes_an_address_it_is_the_same_one(sent: str) -> None:
    """A query built by hand: not at all encoded, once, twice, three times, all but the @."""
    by_hand = [sent, quote(sent), quote_plus(quote_plus(sent)), quote(quote(quote(sent))), quote(sent, safe="@")]
    assert {address(unquote_plus(each), query=True) for each in by_hand} == {sent}


@pytest.mark.parametrize("text", ["100%@shop.example", "a%zz@shop.example", "+@shop.example"])
def test_what_is_no_escape_stays_as_it_came(text: str) -> None:
    assert address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "ann", "ann@", "@", "@example.com", "a@b@c", "ann@example,com", "ann at example.com", "ann@-", "ann@."),
        *("ann@example.com, bob@example.com", "ann@example.com bob@example.com", "a@" + "b" * 300, "x" * 5_000 + "@b"),
    ],
)
def test_what_names_no_one_mailbox_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("info@exämple.de", "info@xn--exmple-cua.de"),
        ("info@exämple.de", "INFO@EXÄMPLE.DE"),
        ("jose@exa\u0301mple.es", "jose@exámple.es"),
        ("jose\u0301@example.es", "josé@example.es"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("a@ΣΑΣ.example", "a@σασ.example"),
        ("a@例子.测试", "a@xn--fsqu00a.xn--0zwm56d"),
        ("a@ｅｘａｍｐｌｅ．com", "a@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(one: str, other: str) -> None:
    first, second = address(one), address(other)
    assert first
    assert second
    assert same_mailbox(first) == same_mailbox(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a@faß.example", "a@fass.example"),
        ("a@σας.example", "a@σασ.example"),
        ("a@example.com", "a@exаmple.com"),  # a Cyrillic а
        ("jane+lic@buyer.example", "jane@buyer.example"),
        ("jane.lic@buyer.example", "janelic@buyer.example"),
        ("a@xn--abc-.example", "a@abc.example"),
        ("a@xn--a.example", "a@example"),
        ("a@www.example.com", "a@example.com"),
    ],
)
def test_look_alikes_are_never_one(one: str, other: str) -> None:
    assert same_mailbox(one) != same_mailbox(other)


@given(locals_, locals_, hosts, hosts)
@example("a", "a", "σασ.de", "ΣΑΣ.de")
@example("a", "a", "ẞ.de", "ß.de")
def test_two_mailboxes_are_one_only_where_the_mail_goes_to_one_place(
    one: str, other: str, here: str, there: str
) -> None:
    """By IDNA2008 with UTS 46, without transition, as resolvers and mail servers have it."""
    try:
        same_host = encode_host(here) == encode_host(there)
    except (UnicodeError, ValueError):
        assume(False)
    assert (same_mailbox(f"{one}@{here}") == same_mailbox(f"{other}@{there}")) == (one == other and same_host)


@given(hosts)
def test_a_host_and_its_a_labels_are_one(host: str) -> None:
    try:
        encoded = encode_host(host)
    except (UnicodeError, ValueError):
        assume(False)
    assert same_mailbox(f"a@{host}") == same_mailbox(f"a@{encoded}")


@given(st.text(max_size=80))
def test_any_text_is_read_or_is_none(text: str) -> None:
    person = read(text)
    if person is not None:
        assert person.email
        assert person.email.count("@") == 1
        assert address(person.email) == person.email
        assert same_mailbox(same_mailbox(person.email)) == same_mailbox(person.email)
