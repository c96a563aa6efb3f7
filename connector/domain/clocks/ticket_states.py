"""The state of a ticket by what happened to it, and which acts make sense in which state."""

from __future__ import annotations

from collections.abc import Iterable

from connector.domain.clocks.clock_runs import Mark

_RESTS = ("held", "waiting", "access_declined")
_ENDS = {
    "released": {"held"},
    "resumed": {"waiting", "access_declined"},
    "wrote": {"waiting", "solved"},
    "reopened": {"solved"},
}

WORKING = ("new", "answered", "customer_replied", "reopened", "waiting", "access_declined", "held", "solved")
"""The states of work, of which each ticket is in exactly one:

new                 nobody has answered yet
answered            the last word is ours, and it is not solved
customer_replied    the customer wrote after our last answer
reopened            it was solved, was opened again, and nobody has answered since
waiting             for the customer's answer; access_declined: for access that was declined
held                on hold by an agent, or not accepted yet
solved              nobody need look at it
"""

ALLOWED = {
    "answered": ("open", "held", "waiting", "access_declined"),
    "held": ("open", "waiting", "access_declined"),
    "waiting": ("open",),
    "access_declined": ("open", "waiting"),
    "released": ("held",),
    "resumed": ("waiting", "access_declined"),
    "resolved": ("open", "held", "waiting", "access_declined"),
    "reopened": ("solved",),
    "severity": ("open", "held", "waiting", "access_declined"),
    "delayed": ("open", "held", "waiting", "access_declined"),
    "escalated": ("open", "held", "waiting", "access_declined"),
    "participant": ("open", "held", "waiting", "access_declined", "solved"),
    "seen": ("open", "held", "waiting", "access_declined", "solved"),
}
"""The acts a person may do, and in which states; what helpdesks and customers tell is taken as it is."""


def state_of(marks: Iterable[Mark]) -> str:
    """open, held, waiting, access_declined or solved, after all marks in order of time."""
    return _read(marks)[0]


def working_state(marks: Iterable[Mark]) -> str:
    """One of WORKING, of a ticket that was accepted, after all marks in order of time."""
    state, last = _read(marks)
    return last if state == "open" else state


def _read(marks: Iterable[Mark]) -> tuple[str, str]:
    resting: set[str] = set()
    last = "new"
    for mark in sorted(marks, key=lambda mark: mark.at):
        if "solved" in resting and mark.kind in ("reopened", "wrote"):
            last = "reopened"
        elif mark.kind == "answered" and "solved" not in resting:
            last = "answered"
        elif mark.kind == "wrote" and last == "answered":
            last = "customer_replied"
        if mark.kind == "resolved":
            resting = {"solved"}
        elif mark.kind in _RESTS:
            resting.add(mark.kind)
        else:
            resting -= _ENDS.get(mark.kind, set())
    return next((state for state in ("solved", *_RESTS) if state in resting), "open"), last
