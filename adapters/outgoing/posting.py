"""One signed notification, posted to a vendor's own program: bounded in time, size and reach, redirects not followed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from adapters.outgoing.dialing import CONNECT_SECONDS, Watch, open_session
from adapters.outgoing.http import retry_after
from connector.ports import Posted, Undelivered

SECONDS = 10.0


def post(url: str, body: bytes, headers: Mapping[str, str], allow_private: bool) -> Posted:
    """The answer, whose body is not read. Raises Undelivered where none came, in words without url or body.

    Private addresses are refused unless `allow_private`, whatever the name resolves to.
    """
    host = urlsplit(url).hostname
    more = {"Content-Type": "application/json", "User-Agent": "support-connector", "Accept-Encoding": "identity"}
    with Watch(SECONDS, allow_private) as watch, open_session(watch) as session:
        try:
            with session.post(
                url,
                data=body,
                headers={**headers, **more},
                timeout=(CONNECT_SECONDS, SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                asked = response.headers.get("Retry-After")
                wait = retry_after(asked, response.headers.get("Date", "")) if asked else None
                return Posted(response.status_code, wait)
        except (requests.RequestException, OSError):
            # Our own words only: the library's may quote a header or the address.
            trouble = f"no whole answer within {SECONDS:g} seconds" if watch.ready else "no secure connection"
    raise Undelivered("unknown", f"{host} gave {trouble}")
