"""Tiers: where a ticket goes when its tier cannot solve it (TIER-05, TIER-07, TIER-09). Clocks do not ask for the tier."""

from __future__ import annotations

from connector.domain.policy.policy import Policy


class CannotEscalate(ValueError):
    """There is no such step from this tier; the words say which there is."""


def next_tier(policy: Policy, tier: int) -> int | None:
    """The tier above, as the pack says, else the next number; None from the last tier."""
    step = policy.escalation.get(str(tier))
    above = step.to if step and step.to else tier + 1
    return above if above <= policy.tiers else None


def escalated(policy: Policy, tier: int | None, to: int | None = None) -> int:
    """The tier after one step up; `to` names the one that is wanted. A kind may start higher, but no step is left out.

    Raises CannotEscalate for policies without tiers, from the last tier, and for any other tier than the next.
    """
    if not policy.tiers or tier is None:
        raise CannotEscalate(f"the policy {policy.id} has no tiers: set `tiers` in its pack")
    above = next_tier(policy, tier)
    if above is None:
        raise CannotEscalate(f"tier {tier} is the last one: there is nobody above to pass this on to")
    if to is not None and to != above:
        raise CannotEscalate(f"from tier {tier} the next one is {above}, not {to}: no step is left out")
    return above
