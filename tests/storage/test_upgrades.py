"""Databases of before: what they hold is kept, and what lists need now is worked out from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import delete, select

from connector.storage import migrations
from connector.storage.database import reading, transaction
from connector.storage.tables import links
from tests.support.stores import Store
from tests.support.talks import Talk
from tests.support.watches import MONDAY, NEW_YORK

DEEDS = {
    "new": (),
    "answered": ("answered",),
    "customer_replied": ("answered", "customer"),
    "waiting": ("answered", "waiting"),
    "access_declined": ("access_declined",),
    "held": ("held",),
    "solved": ("answered", "resolved"),
    "reopened": ("answered", "resolved", "customer"),
}


@pytest.mark.parametrize("revision", ["0003"])
def test_tickets_of_before_states_of_work_get_theirs(
    stores: Callable[..., Store], kind_of_database: str, revision: str
) -> None:
    talk = Talk(stores(kind_of_database, "tiered-sla", NEW_YORK), MONDAY)
    talk.grant()
    numbers = {state: talk.bug(state) for state in DEEDS}
    for state, deeds in DEEDS.items():
        for deed in deeds:
            talk.clock.forward(minutes=1)
            talk.say(numbers[state]) if deed == "customer" else talk.do(numbers[state], deed)
    before = {state: talk.shown(number) for state, number in numbers.items()}
    assert {state: shown["working_state"] for state, shown in before.items()} == {state: state for state in DEEDS}
    with transaction(talk.runtime.engine) as tx:
        tx.execute(delete(links).where(links.c.link.like("asked:%")))
    url = talk.runtime.engine.url.render_as_string(hide_password=False)
    talk.runtime.engine.dispose()
    command.downgrade(migrations.config(url), revision)
    migrations.upgrade(url, talk.runtime.keyring)
    assert {state: talk.shown(number) for state, number in numbers.items()} == before
    assert len(talk.listed(customer="ada@example.com")) == len(DEEDS)
    with reading(talk.runtime.engine) as tx:
        assert tx.execute(select(links.c.link).where(links.c.link == "asked:customer:7")).first()
