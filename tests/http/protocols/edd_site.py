"""A WordPress site whose plugins carry the stock EDD clients: it sends what these are recorded to send, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import requests

from tests.http.shops import Shop, session

ITEM = "501"
NAME = "Acme Forms & Fields"


@dataclass(frozen=True)
class Site:
    """One site. The sample plugin and the updater post forms; the SDK asks by GET with everything in the address."""

    shop: Shop
    key: str
    home: str = "https://shop.example.com"
    item: str = ITEM
    environment: str = "production"

    @property
    def store(self) -> str:
        return f"{self.shop.server.url}/compat/{self.shop.slug}/"

    @property
    def agent(self) -> dict[str, str]:
        return {"User-Agent": f"WordPress/6.8; {self.home}", "Content-Type": "application/x-www-form-urlencoded"}

    def plugin(self, action: str, **other: str) -> Any:
        """The sample plugin: the name is encoded twice, an id that is not set is "0"."""
        told = {
            "edd_action": action,
            "license": self.key,
            "item_id": self.item,
            "item_name": quote(NAME, safe=""),
            "url": self.home,
            "environment": self.environment,
        }
        return self.post(told | other)

    def updater(self, **other: str) -> Any:
        """The plugin updater 1.9.4: `false` is "0"."""
        told = {
            "edd_action": "get_version",
            "license": self.key,
            "item_name": "0",
            "item_id": self.item,
            "version": "1.0.0",
            "slug": "acme-forms",
            "author": "Acme",
            "url": self.home,
            "beta": "0",
            "php_version": "8.2.1",
            "wp_version": "6.8",
        }
        return self.post(told | other)

    def sdk(self, action: str, **other: str) -> Any:
        """The SDK 1.0.3: WordPress puts the values into the address as they are, and only `url` is encoded."""
        told = {
            "edd_action": action,
            "license": self.key,
            "item_id": self.item,
            "environment": self.environment,
        } | other
        plain = "&".join(f"{name}={value}" for name, value in told.items())
        answer = session().get(f"{self.store}?{plain}&url={quote(self.home, safe='')}", headers=self.agent, timeout=30)
        return verdict(answer)

    def post(self, told: Mapping[str, str], path: str = "") -> Any:
        return verdict(session().post(self.store + path, data=urlencode(told), headers=self.agent, timeout=30))


def verdict(answer: requests.Response) -> Any:
    """What a client reads: anything but 200 with a JSON object makes it leave the store alone for an hour (1.7)."""
    assert answer.status_code == 200, answer.text
    assert answer.history == [], "a redirect loses the body of a POST"
    assert "no-store" in answer.headers["Cache-Control"]
    found = answer.json()
    assert isinstance(found, dict)
    return found
