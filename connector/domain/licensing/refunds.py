"""Which bought items were paid back: refunds name their item, or their amounts are read to the cent.

Hosts such as WooCommerce tell amounts only. An item counts as paid back where every way to read the amounts says so, because
a wrong "no" costs a customer: of two items of one price, one refund takes neither, two take both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.domain.licensing.events import OrderLine, Refund

_MOST_STEPS = 20_000
_MOST_READINGS = 500
_NOTHING = Decimal(0)

_Left = tuple[int, ...]
"""Units not paid back yet, for each item in its place."""


@dataclass(frozen=True)
class _Item:
    """Something paid for: its price in all, how many units of it, and how far the told price may be off."""

    price: Decimal
    units: int = 1
    slack: Decimal = _NOTHING

    def cost(self, units: int) -> Decimal:
        return self.price * units / self.units

    def off(self, units: int) -> Decimal:
        """How far the price of so many units may be off: that of a part was rounded once more."""
        if units == self.units:
            return self.slack
        cost = self.cost(units)
        return self.slack * 2 + abs(cost - cost.quantize(self._cent)) if units else _NOTHING

    @property
    def most_off(self) -> Decimal:
        return self.slack * 2 + self._cent

    @property
    def _cent(self) -> Decimal:
        return Decimal(1).scaleb(int(self.price.as_tuple().exponent))


def given_back(lines: Sequence[OrderLine], refunds: Sequence[Refund], total: str | None) -> dict[str, int]:
    """Units paid back for sure, by line id; lines of which nothing was are left out.

    total: the order's, decimal text; None = the sum of its lines. Amounts are positive and in one currency.
    """
    if not refunds:
        return {}
    priced = [Decimal(line.total) for line in lines if line.total]
    paid = Decimal(total) if total else sum(priced, _NOTHING) if len(priced) == len(lines) else None
    if paid is not None and sum((Decimal(refund.amount) for refund in refunds), _NOTHING) >= paid > 0:
        return everything(lines)
    found = _named(lines, refunds)
    amounts = sorted((Decimal(refund.amount) for refund in refunds if refund.line_id is None), reverse=True)
    for line_id, units in _read(lines, found, amounts, paid).items():
        found[line_id] = found.get(line_id, 0) + units
    return _carried(lines, {line_id: units for line_id, units in found.items() if units})


def everything(lines: Sequence[OrderLine]) -> dict[str, int]:
    """All units of all lines."""
    return {line.line_id: units_of(line) for line in lines}


def units_of(line: OrderLine) -> int:
    """How many units a line is of; shops tell lines of quantity 0, too."""
    return max(line.quantity, 1)


def _item(line: OrderLine) -> _Item:
    return _Item(Decimal(line.total or 0), units_of(line), Decimal(line.slack or 0))


def _named(lines: Sequence[OrderLine], refunds: Sequence[Refund]) -> dict[str, int]:
    """What refunds say themselves: for a line whose price is not told, all of it."""
    found = {}
    for line in lines:
        mine = [Decimal(refund.amount) for refund in refunds if refund.line_id == line.line_id]
        item = _item(line)
        if not mine:
            continue
        given = sum(mine, _NOTHING)
        whole = item.price == 0 or given >= item.price - item.slack
        found[line.line_id] = item.units if whole else int(given * item.units / item.price)
    return found


def _read(
    lines: Sequence[OrderLine], named: Mapping[str, int], amounts: Sequence[Decimal], paid: Decimal | None
) -> dict[str, int]:
    """What the amounts that name no line must have been for."""
    open_lines = [line for line in lines if line.total and Decimal(line.total) > 0]
    items = [_item(line) for line in open_lines]
    start = tuple(item.units - named.get(line.line_id, 0) for line, item in zip(open_lines, items, strict=True))
    besides = _NOTHING if paid is None else paid - sum((item.price for item in items), _NOTHING)
    if besides > sum(
        (item.slack for item in items), _NOTHING
    ):  # shipping and fees, which are paid back along with items
        items, start = [*items, _Item(besides)], (*start, 1)
    ends = _readings(items, start, amounts)
    return {
        line.line_id: min(start[place] - left[place] for left in ends) if ends else 0
        for place, line in enumerate(open_lines)
    }


def _readings(items: Sequence[_Item], start: _Left, amounts: Sequence[Decimal]) -> set[_Left]:
    """Every way to read the amounts: what each leaves. Those that fit nothing are read together, or left aside."""
    ends = {start}
    odd: list[Decimal] = []
    for amount in amounts:
        after = _after(items, ends, amount)
        ends, odd = (after, odd) if after else (ends, [*odd, amount])
        if len(ends) > _MOST_READINGS:
            return set()
    together = _after(items, ends, sum(odd, _NOTHING)) if len(odd) > 1 else set()
    return together or ends


def _after(items: Sequence[_Item], ends: set[_Left], amount: Decimal) -> set[_Left]:
    """What is left after one more amount: read to the cent where it can be, else as near as rounding goes."""
    for rounded in (False, True):
        steps = [_MOST_STEPS]
        found = {left for before in ends for left in _taken(items, before, amount, _NOTHING, rounded, steps)}
        if steps[0] <= 0:
            return set()
        if found:
            return found
    return set()


def _taken(
    items: Sequence[_Item], left: _Left, amount: Decimal, slack: Decimal, rounded: bool, steps: list[int]
) -> Iterator[_Left]:
    """Every choice of units that costs the amount, as what it leaves of these items."""
    steps[0] -= 1
    spare = sum((item.most_off for item in items), slack) if rounded else _NOTHING
    if steps[0] <= 0 or amount < -spare:
        return
    if not items:
        if abs(amount) <= slack:
            yield ()
        return
    first = items[0]
    for units in range(left[0] + 1):
        off = first.off(units) if rounded else _NOTHING
        for rest in _taken(items[1:], left[1:], amount - first.cost(units), slack + off, rounded, steps):
            yield (left[0] - units, *rest)


def _carried(lines: Sequence[OrderLine], found: dict[str, int]) -> dict[str, int]:
    """A bundle's container carries the items that cost nothing themselves, and they carry one that costs nothing."""
    free = {line.line_id for line in lines if line.total is not None and Decimal(line.total) == 0}
    while True:
        whole = {line.line_id for line in lines if found.get(line.line_id) == units_of(line)}
        more = [
            line
            for line in lines
            if line.line_id in free - whole and (line.part_of in whole or _emptied(line, lines, whole))
        ]
        if not more:
            return found
        found = found | everything(more)


def _emptied(container: OrderLine, lines: Sequence[OrderLine], whole: set[str]) -> bool:
    items = {line.line_id for line in lines if line.part_of == container.line_id}
    return bool(items) and items <= whole
