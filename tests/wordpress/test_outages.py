"""While the connector is away everything waits, and arrives once and in order when it is back."""

from __future__ import annotations

from tests.http.serving import Server
from tests.wordpress.connected import ConnectedShop

KEYS = ["KEY-ONE-0001", "KEY-TWO-0002", "KEY-THREE-0003"]


def expiries(shop: ConnectedShop) -> dict[str, str]:
    """Last four of each licence at the connector, and its end."""
    return {each["key"][-4:]: (each["expires_at"] or "")[:4] for each in shop.vendor.licences()}


def test_what_is_sold_arrives(shop: ConnectedShop) -> None:
    shop.put(KEYS[0], 2031)
    assert shop.send() == 1
    assert expiries(shop) == {"0001": "2031"}
    [row] = shop.rows()
    assert (row["state"], row["http"], row["result"], row["reason"]) == ("sent", 200, "applied", "")


def test_renewals_and_a_refund_wait_for_the_connector_and_arrive_once_and_in_order(
    shop: ConnectedShop, connector: Server
) -> None:
    for key in KEYS:
        shop.put(key, 2030)
    shop.send()
    before = shop.vendor.rows()["deliveries"]
    connector.stop()
    for year in (2031, 2032, 2033):
        shop.put(KEYS[0], year)
        shop.send()
    shop.put(KEYS[1], 2030, "refunded")
    shop.send()
    waiting = [row for row in shop.rows() if row["state"] == "waiting"]
    assert [row["object"] for row in waiting] == ["1", "2"]
    assert shop.state()["reason"]
    connector.start()
    shop.end_pause()
    assert shop.send() == 2
    assert expiries(shop)["0001"] == "2033"
    assert {each["key"][-4:]: each["status"] for each in shop.vendor.licences()}["0002"] == "refunded"
    assert shop.vendor.rows()["deliveries"] - before == 4
    assert shop.state() | {"counts": None} == {"state": "ready", "since": 0, "reason": "", "until": 0, "counts": None}
    assert shop.send() == 0


def test_of_changes_within_one_second_the_last_one_stands(shop: ConnectedShop) -> None:
    """Each change is sent at once; where several lie in one second, no chance decides which of them is the newest."""
    for year in range(2040, 2030, -1):
        shop.put(KEYS[0], year)
        shop.send()
        assert expiries(shop) == {"0001": str(year)}
