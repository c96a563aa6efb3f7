"""A shop on WordPress, connected to a running connector or to what stands in for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.http.shops import Shop
from tests.servers.wordpress import WordPress

TEST_SHOP = Path(__file__).with_name("test-shop")


@dataclass
class ConnectedShop:
    """`wordpress` with the plugin of a small shop, and the `vendor` at a real connector to whom it belongs."""

    wordpress: WordPress
    url: str
    secret: str
    given_vendor: Shop | None = None

    @property
    def vendor(self) -> Shop:
        assert self.given_vendor is not None
        return self.given_vendor

    def connect(self, secret: str | None = None) -> None:
        """Connects the plugin by address and secret."""
        self.wordpress.run(
            "(new SupportConnector\\Connecting(SupportConnector\\Plugin::get()))->by_secret(...$arguments);",
            [self.url, secret or self.secret],
        )

    def put(self, key: str, year: int = 2030, status: str = "active", say: bool = True) -> str:
        """Puts a licence into the shop, or changes it; its id there."""
        return str(self.wordpress.run("return TestShop\\put(...$arguments);", [key, year, status, say]))

    def send(self, seconds: float = 30, each: float = 10) -> int | None:
        """One run of the sender, now."""
        php = "return SupportConnector\\Plugin::get()->sender()->run(...$arguments);"
        sent: int | None = self.wordpress.run(php, [seconds, each])
        return sent

    def rows(self) -> list[dict[str, Any]]:
        """The outbox, oldest first."""
        found: list[dict[str, Any]] = self.wordpress.run(
            "return array_reverse(SupportConnector\\Plugin::get()->outbox()->latest(100000));"
        )
        return sorted(found, key=lambda row: int(row["id"]))

    def state(self) -> dict[str, Any]:
        """How the connection stands: its state, and since when and why the connector is away."""
        found: dict[str, Any] = self.wordpress.run(
            "$plugin = SupportConnector\\Plugin::get(); $pause = $plugin->pause(); return ["
            "'state' => $plugin->connection()->state(), 'since' => $pause->since(), 'reason' => $pause->reason(),"
            "'until' => $pause->until(), 'counts' => $plugin->outbox()->counts()];"
        )
        return found

    def end_pause(self) -> None:
        """As if the waiting time after a failure were over."""
        self.wordpress.run(
            "SupportConnector\\Plugin::get()->pause()->end(); SupportConnector\\Plugin::get()->outbox()->hurry();"
        )
