"""Credentials are cut out of structured values: every text at any depth, and members that are named for one (CRD-01)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.redaction.redact import screen, screen_value

TEXTS = st.sampled_from(
    ["password: hunter2", "card 4111 1111 1111 1111", "root / Kiwi$44a", "How do I reset my password?", "hunter2"]
)


def test_crd_01_every_text_of_a_value_is_screened_at_any_depth() -> None:
    value = {
        "data": {"message": "password: hunter2", "tags": ["ok", {"note": ["pw: Kiwi$44a"]}], "count": 3, "none": None}
    }
    screened, kinds = screen_value(value)
    assert screened == {
        "data": {
            "message": "password: [removed: password]",
            "tags": ["ok", {"note": ["pw: [removed: password]"]}],
            "count": 3,
            "none": None,
        }
    }
    assert kinds == ("password", "password")
    assert value["data"]["message"] == "password: hunter2"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "passwd", "pwd", "pass", "user_pass", "db_password", "ftpPassword", "password2", "passwort",
        "contraseña", "api_secret", "apiSecret", "client_secret", "token", "access_token", "authToken", "secret", "private_key",
        "serverpassword", "serveraccesshash", "credentials", "Authorization", "card_number", "cvv", "pin", "SMTP-Password",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["x", "plain words here", 1234, 1.5, ["a"], {"user": "a"}])
def test_crd_01_members_named_as_credentials_lose_their_value(name: str, value: Any) -> None:
    for shape in ({name: value}, {"key": name, "value": value}, {"name": name, "value": value, "id": 7}):
        screened, kinds = screen_value({"deep": [shape]})
        cut = screened["deep"][0]["value" if "value" in shape else name]
        assert cut.startswith("[removed: ")
        assert len(kinds) == 1
        assert screen_value(screened) == (screened, ())


@pytest.mark.parametrize("value", [None, "", [], {}, True, False])
def test_empty_members_are_not_counted(value: Any) -> None:
    assert screen_value({"password": value}) == ({"password": value}, ())


@pytest.mark.parametrize(
    "name",
    ["license_key", "licence_key", "licenseKey", "purchase_code", "key", "order_id", "id", "transaction_id", "serial"],
)
def test_licence_keys_and_ids_are_taken_as_they_are(name: str) -> None:
    for value in ("4111111111111111", "password:hunter2", "gh" + "p_abcdefghijklmnopqrstuvwxyz0123456789"):
        assert screen_value({"data": [{name: value}]}) == ({"data": [{name: value}]}, ())
    assert screen_value({name: "see password: hunter2 there"})[1] == ("password",)  # more than one word is no key


@pytest.mark.parametrize(
    "name",
    ["password_protected", "passwordHint", "token_type", "pin_code", "secretary", "keyword", "author", "passport"],
)
def test_names_that_only_contain_the_word_are_ordinary(name: str) -> None:
    assert screen_value({name: "blue"}) == ({name: "blue"}, ())


def test_a_value_without_credentials_comes_back_itself() -> None:
    value = {"a": ["b", {"c": "d" * 50}]}
    assert screen_value(value)[0] is value


def test_every_cut_is_counted() -> None:
    assert screen_value(["pw: Kiwi$44a, pw: Kiwi$44b", "card 4111111111111111"])[1] == ("password", "password", "card")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | TEXTS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["password", "key", "value", "text", "a"]), inner)
        ),
        max_leaves=8,
    )
)
def test_screening_a_value_is_screening_its_texts_and_twice_is_once(value: Any) -> None:
    screened, _ = screen_value(value)
    assert screen_value(screened) == (screened, ())
    if isinstance(value, str):
        assert screened == screen(value).text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tests_pass", "12 of 12"), ("token", "expired"), ("access_token", "not set"), ("pin", "no"), ("card_code", "required"),
        ("api_key", "invalid"), ("secret", "configured"), ("password", "********"), ("password", "required"), ("pass", "3 of 4"),
        ("auth_token", "lifetime 60 minutes"), ("authorization", "header is stripped"), ("cvv", "optional"), ("bearer", "missing"),
        ("private_key", "/etc/ssl/private/shop.key"), ("PWD", "/var/www/html"), ("credentials", "saved in the settings"),
        ("first_pass", "Kiwi2"), ("db_password", "${DB_PASSWORD}"), ("token", "n/a"), ("pin", "not asked"),
        ("card_number", "masked"),
    ],
)  # fmt: skip
def test_what_a_member_says_of_a_credential_stays(name: str, value: str) -> None:
    assert screen_value({"environment": {name: value}}) == ({"environment": {name: value}}, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_KEY", "k9)W; [q"), ("nonce_salt", "k9)W; [q"), ("api_key", "Zk9xq7Rt8yU3"), ("token", "expiredZk9"), ("pin", "1234"),
        ("password", "tulips"), ("password", "correct horse battery staple"), ("password", "/hunter"), ("secret", "not4u!x"),
        ("login_pin", 4711), ("Password for FTP", "Kiwi"), ("FTP password (temporary)", "Kiwi"), ("Passwort für FTP:", "Kiwi"),
    ],
)  # fmt: skip
def test_crd_01_a_member_that_holds_a_credential_loses_it(name: str, value: Any) -> None:
    screened, kinds = screen_value({"environment": {name: value}})
    assert screened["environment"][name].startswith("[removed: ")
    assert len(kinds) == 1


@pytest.mark.parametrize(
    "label", ["key", "name", "label", "title", "question", "field", "display_key", "meta_key", "type"]
)
@pytest.mark.parametrize("answer", ["value", "answer", "display_value", "meta_value", "response"])
@pytest.mark.parametrize(
    "said", ["FTP password", "Your FTP password:", "What is your FTP password?", "ftp-password", "password"]
)
def test_crd_01_a_labelled_credential_is_cut_whatever_form_sent_it(label: str, answer: str, said: str) -> None:
    field = {"id": 7, label: said, answer: "Kiwi"}
    assert screen_value([field]) == ([{**field, answer: "[removed: password]"}], ("password",))


def test_crd_01_a_label_counts_beside_a_name_that_says_nothing() -> None:
    field = {"name": "field_3", "label": "FTP password", "value": "Kiwi", "display_value": "Kiwi"}
    screened, kinds = screen_value(field)
    assert (screened["value"], screened["display_value"], kinds) == ("[removed: password]",) * 2 + (
        ("password", "password"),
    )


@pytest.mark.parametrize(
    "label", ["Did you reset your password?", "Password policy", "Password reset", "Passport", "Licence key"]
)
def test_a_label_that_asks_for_something_else_is_ordinary(label: str) -> None:
    assert screen_value({"label": label, "value": "On Monday"}) == ({"label": label, "value": "On Monday"}, ())
