"""The helpdesks we can put tickets into, by name. Another one is a module here and a line below."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.helpdesks import rt
from connector.ports import Helpdesk

HELPDESKS: Mapping[str, Helpdesk] = {
    "rt": rt.HELPDESK,
}
