"""Settings from the environment (12-factor); every secret also as NAME_FILE. All faults are told at once, without values."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environs import Env, EnvError, FileAwareEnv

DEFAULT_BIND = "127.0.0.1:8080"


class BadSettings(Exception):
    """The environment cannot be used; the message lists every fault and its cure, never a value."""


@dataclass(frozen=True)
class Settings:
    """The effective settings; `origin` says for each where it came from."""

    home: Path
    environment: str
    bind: str
    public_url: str
    database_url: str
    redis_url: str | None
    secret_key: str
    log_format: str
    trusted_proxies: int
    metrics_token: str | None
    max_body: int
    threads: int
    workers: int
    rate_key: int = 3000
    rate_address: int = 6000
    rate_misses: int = 60
    keep_bodies: int = 0
    keep_texts: int = 0
    keep_decisions: int = 0
    status_link_days: int = 180
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_sender: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


# name -> (attribute, meaning); a test keeps docs/operations.md true to this table.
NAMES = {
    "CONNECTOR_HOME": ("home", "data folder; default ./var"),
    "CONNECTOR_ENV": ("environment", "development or production; production refuses a made-up secret key"),
    "CONNECTOR_BIND": ("bind", f"address and port to listen on; default {DEFAULT_BIND}"),
    "CONNECTOR_PUBLIC_URL": ("public_url", "how customers and hosts reach us; default http://<bind>"),
    "CONNECTOR_DATABASE_URL": ("database_url", "sqlite:///... or postgresql://...; default SQLite in the home"),
    "CONNECTOR_REDIS_URL": ("redis_url", "redis://...; unset = the embedded worker sends the tickets"),
    "CONNECTOR_SECRET_KEY": ("secret_key", "at least 32 characters; made in the home on first start in development"),
    "CONNECTOR_LOG_FORMAT": ("log_format", "json or text; default text on a terminal, json elsewhere"),
    "CONNECTOR_TRUSTED_PROXIES": ("trusted_proxies", "how many proxies in front set X-Forwarded-*; default 0"),
    "CONNECTOR_METRICS_TOKEN": ("metrics_token", "bearer token for /metrics; unset = /metrics is off"),
    "CONNECTOR_MAX_BODY": ("max_body", "largest webhook body in bytes; default 1048576"),
    "CONNECTOR_THREADS": (
        "threads",
        "requests a serving process works on at once; default 16 on SQLite, 8 on PostgreSQL",
    ),
    "CONNECTOR_WORKERS": ("workers", "serving processes; default 1 on SQLite (one writer is fastest), 2 on PostgreSQL"),
    "CONNECTOR_RATE_KEY": ("rate_key", "licence calls a minute for one key; default 3000, 0 = no limit"),
    "CONNECTOR_RATE_ADDRESS": ("rate_address", "licence calls a minute from one address; default 6000, 0 = no limit"),
    "CONNECTOR_RATE_MISSES": (
        "rate_misses",
        "calls a minute from one address for keys nobody has; default 60, 0 = no limit",
    ),
    "CONNECTOR_KEEP_BODIES": ("keep_bodies", "days that bodies of deliveries are kept; default 0 = for ever"),
    "CONNECTOR_KEEP_TEXTS": (
        "keep_texts",
        "days that words of solved or refused requests are kept; default 0 = for ever",
    ),
    "CONNECTOR_KEEP_DECISIONS": (
        "keep_decisions",
        "days that decisions no ticket rests on are kept; default 0 = for ever",
    ),
    "CONNECTOR_STATUS_LINK_DAYS": (
        "status_link_days",
        "days that the customer's link opens a ticket after it was solved or refused; default 180, 0 = for ever",
    ),
    "SMTP_HOST": ("smtp_host", "mail server that takes our mails to customers; unset = we mail nobody"),
    "SMTP_PORT": ("smtp_port", "its port; default 587 with starttls, 465 with tls, 25 with none"),
    "SMTP_TLS": ("smtp_tls", "starttls (default), tls (from the first byte) or none"),
    "SMTP_USER": ("smtp_user", "name to sign in with; unset = without"),
    "SMTP_PASSWORD": ("smtp_password", "its password"),
    "SMTP_SENDER": ("smtp_sender", "address our mails come from, such as support@acme.example.com"),
}
SECRET = frozenset(
    {
        *("CONNECTOR_SECRET_KEY", "CONNECTOR_METRICS_TOKEN", "CONNECTOR_DATABASE_URL", "CONNECTOR_REDIS_URL"),
        "SMTP_PASSWORD",
    }
)
_SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS = re.compile(rf"(?=.{{1,64}}@)({_ATOM}(?:\.{_ATOM})*)@((?=.{{1,250}}$)[\w-]+(?:\.[\w-]+)*)")
"""One plain address, its host in any script: no name beside it, no quotes, no second one."""


def load(environ: Mapping[str, str] | None = None, *, make_key: bool = True) -> Settings:
    """Read, check and complete the settings; makes the home and, outside production, its secret key (mode 0600).

    make_key: else a home without a key is a fault: whoever only looks has most likely forgotten CONNECTOR_HOME.
    Raises BadSettings with every fault at once.
    """
    faults: list[str] = []
    if environ is not None:
        os.environ.update(environ)
    env = FileAwareEnv(eager=True)
    home = Path(_read(env, "CONNECTOR_HOME", "./var", faults)).resolve()
    production = _one_of(env, "CONNECTOR_ENV", ("development", "production"), "development", faults) == "production"
    bind = _read(env, "CONNECTOR_BIND", DEFAULT_BIND, faults)
    if not bind.rpartition(":")[2].isdigit():
        faults.append("CONNECTOR_BIND: give address:port, for example 127.0.0.1:8080")
    database_url = _read(env, "CONNECTOR_DATABASE_URL", f"sqlite:///{home}/connector.db", faults)
    if not database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")):
        faults.append("CONNECTOR_DATABASE_URL: give sqlite:///file or postgresql://user@host/name")
    sqlite = database_url.startswith("sqlite")
    redis_url = _read(env, "CONNECTOR_REDIS_URL", "", faults) or None
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        faults.append("CONNECTOR_REDIS_URL: give redis://host:port/0, rediss://... or unix://path")
    secret_key = _secret_key(env, home, production, make_key, faults)
    if home.exists() and not home.is_dir():
        faults.append("CONNECTOR_HOME: is a file: name a folder")
    origin = {name: _origin(name) for name in NAMES}
    made = Settings(
        home=home,
        environment="production" if production else "development",
        bind=bind,
        public_url=_read(env, "CONNECTOR_PUBLIC_URL", f"http://{bind}", faults).rstrip("/"),
        database_url=_driver(database_url),
        redis_url=redis_url,
        secret_key=secret_key,
        log_format=_one_of(env, "CONNECTOR_LOG_FORMAT", ("auto", "json", "text"), "auto", faults),
        trusted_proxies=_number(env, "CONNECTOR_TRUSTED_PROXIES", 0, 0, 10, faults),
        metrics_token=_read(env, "CONNECTOR_METRICS_TOKEN", "", faults) or None,
        max_body=_number(env, "CONNECTOR_MAX_BODY", 1 << 20, 1024, 64 << 20, faults),
        threads=_number(env, "CONNECTOR_THREADS", 16 if sqlite else 8, 1, 256, faults),
        workers=_number(env, "CONNECTOR_WORKERS", 1 if sqlite else 2, 1, 64, faults),
        rate_key=_number(env, "CONNECTOR_RATE_KEY", 3000, 0, 1_000_000, faults),
        rate_address=_number(env, "CONNECTOR_RATE_ADDRESS", 6000, 0, 1_000_000, faults),
        rate_misses=_number(env, "CONNECTOR_RATE_MISSES", 60, 0, 1_000_000, faults),
        keep_bodies=_number(env, "CONNECTOR_KEEP_BODIES", 0, 0, 36_500, faults),
        keep_texts=_number(env, "CONNECTOR_KEEP_TEXTS", 0, 0, 36_500, faults),
        keep_decisions=_number(env, "CONNECTOR_KEEP_DECISIONS", 0, 0, 36_500, faults),
        status_link_days=_number(env, "CONNECTOR_STATUS_LINK_DAYS", 180, 0, 36_500, faults),
        **_smtp(env, faults),
        origin=origin,
    )
    if faults:
        raise BadSettings("cannot start:\n" + "\n".join(f"  {fault}" for fault in faults))
    return made


def home() -> Path:
    """The data folder that the environment names."""
    return Path(_read(FileAwareEnv(eager=True), "CONNECTOR_HOME", "./var", [])).resolve()


def has_key(folder: Path) -> bool:
    """Is a secret key set, or kept in this data folder?"""
    return (
        any(name in os.environ for name in ("CONNECTOR_SECRET_KEY", "CONNECTOR_SECRET_KEY_FILE"))
        or (folder / "secret_key").exists()
    )


def keep_key(folder: Path, key: str) -> Path:
    """Put a secret key in a data folder that has none (mode 0600); its file. Raises FileExistsError."""
    path = folder / "secret_key"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key)
    return path


def shown(settings: Settings) -> list[dict[str, str]]:
    """The effective values, secrets masked, with where each came from (`connector config show`)."""
    rows = []
    for name, (attribute, meaning) in NAMES.items():
        value = getattr(settings, attribute)
        text = "" if value is None else str(value)
        if name in SECRET and text and not text.startswith("sqlite"):
            text = "(set)"
        rows.append({"name": name, "value": text, "from": settings.origin.get(name, "default"), "meaning": meaning})
    return rows


def _read(env: Env, name: str, default: str, faults: list[str]) -> str:
    try:
        return str(env.str(name, default)).strip()
    except (EnvError, OSError, ValueError) as fault:
        faults.append(f"{name}: cannot be read from {name}_FILE ({type(fault).__name__}): name a readable file")
        return default


def _one_of(env: Env, name: str, words: tuple[str, ...], default: str, faults: list[str]) -> str:
    word = _read(env, name, default, faults)
    if word not in words:
        faults.append(f"{name}: give one of {', '.join(words)}")
    return word


def _number(env: Env, name: str, default: int, low: int, high: int, faults: list[str]) -> int:
    text = _read(env, name, str(default), faults)
    if not text.isdecimal() or not low <= int(text) <= high:
        faults.append(f"{name}: give a whole number from {low} to {high}")
        return default
    return int(text)


def _smtp(env: Env, faults: list[str]) -> dict[str, Any]:
    """How to mail customers; without a host the rest is read and left alone."""
    host, sender = _read(env, "SMTP_HOST", "", faults), _read(env, "SMTP_SENDER", "", faults)
    tls = _one_of(env, "SMTP_TLS", tuple(_SMTP_PORTS), "starttls", faults)
    user, password = _read(env, "SMTP_USER", "", faults), _read(env, "SMTP_PASSWORD", "", faults)
    port = _number(env, "SMTP_PORT", _SMTP_PORTS.get(tls, 587), 1, 65535, faults)
    if host and not (MAIL_ADDRESS.fullmatch(sender) and sender.isascii()):
        faults.append("SMTP_SENDER: give the address our mails come from, such as support@acme.example.com")
    if host and bool(user) != bool(password):
        faults.append("SMTP_USER, SMTP_PASSWORD: give both, or neither")
    if host and user and tls == "none" and host not in _LOOPBACK:
        faults.append("SMTP_TLS: with none the password would travel readable: use starttls or tls")
    return {
        "smtp_host": host or None,
        "smtp_port": port,
        "smtp_tls": tls,
        "smtp_user": user or None,
        "smtp_password": password or None,
        "smtp_sender": sender,
    }


def _secret_key(env: Env, home: Path, production: bool, make_key: bool, faults: list[str]) -> str:
    given = _read(env, "CONNECTOR_SECRET_KEY", "", faults)
    if given:
        if len(given) < 32:
            faults.append(
                "CONNECTOR_SECRET_KEY: give at least 32 characters, for example from `openssl rand -base64 48`"
            )
        return given
    path = home / "secret_key"
    if path.exists():
        return path.read_text().strip()
    if production:
        faults.append(
            "CONNECTOR_SECRET_KEY: production needs one of its own, for example from `openssl rand -base64 48`"
        )
        return ""
    if not make_key:
        faults.append(
            f"CONNECTOR_HOME: {home} holds no installation (no secret key); is it the right folder? "
            "`connector migrate` makes a new installation there"
        )
        return ""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):  # another process of ours was first
            keep_key(home, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        faults.append(f"CONNECTOR_HOME: no secret key can be kept there ({error.strerror}): name a folder of our own")
        return ""


def _origin(name: str) -> str:
    if f"{name}_FILE" in os.environ:
        return f"{name}_FILE"
    if name in os.environ:
        return "environment"
    return "home" if name == "CONNECTOR_SECRET_KEY" else "default"


def _driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url
