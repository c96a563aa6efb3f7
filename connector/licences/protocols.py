"""One call of shipped software: from its protocol's words to the ledger, and back.

A protocol never sees the database and the ledger never sees a protocol. Whatever goes wrong on our side, the caller gets the last
known answer or a plain "ask again", never an "invalid" and never a 5xx.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connector.domain.licensing.questions import READS, Answer, Question
from connector.domain.licensing.verdict import untold
from connector.licences.question import MAX_KEY
from connector.licences.rate_limits import gate_of
from connector.licences.verification import ask
from connector.observe import Log
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.database import reading, reading_again, retrying, transaction
from connector.storage.tables import face_secrets, faces, vendors
from connector.vendors.vendor import COLUMNS, UnknownVendor, Vendor, vendor_of

log = Log()
_VENDOR = (
    select(*COLUMNS, faces.c.settings.label("face_settings"))
    .join(faces, (faces.c.vendor_id == vendors.c.id) & (faces.c.face == bindparam("f")), isouter=True)
    .where(vendors.c.slug == bindparam("slug"))
)
_SECRETS = select(face_secrets).where(
    face_secrets.c.vendor_id == bindparam("v"),
    face_secrets.c.face == bindparam("f"),
    face_secrets.c.revoked_at.is_(None),
)


@dataclass(frozen=True)
class Credential:
    """A live secret of a protocol: its scope (`verify`, `manage`, `sign`), and the one product it is bound to, if any."""

    scope: str
    secret: str
    product: str | None = None
    consumer: str | None = None


@dataclass(frozen=True)
class Setup:
    """What a vendor set for one protocol. shows_holder: names and addresses may be told."""

    shows_holder: bool = False
    credentials: tuple[Credential, ...] = ()

    def granted(self, question: Question, scope: str) -> Credential | None:
        """The credential the question carries, if it is good for `scope`; compared in constant time, on bytes."""
        found = None
        for each in filter(lambda each: each.secret, self.credentials):
            same = _same(each.secret, question.secret or "") and _same(each.consumer or "", question.consumer or "")
            if same and each.scope in (scope, "manage"):
                found = each
        return found

    def signing(self, product: str | None) -> str | None:
        """The secret that replies about this product are signed with: its own, else the vendor's."""
        rows = [each for each in self.credentials if each.scope == "sign"]
        own = [each.secret for each in rows if each.product is not None and each.product == product]
        return next(iter(own + [each.secret for each in rows if each.product is None]), None)


def protocol_of(protocols: Iterable[LicenceProtocol], call: ProtocolCall) -> LicenceProtocol | None:
    """The protocol of a call."""
    return next((protocol for protocol in protocols if protocol.matches(call)), None)


def reply_to(runtime: Runtime, slug: str, protocol: LicenceProtocol, call: ProtocolCall, address: str) -> ProtocolReply:
    """Ask what the call asks and say it in its protocol's words; raises UnknownVendor."""
    questions = protocol.parse(call)
    answers = [_answer(runtime, slug, protocol, question, call, address) for question in questions]
    return protocol.render(call, questions, answers)


def _answer(
    runtime: Runtime, slug: str, protocol: LicenceProtocol, question: Question, call: ProtocolCall, address: str
) -> Answer:
    gate, now = gate_of(runtime), call.now
    if question.anew:
        question = replace(question, install=ids.numbered(question.install or ""))
    readable = question.key is not None and len(question.key) <= MAX_KEY
    key_hash = runtime.keyring.key_hash(question.key) if question.key and readable else ""
    same = _memorable(slug, protocol, question, key_hash)
    if gate.wait(key_hash, address, now):
        return _last(runtime, same, question, "RATE_LIMITED", now)
    try:
        answer = _asked(runtime, slug, protocol, question, call)
    except UnknownVendor:
        raise
    except Exception as fault:  # whatever is wrong with us, the licence is not
        log.error(
            "licence.unanswered", protocol=protocol.name, act=question.act, error=type(fault).__name__, exc_info=True
        )
        return _last(runtime, same, question, "UNAVAILABLE", now)
    if answer.verdict.code == "NOT_FOUND" and question.key is not None:
        gate.missed(address, now)
    elif question.act not in ("create", "list") and answer.verdict.code != "CREDENTIAL_REFUSED":
        gate.memory.keep(same, replace(answer, activation=None) if question.act == "deactivate" else answer)
    return answer


def _asked(runtime: Runtime, slug: str, protocol: LicenceProtocol, question: Question, call: ProtocolCall) -> Answer:
    def once() -> Answer:
        with (reading if question.act in READS else transaction)(runtime.engine) as tx:
            row = tx.execute(_VENDOR, {"slug": slug, "f": protocol.name}).first()
            if row is None:
                raise UnknownVendor(f"no vendor {slug!r} here")
            vendor = vendor_of(runtime, row)
            if json.loads(row.face_settings or "{}").get("off"):
                raise UnknownVendor(f"{slug!r} does not speak {protocol.name} here")
            setup = setup_of(tx, runtime, vendor.id, protocol, row.face_settings)
            return _permitted(tx, runtime, vendor, protocol, setup, question, call)

    return reading_again(once) if question.act in READS else retrying(once)


def _permitted(
    tx: Connection,
    runtime: Runtime,
    vendor: Vendor,
    protocol: LicenceProtocol,
    setup: Setup,
    question: Question,
    call: ProtocolCall,
) -> Answer:
    if scope := protocol.scopes.get(question.act):
        granted = setup.granted(question, scope)
        if granted is None:
            return Answer(untold("CREDENTIAL_REFUSED", call.now))
        if granted.product is not None:
            asked = vendor.catalogue.match(question.product)
            if question.act == "create" and asked is not None and asked.slug != granted.product:
                return Answer(untold("CREDENTIAL_REFUSED", call.now))
            question = replace(question, bound_to=granted.product)
    answer = ask(tx, runtime, question, call.now, vendor, base=call.base)
    product = answer.product.slug if answer.product else None
    secret = setup.signing(product) if protocol.signs else None
    return replace(answer, secret=secret, shows_holder=setup.shows_holder)


def setup_of(
    tx: Connection, runtime: Runtime, vendor_id: str, protocol: LicenceProtocol, settings: str | None
) -> Setup:
    """What the vendor set for this protocol (`settings` as stored); secrets only where the protocol has any."""
    rows: list[Any] = []
    if protocol.scopes or protocol.signs:
        rows = list(tx.execute(_SECRETS, {"v": vendor_id, "f": protocol.name}))
    secrets = tuple(
        Credential(row.scope, runtime.keyring.unseal(row.sealed).decode(), row.product, row.consumer) for row in rows
    )
    return Setup(bool(json.loads(settings or "{}").get("shows_holder")), secrets)


def _memorable(slug: str, protocol: LicenceProtocol, question: Question, key_hash: str) -> Hashable:
    """What makes two questions the same, in a few bytes however long the caller's words are."""
    about = (question.product, question.site, question.install, question.handle, question.channel, question.secret)
    act = "validate" if question.act in ("validate", "activate", "check_in", "deactivate") else question.act
    bound = (question.consumer, question.email, question.ip, question.directory)
    words = repr((slug, protocol.name, act, key_hash, *bound, *about))
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _last(runtime: Runtime, same: Hashable, question: Question, code: str, now: datetime) -> Answer:
    """The last known answer, where it answers the question: a site that is on the licence need not be activated again.

    Who asks too often gets it only while it is good: asking without end must not keep a licence alive that has ended.
    """
    known = gate_of(runtime).memory.recall(same)
    if known is not None and code == "RATE_LIMITED" and known.verdict.check_again_after <= now:
        known = None
    if known is None or question.act not in (*READS, "activate", "check_in"):
        return Answer(untold(code, now))
    if question.act in ("activate", "check_in") and known.verdict.code == "SITE_NOT_ACTIVATED":
        return Answer(untold(code, now))
    return replace(known, stale=True, changed=False)


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))
