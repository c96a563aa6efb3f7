"""The licence protocols that shipped software speaks: one module and one line each. They never import each other."""

from __future__ import annotations

from adapters.protocols import dlm, edd, lemonsqueezy, lmfwc, slm, software_addon, wcam, whmcs
from connector.ports import Face

FACES: tuple[Face, ...] = (
    edd.FACE,
    whmcs.FACE,
    wcam.FACE,
    software_addon.FACE,
    slm.FACE,
    lmfwc.FACE,
    dlm.FACE,
    lemonsqueezy.FACE,
)
"""In the order in which a call is offered to them."""
