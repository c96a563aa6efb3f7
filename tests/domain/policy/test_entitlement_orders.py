"""Orders and lost licences before the entitlement rules: paid and pending together, a mistyped key, what was deleted."""

from __future__ import annotations

import pytest

from tests.domain.policy.building import WHMCS, asked, facts, judge, nobody, order, said, standing


def test_pur_08_a_paid_order_beside_a_pending_one_is_not_waiting() -> None:
    both = said(judge(WHMCS, nobody(order_given=True, orders=(order("paid"), order("pending", "o2")))))
    assert "payment_pending" not in both[1]
    alone = said(judge(WHMCS, nobody(order_given=True, orders=(order("pending", "o2"),))))
    assert "payment_pending" in alone[1]


def test_a_mistyped_key_does_not_beat_a_good_order() -> None:
    found = said(judge(WHMCS, nobody(key_given=True, order_given=True, orders=(order("paid"),))))
    assert "licence_inactive" not in found[1]
    assert "unknown_licence" in found[1]
    assert "licence_inactive" in said(judge(WHMCS, nobody(key_given=True)))[1]


@pytest.mark.parametrize("pack", [WHMCS, "crmjetty"])
@pytest.mark.parametrize("status", ["suspended", "revoked", "deleted"])
def test_elg_01_a_licence_that_was_lost_lets_nobody_in(pack: str, status: str) -> None:
    outcome, codes = said(
        judge(pack, facts(asked(site="a.example.com"), standing(status=status, seated=("a.example.com",))))
    )
    assert (outcome, "licence_inactive" in codes) == ("deny", True)
