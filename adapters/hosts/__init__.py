"""The host platforms we take webhooks from, one line a host (see docs/adding-a-host.md)."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.hosts import standard, woocommerce
from connector.ports import Host

HOSTS: Mapping[str, Host] = {
    standard.HOST.name: standard.HOST,
    woocommerce.HOST.name: woocommerce.HOST,
}
