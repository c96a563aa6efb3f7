"""What vendors' software asks about a licence and what it is answered, whatever protocol it speaks. Pure values.

Every protocol turns its own words into `Question`s and renders `Answer`s; nothing between the two knows the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.verdict import Verdict

READS = ("validate", "release", "list")
WRITES = ("activate", "check_in", "deactivate", "deactivate_all", "reissue", "create")
"""What can be asked. check_in: activate where there is room, else validate (WHMCS binds on its first check)."""


@dataclass(frozen=True)
class Question:
    """One question in our words; everything is as the caller spelled it, and None where it was not said.

    product: the protocol's words for the product, any of which may fit (`edd:501`, `product:501`, `name:acme-forms`).
    bound_to: slug of the one product that the caller's credential is good for. site: any spelling of a URL or host.
    install: an id the software made for itself; anew: it is the beginning of a new one, since the caller named no place and
    each of its activations is another. handle: the id or token we gave to an
    activation. replace: the site whose seat the new one takes over. label: the caller's own word for the place. ip,
    directory: what dialects bind to besides. email: whom the caller claims to act for; binds_owner: refuse anybody else.
    sole: free the only place there is where none is named. consumer, secret: the credential the protocol ships. version:
    what the caller runs. terms: what a licence to be made shall have. page, size: of a list.
    """

    act: str
    key: Key | None = None
    product: tuple[str, ...] = ()
    bound_to: str | None = None
    site: str | None = None
    install: str | None = None
    anew: bool = False
    handle: str | None = None
    replace: str | None = None
    environment: str | None = None
    ip: str | None = None
    directory: str | None = None
    label: str | None = None
    email: str | None = None
    binds_owner: bool = False
    sole: bool = False
    consumer: str | None = None
    secret: str | None = None
    version: str | None = None
    channel: str = "stable"
    terms: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    size: int = 10


@dataclass(frozen=True)
class Activation:
    """An activation of the licence. handle: its id outside (one for each site or install); state: active, exempt, over_limit, or
    freed, for one that was given back (until)."""

    handle: str
    site: str
    since: datetime
    state: str = "active"
    at: str | None = None
    label: str | None = None
    ip: str | None = None
    directory: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Release:
    """A version of a product that software may update itself to.

    sections: name to HTML (`description`, `changelog`, ...). icons, banners: `1x`, `2x`, `svg`, `low`, `high` to URL.
    package: a signed, short-lived address, None where this caller may not have it; `notice` then says why, kindly.
    stable_version: the newest stable version, which is another one where the caller asked for betas.
    """

    version: str
    product: str
    name: str
    released_at: datetime
    channel: str = "stable"
    homepage: str | None = None
    author: str | None = None
    requires: str | None = None
    tested: str | None = None
    requires_php: str | None = None
    upgrade_notice: str | None = None
    sections: Mapping[str, str] = field(default_factory=dict)
    icons: Mapping[str, str] = field(default_factory=dict)
    banners: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    notice: str | None = None
    stable_version: str | None = None


@dataclass(frozen=True)
class Answer:
    """One answer. `verdict.code` says what became of the question; the rest is what a protocol may show besides.

    vendor: its slug. key: the licence's key, where the caller named it, holds the token of a place that was activated with
    it, or it was made just now. number: a stable whole
    number for the licence, for protocols whose ids are numbers. product: the record of what was asked about. activation:
    the place asked about (or freed). changed: True where the question changed something just now. secret: what the protocol
    signs its replies with. shows_holder: the vendor lets this protocol tell names and addresses. stale: a last known answer,
    because a part of ours is away or the caller asks too often. listed, total: a page of licences, and how many there are.
    zone: the vendor's (IANA), in which days are told.
    """

    verdict: Verdict
    vendor: str | None = None
    key: Key | None = None
    number: int = 0
    licence: Licence | None = None
    product: Product | None = None
    activation: Activation | None = None
    activations: tuple[Activation, ...] = ()
    changed: bool = False
    release: Release | None = None
    secret: str | None = None
    shows_holder: bool = False
    stale: bool = False
    listed: tuple[Answer, ...] = ()
    total: int = 0
    zone: str = "UTC"
