"""The state of work of a ticket after what happened to it: exactly one, whatever the order, and never out of sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.clocks.clock_runs import MARKS, Mark
from connector.domain.clocks.ticket_states import ALLOWED, WORKING, state_of, working_state
from tests.domain.clocks.ticket import at, stand

marks = st.lists(st.sampled_from(MARKS), max_size=12).map(
    lambda kinds: [at(place, kind, "medium" if kind == "severity" else "") for place, kind in enumerate(kinds, 1)]
)


def after(*kinds: str) -> str:
    return working_state([at(place, kind) for place, kind in enumerate(kinds, 1)])


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((), "new"),
        (("receipt",), "new"),
        (("wrote",), "new"),
        (("answered",), "answered"),
        (("answered", "wrote"), "customer_replied"),
        (("answered", "wrote", "answered"), "answered"),
        (("answered", "waiting"), "waiting"),
        (("waiting", "wrote"), "new"),
        (("answered", "waiting", "wrote"), "customer_replied"),
        (("answered", "waiting", "resumed"), "answered"),
        (("answered", "held"), "held"),
        (("answered", "held", "wrote"), "held"),
        (("answered", "held", "wrote", "released"), "customer_replied"),
        (("answered", "access_declined"), "access_declined"),
        (("resolved",), "solved"),
        (("answered", "resolved"), "solved"),
        (("answered", "resolved", "answered"), "solved"),
        (("answered", "resolved", "wrote"), "reopened"),
        (("answered", "resolved", "reopened"), "reopened"),
        (("resolved", "wrote", "wrote"), "reopened"),
        (("resolved", "reopened", "answered"), "answered"),
        (("resolved", "reopened", "answered", "wrote"), "customer_replied"),
        (("resolved", "reopened", "waiting"), "waiting"),
        (("answered", "resolved", "wrote", "resolved"), "solved"),
        (("answered", "resolved", "wrote", "resolved", "wrote"), "reopened"),
    ],
)
def test_the_state_of_work_follows_from_the_acts(kinds: tuple[str, ...], state: str) -> None:
    assert after(*kinds) == state


@given(marks)
def test_a_ticket_is_in_one_state_and_the_customers_last_word_is_never_solved_away(seen: list[Mark]) -> None:
    state = working_state(seen)
    assert state in WORKING
    assert (state_of(seen) == "open") == (state in ("new", "answered", "customer_replied", "reopened"))
    assert working_state([*seen, at(50, "wrote")]) not in ("solved", "waiting", "answered")
    assert working_state([*seen, at(50, "resolved")]) == "solved"


@given(marks)
def test_clocks_and_state_tell_the_same_story(seen: list[Mark]) -> None:
    """No clock runs on what is solved; what the customer wrote last is promised an answer, unless it is on hold."""
    found = [clock for clock in stand("medium", seen, 60) if clock.ended_at is None]
    assert not (state_of(seen) == "solved" and found)
    if working_state(seen) in ("customer_replied", "new"):
        assert {"first_response", "next_response"} & {clock.name for clock in found}


@given(marks)
def test_something_can_always_be_done(seen: list[Mark]) -> None:
    state = state_of(seen)
    assert any(state in states for states in ALLOWED.values())
