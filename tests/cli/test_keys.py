"""keys: what tokens are signed with, and the overlap when that changes."""

from __future__ import annotations

from tests.cli.shell import Shell


def test_the_next_key_is_announced_before_it_signs(shell: Shell) -> None:
    first = {each["state"]: each["kid"] for each in shell.json("keys", "list")}
    assert set(first) == {"signs", "next"}
    assert shell.json("keys", "rotate") == {"kid": first["next"]}
    after = {each["kid"]: each for each in shell.json("keys", "list")}
    assert len(after) == 3
    assert (after[first["signs"]]["state"], after[first["next"]]["state"]) == ("retired", "signs")
    assert after[first["signs"]]["published_until"] is not None
    assert all(len(each["public"]) == 43 for each in after.values())


def test_listing_changes_nothing(shell: Shell) -> None:
    assert shell.json("keys", "list") == shell.json("keys", "list")
