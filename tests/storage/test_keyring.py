"""What is derived from CONNECTOR_SECRET_KEY never changes: after another derivation no key is found and no secret opens.

The golden values are of no installation; whoever must change one needs a migration that reads the old one.
"""

import uuid

import pytest

from connector.storage.keyring import Keyring, Unsealable, last4

RING = Keyring.of("a secret key of a test, long enough")
OTHER = Keyring.of("another secret key of a test, as long")


@pytest.mark.parametrize(
    ("derived", "golden"),
    [
        (RING.pepper.hex(), "3aa7ae6a30c31f76e2d7b3ca2cd6123b219e55d2fe6e23df190c26781ec32a33"),
        (RING.issuing.hex(), "328fc4b44f63b178fc2afb40156c8e002e2b4fcea1f6b807ff8aaec72469a02d"),
        (RING.signing.hex(), "efdcca8f553c05197550b07894464fd7dc5dc90260d4278e7e15dc5078805b94"),
        (RING.packages.hex(), "601fd6a92a57cdfd09b6e96b89e818d04c68e752901ee2d0d4205d6a712082a9"),
        (RING.fingerprint, "027b890b168370f6058900c1f93ea78e"),
        (RING.key_hash("AAAA-BBBB-CCCC-0001"), "8af7e04bc12aeec787cc4da0fe386bf9"),
        (RING.token_hash("sct_example"), "cebdcec9dc1290d0b06a8344ff26498f30a5d9575ce5925b97440672ba89e90e"),
        (RING.body_hash("a body"), "3442013d10533503d3109c302ea3a551"),
        (RING.handle("lic_1", "https://shop.example.com"), "93417f44-7970-432d-82e7-0b71eb9d067b"),
    ],
    ids=["pepper", "issuing", "signing", "packages", "fingerprint", "key hash", "token hash", "body hash", "handle"],
)
def test_derived_keys_and_hashes_are_what_they_always_were(derived: str, golden: str) -> None:
    assert derived == golden


def test_what_an_older_version_sealed_opens() -> None:
    sealed = b"gAAAAABlU_EASX-MQitOFEcBj1eR7796HTef5zxVZI6a_alL9RaY0W9h9-UZ0jm4e_U61Z_YhwkTj9ug4JhX53OJjgwxS22BlA=="
    assert RING.unseal(sealed) == b"hello"


def test_every_use_has_a_key_of_its_own() -> None:
    keys = [
        RING.pepper,
        RING.issuing,
        RING.signing,
        RING.packages,
        OTHER.pepper,
        OTHER.issuing,
        OTHER.signing,
        OTHER.packages,
    ]
    assert len(set(keys)) == len(keys)


def test_what_one_key_sealed_no_other_opens() -> None:
    assert RING.unseal_secrets(RING.seal_secrets(["one", "two"])) == ["one", "two"]
    with pytest.raises(Unsealable, match="CONNECTOR_SECRET_KEY"):
        OTHER.unseal(RING.seal(b"hello"))


def test_a_handle_names_one_place_of_one_licence() -> None:
    handles = {RING.handle(licence, place) for licence in ("lic_1", "lic_2") for place in ("a", "b")}
    assert len(handles) == 4
    assert all(uuid.UUID(handle).version == 4 for handle in handles)


@pytest.mark.parametrize("key", ["", "A", "ABCD", "ABCD-1234", "ABCD-123456"])
def test_nothing_is_shown_of_a_short_key(key: str) -> None:
    assert last4(key) == "…"


def test_four_characters_are_shown_of_a_key_that_can_spare_them() -> None:
    assert (last4("ABCD-1234567"), last4(" aaaa-bbbb-cccc-0001 ")) == ("4567", "0001")
