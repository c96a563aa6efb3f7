"""Rating a solved ticket by its signed link: one rating a ticket, without script, without cookies (MET-03)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector.storage.database import reading
from connector.storage.tables_policy import ratings
from tests.http.api.test_pages_and_health import Tags
from tests.http.shops import Hook, session

KEY = "AAAA-BBBB-CCCC-0001"


class Rated:
    """A ticket with its customer's link."""

    def __init__(self, hook: Hook) -> None:
        hook.grant(KEY)
        ticket = hook.ask("r1", license_key=KEY)["ticket"]
        self.shop, self.number, self.link = hook.shop, str(ticket["number"]), str(ticket["status_url"])

    def solve(self) -> None:
        self.shop.shell.run("tickets", "resolve", self.number)

    def page(self) -> requests.Response:
        return session().get(self.link, timeout=30)

    def rate(self, **form: str) -> requests.Response:
        return session().post(f"{self.link}/rating", data=form, timeout=30, allow_redirects=False)

    def kept(self) -> list[Any]:
        with reading(self.shop.server.runtime.engine) as tx:
            return list(tx.execute(select(ratings).where(ratings.c.vendor_id == self.shop.id)))


@pytest.fixture
def rated(hook: Hook) -> Rated:
    return Rated(hook)


def test_met_03_only_a_solved_ticket_offers_a_form_and_takes_a_rating(rated: Rated) -> None:
    assert "<form" not in rated.page().text
    assert "form-action 'none'" in rated.page().headers["Content-Security-Policy"]
    refused = rated.rate(score="5")
    assert (refused.status_code, rated.kept()) == (409, [])
    assert "not solved yet" in refused.text
    rated.solve()
    page = rated.page()
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    tags = Tags(page.text).found
    assert [attributes["value"] for tag, attributes in tags if tag == "input"] == ["1", "2", "3", "4", "5"]
    assert not {"script", "iframe"} & {tag for tag, _ in tags}


def test_met_03_one_answer_counts_and_the_last_one_does(rated: Rated) -> None:
    rated.solve()
    for score, words in (("2", "Slow."), ("5", "But solved.")):
        kept = rated.rate(score=score, words=words)
        assert kept.status_code == 303
        assert "Set-Cookie" not in kept.headers
    [row] = rated.kept()
    assert row.score == 5
    assert rated.shop.server.runtime.keyring.unseal(row.words) == b"But solved."
    assert "rated this 5 of 5" in rated.page().text


def test_the_browser_is_led_back_to_the_page(rated: Rated) -> None:
    rated.solve()
    action = re.search(r'action="([^"]+)"', rated.page().text)
    assert action is not None
    address = requests.compat.urljoin(rated.link, action[1])
    answer = session().post(address, data={"score": "4"}, timeout=30)
    assert (answer.status_code, answer.url) == (200, rated.link)


def test_crd_01_a_password_in_a_rating_is_cut_out_and_the_words_are_sealed(rated: Rated) -> None:
    rated.solve()
    rated.rate(score="1", words="You lost my password: Zq7kW3hunter2!")
    [row] = rated.kept()
    words = rated.shop.server.runtime.keyring.unseal(row.words)
    assert b"Zq7kW3" not in words
    assert b"removed" in words
    assert b"lost" not in row.words


@pytest.mark.parametrize("score", ["", "0", "6", "five", "5.0", " 5", "٥", "1" * 5000])
def test_what_is_no_score_is_asked_for_again(rated: Rated, score: str) -> None:
    rated.solve()
    refused = rated.rate(score=score)
    assert (refused.status_code, rated.kept()) == (422, [])
    assert "1 to 5" in refused.text
    assert 'action="rating"' in refused.text, "the form of this page leads to the same place"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"), ("\x00", ""), ("x" * 100_000, "x" * 2000), ("é" * 10, "é" * 10),
        ("  well done\x00 ", "well done"), ("", ""),
    ],
    ids=["markup", "NUL", "long", "letters", "spaces around", "none"],
)  # fmt: skip
def test_any_words_are_kept_within_bounds(rated: Rated, words: str, expected: str) -> None:
    rated.solve()
    assert rated.rate(score="3", words=words).status_code == 303
    [row] = rated.kept()
    kept = rated.shop.server.runtime.keyring.unseal(row.words).decode() if row.words else ""
    assert kept == expected
    assert "<script" not in rated.page().text


def test_a_forged_link_rates_nothing(rated: Rated) -> None:
    rated.solve()
    head, _, tail = rated.link.rpartition(".")
    forged = f"{head}.{'A' if tail[0] != 'A' else 'B'}{tail[1:]}"
    answer = session().post(f"{forged}/rating", data={"score": "5"}, timeout=30)
    assert (answer.status_code, rated.kept()) == (404, [])


def test_a_reopened_ticket_is_not_rated(rated: Rated) -> None:
    rated.solve()
    rated.shop.shell.run("tickets", "reopen", rated.number)
    assert rated.rate(score="5").status_code == 409
