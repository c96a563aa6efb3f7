"""What is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.rounds import Series
from bench.serving import Shape

Found = Mapping[tuple[str, int], Mapping[str, Series]]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A titled table in plain text: words to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    texts = [
        "  ".join(
            cell.ljust(width) if cell[:1].isalpha() else cell.rjust(width)
            for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    ]
    return "\n".join(["", title, *(f"  {text.rstrip()}" for text in texts)])


def rates(found: Found, shapes: Mapping[str, Shape]) -> str:
    """Requests a second, the ratio to hello in the same round, and how long answers took."""
    rows = [
        (kind, f"{size:,}", name, *_cells(series))
        for (kind, size), by_name in found.items()
        for name, series in by_name.items()
    ]
    served = ", ".join(f"{kind} {shape}" for kind, shape in shapes.items())
    busiest = max(series.generator for by_name in found.values() for series in by_name.values())
    title = f"Over HTTP (granian, processes x threads: {served}, on one core; 16 connections from the other)"
    head = ("database", "licences", "request", "a second", "of hello", "p50 ms", "p99 ms")
    return table(title, head, rows) + f"\n  the load generator was busy for at most {busiest:.0%} of its core"


def growth(found: Found, sizes: Sequence[int]) -> str:
    """What a request costs in the larger store, in costs in the smaller one."""
    small, large = sizes[0], sizes[-1]
    rows = []
    for kind in dict.fromkeys(kind for kind, _ in found):
        for name, series in found[kind, small].items():
            if name != "hello":
                rows.append((kind, name, f"{series.ratio / found[kind, large][name].ratio:.2f}"))
    return table(f"Cost at {large:,} licences / cost at {small:,}", ("database", "request", "growth"), rows)


def shapes(found: Mapping[str, Mapping[str, Series]]) -> str:
    """The same, for servers of several shapes."""
    rows = [(shape, name, *_cells(series)) for shape, by_name in found.items() for name, series in by_name.items()]
    head = ("server", "request", "a second", "of hello", "p50 ms", "p99 ms")
    return table("Servers of other shapes, at 10,000 licences", head, rows)


def _cells(series: Series) -> tuple[str, str, str, str]:
    return (
        f"{series.rate:,.0f}",
        f"{series.ratio:.3f}",
        f"{series.milliseconds(0.5):.1f}",
        f"{series.milliseconds(0.99):.1f}",
    )
