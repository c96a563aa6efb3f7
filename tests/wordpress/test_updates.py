"""New versions of the plugin come from the connector, and only as the zip that it told of."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.wordpress.connected import ConnectedShop
from tests.wordpress.standin import JSON, Came, Reply, StandIn

ZIP = "PK of a newer version"
ASK = (
    "require_once ABSPATH . 'wp-admin/includes/file.php';"
    "return apply_filters('update_plugins_support-connector.example.com', false, [],"
    " 'support-connector/support-connector.php', ['en_US']);"
)
FETCH = (
    "require_once ABSPATH . 'wp-admin/includes/file.php'; $file = apply_filters('upgrader_pre_download', false, $arguments);"
    "return is_wp_error($file) ? $file->get_error_message() : ($file === false ? false : file_get_contents($file));"
)


@pytest.fixture
def package(astray: ConnectedShop, stand_in: StandIn) -> str:
    """The address of a newer version's zip, of which the connector told."""
    address = f"{stand_in.url}/wordpress/support-connector.zip"
    sha256 = hashlib.sha256(ZIP.encode()).hexdigest()
    told = json.dumps({"version": "9.0.0", "package": address, "sha256": sha256, "requires_php": "7.4"})

    def serve(came: Came) -> Reply:
        return Reply(200, told, JSON) if came.path == "/wordpress/plugin.json" else Reply(200, ZIP)

    stand_in.answer = serve
    offer = astray.wordpress.run(ASK)
    assert (offer["version"], offer["package"]) == ("9.0.0", address)
    return address


def test_the_zip_that_was_told_of_is_taken(astray: ConnectedShop, package: str) -> None:
    assert astray.wordpress.run(FETCH, package) == ZIP


def test_another_zip_is_refused(astray: ConnectedShop, stand_in: StandIn, package: str) -> None:
    stand_in.answer = lambda came: Reply(200, ZIP + " and a stranger's code")
    assert astray.wordpress.run(FETCH, package).startswith("The zip is not the one")


def test_zips_of_others_are_left_to_wordpress(astray: ConnectedShop, package: str) -> None:
    assert astray.wordpress.run(FETCH, "https://downloads.example.com/another.zip") is False


@pytest.mark.parametrize(
    "told",
    [
        "<html>",
        "{}",
        json.dumps({"version": "9.0.0", "package": "https://elsewhere.example.com/a.zip", "sha256": "0" * 64}),
    ],
    ids=["html", "empty", "elsewhere"],
)
def test_what_is_no_offer_of_the_connector_is_none(astray: ConnectedShop, stand_in: StandIn, told: str) -> None:
    stand_in.answer = lambda came: Reply(200, told, JSON)
    assert astray.wordpress.run(ASK) is False
