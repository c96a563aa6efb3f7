"""The licence protocols that shipped software speaks: one module and one line each. They never import each other."""

from __future__ import annotations

from adapters.faces import edd
from connector.ports import Face

FACES: tuple[Face, ...] = (edd.FACE,)
"""In the order in which a call is offered to them."""
