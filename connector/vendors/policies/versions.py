"""Policies kept by digest, and a vendor's published versions with the instant from which each one judges.

A decision names `id@version#digest`; the effective data behind it is kept once, so that every decision can be made again
(NOT-06). A version is never changed: a correction is published anew, and for the same instant the later one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from connector.domain.policy.policy import Policy
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once, reading
from connector.storage.tables_policy import policies, policy_versions
from connector.vendors.policies import packs

JUDGES = ("requests", "purchases")

_KEPT = select(policies.c.digest).where(policies.c.digest == bindparam("digest"))
_IN_ORDER = (policy_versions.c.effective_from, policy_versions.c.published_at, policy_versions.c.id)


class UnknownPolicy(LookupError):
    """No policy of that name is kept."""


@dataclass(frozen=True)
class Version:
    """A published policy: from `effective_from` (UTC) on it judges the requests that come in, or those about purchases
    made since then (`judges`)."""

    id: str
    policy: Policy
    effective_from: datetime
    judges: str
    published_at: datetime


def load(runtime: Runtime, id_or_path: str | Path, settings: Mapping[str, Any] | None = None) -> Policy:
    """A pack as `packs.load` reads it, with its effective data at hand for `keep`."""
    body = packs.body(id_or_path, settings)
    policy = packs.load(id_or_path, settings)
    runtime.memo["policy body", policy.digest] = body
    return policy


def name_of(id_or_path: str, policy: Policy) -> str:
    """How a vendor's row names its first policy: a shipped pack by its id, a file as it was read, by what is kept of it."""
    return id_or_path if id_or_path in packs.shipped() else policy.ref


def base(runtime: Runtime, name: str, settings: Mapping[str, Any]) -> Policy:
    """The policy that `name_of` names; what becomes of a file afterwards changes nothing (NOT-06)."""
    if "#" not in name:
        return load(runtime, name, settings)
    with reading(runtime.engine) as tx:
        return kept(tx, runtime, name)


def keep(tx: Connection, runtime: Runtime, policy: Policy, now: datetime) -> None:
    """Keep the policy's effective data once, before or while it judges; no statement once it is known to be kept.

    What this transaction inserts is only taken for kept when a later one finds it: this one may still be rolled back.
    """
    if ("policy kept", policy.digest) in runtime.memo:
        return
    if tx.execute(_KEPT, {"digest": policy.digest}).first() is not None:
        runtime.memo["policy kept", policy.digest] = True
        return
    body = runtime.memo.get(("policy body", policy.digest))
    if body is not None:
        insert_once(tx, policies, {"digest": policy.digest, "ref": policy.ref, "body": body, "kept_at": now})


def kept(tx: Connection, runtime: Runtime, ref: str) -> Policy:
    """The policy that a decision names (`id@version#digest`), as it was then; raises UnknownPolicy."""
    found = runtime.memo.get(("policy of", ref))
    if found is None:
        body = tx.execute(select(policies.c.body).where(policies.c.ref == ref).limit(1)).scalar()
        if body is None:
            raise UnknownPolicy(f"no policy {ref!r} is kept here: `connector policy history` shows what is")
        found = runtime.memo["policy of", ref] = packs.revive(body, ref)
    policy: Policy = found
    return policy


def publish(
    tx: Connection, runtime: Runtime, vendor_id: str, policy: Policy, effective: datetime, judges: str, now: datetime
) -> str:
    """Let a policy judge from `effective` (UTC) on; the version's id."""
    body = runtime.memo["policy body", policy.digest]
    insert_once(tx, policies, {"digest": policy.digest, "ref": policy.ref, "body": body, "kept_at": now})
    row = {"id": ids.new_id("pol", now), "vendor_id": vendor_id, "digest": policy.digest, "judges": judges}
    tx.execute(insert(policy_versions).values(**row, effective_from=effective, published_at=now))
    return str(row["id"])


def versions(runtime: Runtime, vendor_id: str, count: int) -> tuple[Version, ...]:
    """The vendor's published versions, the one that counts last at the end; read again when there are more of them."""
    key = ("versions", vendor_id)
    found = runtime.memo.get(key)
    if found is None or found[0] != count:
        found = runtime.memo[key] = (count, _read_versions(runtime, vendor_id))
    read: tuple[Version, ...] = found[1]
    return read


def published(tx: Connection, vendor_id: str) -> bool:
    """Has this vendor published a version? From then on only publishing changes what judges."""
    mine = select(policy_versions.c.id).where(policy_versions.c.vendor_id == vendor_id).limit(1)
    return tx.execute(mine).first() is not None


def in_force(base: Policy, published: Sequence[Version], now: datetime, purchased_at: datetime | None = None) -> Policy:
    """The policy that judges a request of `now` about something bought at `purchased_at` (None = unknown)."""
    counted_from = {"requests": now, "purchases": purchased_at}
    return next(
        (
            each.policy
            for each in reversed(published)
            if (instant := counted_from[each.judges]) is not None and each.effective_from <= instant
        ),
        base,
    )


def history(tx: Connection, base: Policy, vendor_id: str, now: datetime) -> list[dict[str, Any]]:
    """Every version of a vendor's policy, oldest first, the one it began with on top."""
    joined = select(policy_versions, policies.c.ref).join(policies, policies.c.digest == policy_versions.c.digest)
    ordered = joined.where(policy_versions.c.vendor_id == vendor_id).order_by(*_IN_ORDER)
    rows = [
        {
            "policy": row.ref,
            "judges": row.judges,
            "effective_from": codec.rfc3339(row.effective_from),
            "published_at": codec.rfc3339(row.published_at),
            "state": "in force" if row.effective_from <= now else "to come",
        }
        for row in tx.execute(ordered)
    ]
    first = {"policy": base.ref, "judges": "requests", "effective_from": None, "published_at": None}
    told = [first | {"state": "in force"}, *rows]
    current = [each for each in told if each["judges"] == "requests" and each["state"] == "in force"]
    for each in current[:-1]:
        each["state"] = "over"
    return told


def _read_versions(runtime: Runtime, vendor_id: str) -> tuple[Version, ...]:
    joined = select(policy_versions, policies.c.ref).join(policies, policies.c.digest == policy_versions.c.digest)
    mine = joined.where(policy_versions.c.vendor_id == vendor_id)
    with reading(runtime.engine) as tx:
        rows = tx.execute(mine.order_by(*_IN_ORDER)).all()
        return tuple(
            Version(row.id, kept(tx, runtime, row.ref), row.effective_from, row.judges, row.published_at)
            for row in rows
        )
