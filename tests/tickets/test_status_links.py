"""The customer's link of a ticket: it ends by itself some time after the ticket, or when somebody ends it; a new one opens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from alembic import command
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import wsgi
from connector.storage import migrations
from connector.storage.database import reading, transaction
from connector.storage.tables import licence_acts, requests, tickets
from connector.storage.tables_policy import ratings
from connector.tickets import status_link
from connector.tickets.views import ticket_told
from tests.cli.shell import Shell
from tests.support.offices import ADA
from tests.support.posts import Post
from tests.support.stores import Store
from tests.support.watches import MONDAY, NEW_YORK, Watch

DAYS = 180


class Links:
    """An office's links, and the pages a browser sees."""

    def __init__(self, office: Watch) -> None:
        self.office = office
        self.client: FlaskClient = wsgi.create_app(office.runtime).test_client()

    def of(self, number: str) -> str:
        with reading(self.office.runtime.engine) as tx:
            told = ticket_told(tx, self.office.runtime, number)
        assert told is not None
        return str(told["status_url"])

    def old(self, number: str) -> str:
        """The link as it was signed before there were generations."""
        key = self.office.runtime.keyring.signing
        token = jwt.encode({"sub": number, "aud": "ticket"}, key, algorithm="HS256")
        return f"{self.office.runtime.settings.public_url}/t/{token}"

    def end(self, number: str) -> str:
        runtime = self.office.runtime
        with transaction(runtime.engine) as tx:
            return status_link.end(tx, runtime, number, actor="ops", why=None, now=self.office.now)

    def get(self, link: str) -> int:
        return self.client.get(_path(link)).status_code

    def rate(self, link: str) -> int:
        return self.client.post(f"{_path(link)}/rating", data={"score": "5"}).status_code

    def rated(self) -> int:
        with reading(self.office.runtime.engine) as tx:
            return tx.execute(select(func.count()).select_from(ratings)).scalar_one()


def _path(link: str) -> str:
    return "/t/" + link.partition("/t/")[2]


@pytest.fixture
def links(watch: Watch) -> Links:
    return Links(watch)


def test_a_link_carries_its_generation_and_one_of_before_counts_as_the_first(links: Links) -> None:
    number = links.office.outage()
    runtime = links.office.runtime
    assert status_link.read(runtime, links.of(number).rpartition("/")[2]) == status_link.Link(number, 0)
    assert status_link.read(runtime, links.old(number).rpartition("/")[2]) == status_link.Link(number, 0)
    assert (links.get(links.of(number)), links.get(links.old(number))) == (200, 200)


@pytest.mark.parametrize("times", [1, 2])
def test_ended_links_open_nothing_and_rate_nothing_and_the_new_one_does(links: Links, times: int) -> None:
    number, other = links.office.outage(), links.office.outage("r2")
    before = [links.old(number), links.of(number)]
    for _ in range(times):
        new = links.end(number)
        assert links.of(number) == new not in before
        before.append(new)
    links.office.do(number, "resolved")
    for link in before[:-1]:
        assert (links.get(link), links.rate(link)) == (410, 410)
    assert links.rated() == 0
    assert (links.get(new), links.rate(new), links.rated()) == (200, 303, 1)
    assert links.get(links.of(other)) == 200


def test_a_link_made_up_for_a_generation_to_come_is_over_too(links: Links) -> None:
    number = links.office.outage()
    assert links.get(status_link.url(links.office.runtime, number, 1)) == 410


def test_what_is_over_tells_how_to_get_another_and_nothing_of_the_ticket(links: Links) -> None:
    number = links.office.outage()
    first = links.of(number)
    pages = [links.client.get(_path(first))]
    links.office.do(number, "resolved")
    links.office.clock.forward(days=DAYS)
    pages.append(links.client.get(_path(first)))
    pages.append(links.client.post(f"{_path(first)}/rating", data={"score": "nonsense"}))
    links.end(number)
    pages.append(links.client.get(_path(first)))
    alive, *over = pages
    assert [page.status_code for page in pages] == [200, 410, 410, 410]
    assert over[0].text != over[2].text, "each says what happened"
    for page in over:
        assert "reply to the last mail" in page.text
        assert not [word for word in (number, "State", "<form", "example.com") if word in page.text]
        assert {name: page.headers[name] for name in ("Content-Security-Policy", "Cache-Control", "Content-Type")} == {
            name: alive.headers[name] for name in ("Content-Security-Policy", "Cache-Control", "Content-Type")
        }


def test_a_link_stops_some_time_after_the_ticket_was_solved_and_opens_again_with_it(links: Links) -> None:
    number = links.office.outage()
    link = links.of(number)
    links.office.clock.forward(days=3 * DAYS)
    assert links.get(link) == 200, "as long as the ticket is open"
    links.office.do(number, "resolved")
    links.office.clock.forward(days=DAYS, seconds=-1)
    assert (links.get(link), links.rate(link)) == (200, 303)
    links.office.clock.forward(seconds=1)
    assert (links.get(link), links.get(links.old(number)), links.rate(link)) == (410, 410, 410)
    links.office.do(number, "reopened")
    assert links.get(link) == 200
    links.office.do(number, "resolved")
    assert links.get(link) == 200, "the days count from the last time"


def test_what_was_on_hold_and_then_refused_for_good_counts_from_then(links: Links) -> None:
    """The last decision of a ticket that was never accepted; asked again and kept, it is open again."""
    number = links.office.outage()
    link, now = links.of(number), links.office.now

    def decided(outcome: str) -> None:
        reply = {"decision": {"outcome": outcome, "checked_at": now.isoformat(), "reasons": []}}
        with transaction(links.office.runtime.engine) as tx:
            tx.execute(update(tickets).values(state="held"))
            tx.execute(update(requests).values(reply=json.dumps(reply)))

    decided("deny")
    assert links.get(link) == 200
    links.office.clock.forward(days=DAYS)
    assert links.get(link) == 410
    decided("hold")
    assert links.get(link) == 200


def test_the_days_are_a_setting_and_none_is_for_ever(links: Links) -> None:
    number = links.office.outage()
    link = links.of(number)
    links.office.do(number, "resolved")
    links.office.clock.forward(days=7)
    for days, code in ((7, 410), (8, 200), (0, 200)):
        settings = replace(links.office.runtime.settings, status_link_days=days)
        client = wsgi.create_app(replace(links.office.runtime, settings=settings)).test_client()
        assert client.get(_path(link)).status_code == code


def test_an_answer_given_again_carries_the_link_of_today(links: Links) -> None:
    office = links.office
    number = office.outage()
    new = links.end(number)
    again: Any = office.ask("r1", request_kind="outage").ticket
    assert (again["number"], again["status_url"]) == (number, new)


def test_mails_carry_the_link_of_today_also_those_that_wait(post: Post) -> None:
    links = Links(post)
    number = post.number(post.ask("r1", request_kind="outage", requester=ADA).ticket)
    first = links.of(number)
    new = links.end(number)
    post.do(number, "answered")
    post.send()
    texts = [post.server.text(place) for place in range(len(post.server.taken))]
    assert len(texts) == 2
    assert all(new in text and first not in text for text in texts)


def test_the_command_shows_and_ends_and_writes_it_down(links: Links) -> None:
    shell, number = Shell(links.office.runtime), links.office.outage()
    first = links.of(number)
    assert shell.json("tickets", "link", number.lower()) == {"ticket": number.lower(), "status_url": first}
    assert links.get(first) == 200
    told = shell.json("tickets", "link", number, "--end", "--why", "went to a mailing list")
    assert told["status_url"] == links.of(number) != first
    assert (links.get(first), links.get(told["status_url"])) == (410, 200)
    assert "link_ended" in [row["act"] for row in shell.json("tickets", "history", number)]
    with reading(links.office.runtime.engine) as tx:
        [act] = tx.execute(select(licence_acts).where(licence_acts.c.act == "status_link.ended")).all()
    assert (act.why, json.loads(act.details)) == ("went to a mailing list", {"number": number, "generation": 1})
    for more in ((), ("--end",)):
        assert "tickets list" in shell.fails("tickets", "link", "SC-0000-0000", *more, exits=1)


def test_ending_a_link_hides_no_stranger_who_wrote(links: Links) -> None:
    shell, number = Shell(links.office.runtime), links.office.outage()
    links.office.do(number, "resolved")
    links.office.write(number, replace(ADA, id="9", email="eve@example.com"))
    before = [row["ticket"] for row in shell.json("tickets", "open")]
    links.office.clock.forward(minutes=1)
    links.end(number)
    assert before == [number] == [row["ticket"] for row in shell.json("tickets", "open")]


def test_links_given_out_before_an_upgrade_open_after_it(stores: Callable[..., Store], kind_of_database: str) -> None:
    office = Watch(stores(kind_of_database, "tiered-sla", NEW_YORK), MONDAY)
    links, number = Links(office), office.outage()
    old, url = links.old(number), office.runtime.engine.url.render_as_string(hide_password=False)
    told = links.of(number)
    office.runtime.engine.dispose()
    command.downgrade(migrations.config(url), "0006")
    migrations.upgrade(url, office.runtime.keyring)
    assert (links.of(number), links.get(old), links.get(told)) == (told, 200, 200)
    links.end(number)
    assert (links.get(old), links.get(told)) == (410, 410)
