"""What a running process is made of: built once in wsgi.py or the command line, handed down, never imported from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, overload

from sqlalchemy import Engine

from connector.ports import Helpdesk, Host, LicenceProtocol, Posted
from connector.settings import Settings
from connector.storage.database import PATIENCE, make_engine
from connector.storage.keyring import Keyring

T = TypeVar("T")

NEVER = datetime.min.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """The one clock; read once at each edge and handed down as `now`."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """Settings, database, keys, registries and the waker of the queue.

    verify, sign: the signature schemes of `webhooks.signatures`, handed in from above.
    post: sends a body to a vendor's own program (url, body, headers, whether private addresses are allowed); the answer.
    started: when this process began to look after the database; what was queued before may have been sent by another.
    wake: tells the workers which outbox rows are new; may be lost, may not block, never raises.
    """

    settings: Settings
    engine: Engine
    keyring: Keyring
    hosts: Mapping[str, Host]
    helpdesks: Mapping[str, Helpdesk]
    protocols: Sequence[LicenceProtocol] = ()
    clock: Callable[[], datetime] = utc_now
    started: datetime = NEVER
    wake: Callable[[Sequence[str]], None] = lambda rows: None
    verify: Callable[..., int] | None = None
    sign: Callable[..., dict[str, str]] | None = None
    post: Callable[[str, bytes, Mapping[str, str], bool], Posted] | None = None
    memo: dict[Any, Any] = field(default_factory=dict)


class LateMapping(Mapping[str, T]):
    """A registry that is made when something is first asked of it: most commands never ask, and adapters take long to import."""

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        self._made = cache(make)

    def __getitem__(self, name: str) -> T:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())


class LateSequence(Sequence[T]):
    """The same of a registry in which the order counts."""

    def __init__(self, make: Callable[[], Sequence[T]]) -> None:
        self._made = cache(make)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        return self._made()[place]

    def __len__(self) -> int:
        return len(self._made())


def build(settings: Settings, patience: float = PATIENCE, **registries: Any) -> Runtime:
    """A runtime without a waker: whoever serves or works adds one (`connector.tickets.wakers`). patience: as `db.make_engine`."""
    return Runtime(
        settings=settings,
        engine=make_engine(settings.database_url, pool=settings.threads + 2, patience=patience),
        keyring=Keyring.of(settings.secret_key),
        **registries,
    )
