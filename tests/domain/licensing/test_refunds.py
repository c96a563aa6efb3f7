"""R4: which items were paid back, read off amounts to the cent; where two readings differ, nobody loses his licence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.events import OrderLine, Refund
from connector.domain.licensing.refunds import given_back


def line(line_id: str, total: str, quantity: int = 1, *, taxed: bool = False, part_of: str | None = None) -> OrderLine:
    return OrderLine(line_id, (), quantity, total, slack="0.01" if taxed else None, part_of=part_of)


def back(lines: list[OrderLine], *amounts: str, total: str | None = None) -> dict[str, int]:
    return given_back(lines, [Refund(str(place), amount) for place, amount in enumerate(amounts)], total)


A, B, C = line("a", "20.00"), line("b", "20.00"), line("c", "50.00")


@pytest.mark.parametrize(
    ("lines", "amounts", "paid_back"),
    [
        ([A, C], ["20.00"], {"a": 1}),
        ([A, C], ["70.00"], {"a": 1, "c": 1}),
        ([A, C], ["10.00"], {}),
        ([A, C], ["10.00", "10.00"], {"a": 1}),
        ([A, C], ["10.00", "50.00"], {"c": 1}),
        ([A, B, C], ["20.00"], {}),
        ([A, B, C], ["20.00", "20.00"], {"a": 1, "b": 1}),
        ([A, B, C], ["40.00"], {"a": 1, "b": 1}),
        ([A, B, C], ["70.00"], {"c": 1}),
        ([A, B, C], ["50.00", "20.00", "20.00"], {"a": 1, "b": 1, "c": 1}),
        ([line("a", "60.00", 3), C], ["20.00"], {"a": 1}),
        ([line("a", "60.00", 3), C], ["40.00"], {"a": 2}),
        ([line("a", "60.00", 3), C], ["20.00", "40.00"], {"a": 3}),
        ([line("a", "60.00", 3), B, C], ["20.00"], {}),
        ([line("a", "100.00", 3), C], ["33.33"], {"a": 1}),
        ([line("a", "100.00", 3), C], ["66.67"], {"a": 2}),
        ([line("a", "100", 3), line("c", "70")], ["33"], {"a": 1}),
        ([line("a", "60.00", 0), C], ["60.00"], {"a": 1}),
    ],
)
def test_r4_amounts_are_read_where_all_readings_agree(
    lines: list[OrderLine], amounts: list[str], paid_back: dict[str, int]
) -> None:
    assert back(lines, *amounts) == paid_back


@pytest.mark.parametrize("amount", ["9.99", "10.00", "10.01"])
def test_r4_a_taxed_price_may_be_a_cent_off(amount: str) -> None:
    lines = [line("a", "10.00", taxed=True), line("c", "50.00", taxed=True)]
    assert back(lines, amount, total="59.99") == {"a": 1}


@pytest.mark.parametrize("amount", ["9.98", "10.02", "9.90"])
def test_r4_two_cents_are_no_rounding(amount: str) -> None:
    assert back([line("a", "10.00", taxed=True), line("c", "50.00", taxed=True)], amount, total="59.99") == {}


def test_r4_without_tax_nothing_was_rounded() -> None:
    assert back([line("a", "10.00"), C], "9.99") == {}


def test_r4_what_fits_to_the_cent_is_meant_and_not_what_fits_by_rounding() -> None:
    lines = [line("a", "10.00", taxed=True), line("b", "9.99", taxed=True), C]
    assert back(lines, "9.99") == {"b": 1}


def test_r4_both_rounded_items_together() -> None:
    lines = [line("a", "10.00", taxed=True), line("b", "8.34", taxed=True), C]
    assert back(lines, "18.32") == {"a": 1, "b": 1}


def test_r4_shipping_is_paid_back_along_with_an_item() -> None:
    assert back([A, C], "25.00", total="75.00") == {"a": 1}
    assert back([A, C], "5.00", total="75.00") == {}


def test_r4_the_whole_order_is_every_line() -> None:
    assert back([A, C], "75.00", total="75.00") == {"a": 1, "c": 1}
    assert back([A, OrderLine("x", ())], "20.00") == {"a": 1}


def test_r4_named_refunds_count_for_their_line_as_far_as_they_go() -> None:
    def named(*amounts: str) -> dict[str, int]:
        return given_back([A, C], [Refund(str(n), each, "c") for n, each in enumerate(amounts)], "70.00")

    assert named("50.00") == {"c": 1}
    assert named("20.00") == {}
    assert named("20.00", "30.00") == {"c": 1}
    assert given_back([OrderLine("x", ()), A], [Refund("r", "1.00", "x")], None) == {"x": 1}


def test_r4_a_bundles_container_carries_the_items_that_cost_nothing_themselves() -> None:
    lines = [
        line("box", "99.00"),
        line("one", "0.00", part_of="box"),
        line("two", "0.00", 2, part_of="box"),
        line("extra", "10.00", part_of="box"),
        line("inner", "0.00", part_of="box"),
        line("deep", "0.00", part_of="inner"),
        line("other", "20.00"),
    ]
    assert back(lines, "99.00") == {"box": 1, "one": 1, "two": 2, "inner": 1, "deep": 1}
    assert back(lines, "20.00") == {"other": 1}


def test_r4_a_container_that_costs_nothing_goes_with_the_last_of_its_items() -> None:
    lines = [line("box", "0.00"), line("one", "20.00", part_of="box"), line("two", "30.00", part_of="box"), A, C]
    assert back(lines, "30.00") == {"two": 1}
    assert back([*lines[:3], line("c", "99.00")], "30.00", "20.00") == {"box": 1, "one": 1, "two": 1}


def test_r4_a_free_item_of_its_own_is_never_paid_back_by_an_amount() -> None:
    assert back([line("gift", "0.00"), A, C], "20.00") == {"a": 1}


def test_r4_orders_with_too_many_readings_take_nothing_away() -> None:
    assert back([line(str(n), f"{n + 1}.00", 9) for n in range(60)], "777.00") == {}


prices = st.integers(1, 99).map(lambda cents: str(Decimal(cents) / 100 + 1))


@given(st.lists(st.tuples(prices, st.integers(1, 3)), min_size=1, max_size=5), st.data())
def test_r4_nothing_is_paid_back_that_was_not_and_never_more_than_was_bought(
    bought: list[tuple[str, int]], data: st.DataObject
) -> None:
    lines = [line(str(n), str(Decimal(price) * units), units) for n, (price, units) in enumerate(bought)]
    really = {each.line_id: data.draw(st.integers(0, each.quantity)) for each in lines}
    amounts = [str(Decimal(bought[n][0]) * really[str(n)]) for n in range(len(lines)) if really[str(n)]]
    found = back(lines, *amounts)
    assert all(units <= really[line_id] for line_id, units in found.items())
