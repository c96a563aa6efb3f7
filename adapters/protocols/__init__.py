"""The licence protocols that shipped software speaks: one module and one line each. They never import each other."""

from __future__ import annotations

from adapters.protocols import dlm, edd, lemonsqueezy, lmfwc, slm, software_addon, wcam, whmcs
from connector.ports import LicenceProtocol

PROTOCOLS: tuple[LicenceProtocol, ...] = (
    edd.PROTOCOL,
    whmcs.PROTOCOL,
    wcam.PROTOCOL,
    software_addon.PROTOCOL,
    slm.PROTOCOL,
    lmfwc.PROTOCOL,
    dlm.PROTOCOL,
    lemonsqueezy.PROTOCOL,
)
"""In the order in which a call is offered to them."""
