"""The state of a ticket by what happened to it, and which acts make sense in which state."""

from __future__ import annotations

from collections.abc import Iterable

from connector.domain.clock_runs import Mark

_RESTS = ("held", "waiting", "access_declined")
_ENDS = {"released": {"held"}, "resumed": {"waiting", "access_declined"}, "wrote": {"waiting"}}

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
}
"""The acts a person may do, and in which states; what helpdesks and customers tell is taken as it is."""


def state_of(marks: Iterable[Mark]) -> str:
    """open, held, waiting, access_declined or solved, after all marks in order of time."""
    resting: set[str] = set()
    for mark in sorted(marks, key=lambda mark: mark.at):
        if mark.kind == "resolved":
            resting = {"solved"}
        elif mark.kind == "reopened":
            resting.discard("solved")
        elif mark.kind in _RESTS:
            resting.add(mark.kind)
        else:
            resting -= _ENDS.get(mark.kind, set())
    return next((state for state in ("solved", *_RESTS) if state in resting), "open")
