"""Policy packs: TOML files read into `Policy`, the vendor's own settings merged in, and checked with their examples.

PackError   a pack that cannot be used; `problems` name each place and its cure
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from connector.domain.calendar.hours import DAYS, Calendar
from connector.domain.policy.policy import Policy
from connector.vendors.policies import examples as pack_examples
from connector.vendors.policies.fields import suggestion
from connector.vendors.policies.lint import Problem, loose_ends
from connector.vendors.policies.remedies import unaddressed
from connector.vendors.policies.schema import PackShape
from connector.vendors.policies.zones import doubt

_SHIPPED = files("connector.vendors.policies") / "shipped"
_NOT_EFFECTIVE = ("example", "requires")
_PLAIN_WORDS = {
    "Missing data for required field.": "missing: add this key",
    "Not a valid string.": "must be text",
    "Not a valid list.": "must be a list: [ ... ]",
    "Not a valid mapping type.": "must be a table: { ... }",
    "Invalid input type.": "must be a table: { ... }",
    "Not a valid boolean.": "must be true or false",
    "Not a valid integer.": "must be a whole number",
}


class PackError(ValueError):
    """A pack that cannot be used, with every problem found."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("\n".join([f"policy pack {name}:", *(f"  {problem}" for problem in problems)]))
        self.problems = problems


def shipped() -> list[str]:
    """The ids of the packs that come with the connector."""
    return sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml"))


def load(id_or_path: str | Path, settings: Mapping[str, Any] | None = None) -> Policy:
    """The policy of a shipped pack (by id) or of a TOML file, with the vendor's settings merged in.

    settings: dotted keys of the pack, such as {"calendar.timezone": "Europe/London"}; None as value takes a key away.
    Raises PackError with every problem's place and cure.
    """
    return parse(read(id_or_path), settings, str(id_or_path))


def read(id_or_path: str | Path) -> str:
    """The TOML text of a shipped pack (by id) or of a file; raises PackError where there is none."""
    name = str(id_or_path)
    if isinstance(id_or_path, Path) or name.endswith(".toml") or "/" in name:
        try:
            return Path(name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise PackError(name, [Problem("file", f"cannot be read: {error}")]) from None
    if name not in shipped():
        message = f"no pack of this id{suggestion(name, shipped()) or '.'} Shipped are {', '.join(shipped())}"
        raise PackError(name, [Problem("id", message)])
    return (_SHIPPED / f"{name}.toml").read_text(encoding="utf-8")


def source(id_or_path: str | Path) -> dict[str, Any]:
    """The pack's own data, unchecked and without anybody's settings; raises PackError where it cannot be read."""
    return _data(read(id_or_path), str(id_or_path))


def parse(text: str, settings: Mapping[str, Any] | None = None, name: str = "pack") -> Policy:
    """The policy that a TOML text says, with settings merged in; raises PackError."""
    return _policy(_merged(text, settings, name), name)


def effective(id_or_path: str | Path, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What takes effect, under the pack's own keys and ready for JSON: pack and settings, without the examples.

    Raises PackError like `load`.
    """
    data = _merged(read(id_or_path), settings, str(id_or_path))
    _policy(data, str(id_or_path))
    shown: dict[str, Any] = json.loads(_canonical(data))
    return shown


def body(id_or_path: str | Path, settings: Mapping[str, Any] | None = None) -> str:
    """The effective data as canonical JSON, which is what the digest is made of; raises PackError like `load`."""
    return _canonical(_merged(read(id_or_path), settings, str(id_or_path)))


def revive(kept: str, name: str = "kept policy") -> Policy:
    """The policy that `body` was taken of, with the same digest; raises PackError where this code reads it no more.

    Loose ends were looked for when it was published: a stricter look since then must not stop the clocks of its tickets.
    """
    return _shaped(json.loads(kept), name)


def lint(id_or_path: str | Path, settings: Mapping[str, Any] | None = None) -> list[Problem]:
    """Every problem of a pack: its shape, what it refers to, and its examples, which are all run. Empty = good."""
    name = str(id_or_path)
    try:
        text = read(id_or_path)
        data = _data(text, name)
    except PackError as error:
        return error.problems
    problems = list(_name_problems(id_or_path, data))
    examples = data.get("example", [])
    shape = list(pack_examples.problems(examples))
    if shape:
        return problems + [Problem(place, _PLAIN_WORDS.get(message, message)) for place, message in shape]
    if not examples and settings is None:
        problems.append(Problem("example", "no examples: add [[example]] tables that pin what the policy says"))
    for number, example in enumerate(examples or [{}]):
        place = f"example[{number}] {example.get('name', '')}".strip()
        try:
            policy = parse(text, {**(settings or {}), **example.get("settings", {})}, name)
        except PackError as error:
            return problems + error.problems
        problems += (
            [Problem(place, message) for message in pack_examples.mismatches(example, policy)] if example else []
        )
    return problems


def advice(policy: Policy) -> list[Problem]:
    """What a good pack may still lack: a zone that may be meant otherwise, and remedies without an address."""
    doubtful = doubt(policy.zone)
    told = [Problem("calendar.timezone", doubtful)] if doubtful else []
    return told + list(unaddressed(policy))


def _merged(text: str, settings: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    data = _with_settings(_data(text, name), settings or {}, name)
    required = data.get("requires")
    names = [key for key in required if isinstance(key, str)] if isinstance(required, list) else []
    missing = [key for key in names if _lookup(data, key) is None]
    if missing:
        raise PackError(name, [Problem(key, _required(key)) for key in missing])
    return data


def _data(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackError(name, [Problem("file", f"is no TOML: {error}")]) from None


def _with_settings(data: dict[str, Any], settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    problems = []
    for key, value in settings.items():
        *tables, last = key.split(".")
        table: Any = data
        for step in tables:
            table = table.setdefault(step, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict) or not all([*tables, last]) or key.partition(".")[0] in _NOT_EFFECTIVE:
            problems.append(Problem(key, "no such setting: write the pack's own keys joined by dots"))
        elif value is None:
            table.pop(last, None)
        else:
            table[last] = value
    if problems:
        raise PackError(name, problems)
    return data


def _lookup(data: Any, key: str) -> Any:
    for step in key.split("."):
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _required(key: str) -> str:
    return (
        f'the published policy leaves this open, so the vendor must set it: {{"{key}": ...}} in the vendor\'s settings'
    )


def _policy(data: dict[str, Any], name: str) -> Policy:
    policy = _shaped(data, name)
    problems = list(loose_ends(policy))
    for slug, each in policy.products.items():
        own = (problem for problem in loose_ends(each) if problem not in problems)
        problems += [Problem(f"product.{slug}.{problem.place}", problem.message) for problem in own]
    if problems:
        raise PackError(name, problems)
    return policy


def _shaped(data: dict[str, Any], name: str) -> Policy:
    try:
        loaded = PackShape().load({key: value for key, value in data.items() if key != "example"})
        loaded["hours"] = _hours(loaded.get("hours", {}), loaded["calendar"])
    except ValidationError as error:
        raise PackError(name, list(_problems(error.messages, ()))) from None
    digest = hashlib.sha256(_canonical(data).encode()).hexdigest()
    tables = loaded.pop("product", {})
    policy = _made(loaded, digest, data.get("example", []))
    return replace(policy, products=_products(data, tables, policy, name)) if tables else policy


def _hours(named: Mapping[str, Mapping[str, list[Any]]], calendar: Calendar) -> dict[str, Calendar]:
    """Hours with a name as calendars of their own, in the pack's zone; holidays are not theirs."""
    made = {}
    for name, week in named.items():
        try:
            made[name] = Calendar(calendar.zone, tuple(tuple(week.get(day, ())) for day in DAYS))
        except ValueError as error:
            raise ValidationError({"hours": {name: [str(error).replace("calendar", f"hours.{name}")]}}) from None
    return made


def _products(data: dict[str, Any], tables: Mapping[str, Any], whole: Policy, name: str) -> dict[str, Policy]:
    """What the pack says of each product that it names: its tables laid over the pack's own, key by key."""
    found, problems = {}, []
    for slug, table in tables.items():
        try:
            found[slug] = _shaped(_laid_over({key: data[key] for key in data if key != "product"}, table), name)
        except PackError as error:
            problems += [Problem(f"product.{slug}.{each.place}", each.message) for each in error.problems]
    if problems:
        raise PackError(name, problems)
    return {slug: replace(each, digest=whole.digest, examples=()) for slug, each in found.items()}


def _laid_over(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _laid_over(below.get(key), value) for key, value in above.items()}


def _canonical(data: dict[str, Any]) -> str:
    taking_effect = {key: value for key, value in data.items() if key not in _NOT_EFFECTIVE}
    return json.dumps(taking_effect, sort_keys=True, default=str)


def _made(loaded: dict[str, Any], digest: str, examples: list[dict[str, Any]]) -> Policy:
    renamed = {"channel": "channels", "component": "components", "severity": "severities"}
    credentials, notices = loaded.pop("credentials", {}), loaded.pop("notices", {})
    for key in ("format", "requires"):
        loaded.pop(key, None)
    return Policy(
        **{renamed.get(key, key): value for key, value in loaded.items()},
        credentials=credentials.get("found", "remove"),
        credentials_clause=credentials.get("clause"),
        backlog=notices.get("backlog", False),
        backlog_clause=notices.get("clause"),
        closed_days=notices.get("closed_days", False),
        digest=digest,
        examples=tuple(examples),
    )


def _name_problems(id_or_path: str | Path, data: dict[str, Any]) -> Iterator[Problem]:
    stem = Path(str(id_or_path)).stem
    if data.get("id") not in (None, stem):
        yield Problem("id", f"{data['id']!r} differs from the file's name: call the file {data['id']}.toml")


def _problems(messages: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            # A mapping field reports an entry as {name: {"key": ..., "value": ...}}: a level of no use to readers.
            own = inner == ["Unknown field."]  # a key of the pack that is called as one of the library's
            step = () if key in ("value", "key", "_schema") and not own else (str(key),)
            yield from _problems(inner, path + step)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if message == "Unknown field.":
            message = f"unknown key{suggestion(path[-1], _all_keys()) or '.'} Correct or remove it"
        yield Problem(".".join(path) or "pack", _PLAIN_WORDS.get(str(message), str(message)))


def _all_keys(shape: Any = None) -> set[str]:
    keys: set[str] = set()
    for name, field in (shape or PackShape()).fields.items():
        inner = getattr(field, "value_field", None) or field
        inner = getattr(inner, "inner", inner)
        keys.add(field.data_key or name)
        if hasattr(inner, "schema"):
            keys |= _all_keys(inner.schema)
    return keys
