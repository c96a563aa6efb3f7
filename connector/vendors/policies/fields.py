"""The values a policy pack holds: text turned into kinds, zones, days, periods, codes; faults are reported with their cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from string import Formatter
from typing import Any

from marshmallow import ValidationError, fields

from connector.domain.calendar.periods import parse_period
from connector.domain.policy.kinds import KINDS, canonical_kind
from connector.domain.policy.reasons import REASONS, TEXTS
from connector.domain.policy.rules_environment import parse_alternative
from connector.vendors.policies.zones import zone


def suggestion(word: object, known: Any) -> str:
    """`; did you mean bug?` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(str(word)[:60], sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


class Parsed(fields.Field[Any]):
    """Text turned into a value by a function that raises ValueError with the cure."""

    def __init__(self, parse: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(**more)
        self.parse = parse

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def a_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text, and not empty")
    return value


def a_plan(value: Any) -> str:
    """A plan, product or feature as it is compared: hosts write them in any letter case."""
    return a_text(value).strip().casefold()


def one_of(known: Any, what: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(
                f"{value!r} is no {what}{suggestion(value, known) or '.'} Known: {', '.join(sorted(known))}"
            )
        return value

    return parse


def a_zone(value: Any) -> str:
    return zone(a_text(value))


def a_kind(value: Any) -> str:
    if value in KINDS:
        return str(value)
    meant = canonical_kind(value)
    raise ValueError(f"{value!r} is no kind of request" + (f"; write {meant}" if meant else suggestion(value, KINDS)))


def a_day(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no date: write 2026-12-25") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a local date such as 2026-12-25, without a time")
    return value


def a_period(value: Any) -> str:
    parse_period(value)
    return str(value)


def a_term(value: Any) -> str:
    if value != "while_active":
        parse_period(value)
    return str(value)


def a_code(value: Any) -> str:
    if value not in REASONS:
        raise ValueError(f"{value!r} is no reason code{suggestion(value, REASONS)}")
    return str(value)


def a_text_name(value: Any) -> str:
    if value not in TEXTS:
        raise ValueError(f"{value!r} is no text of ours: write a reason code{suggestion(value, TEXTS)}")
    return str(value)


def a_notice(value: Any) -> str:
    code = a_code(value)
    if REASONS[code].severity != "notice":
        raise ValueError(f"{code!r} is a {REASONS[code].severity}, not a notice; use it as `code` instead")
    return code


def a_version_rule(value: Any) -> str:
    parse_alternative(a_text(value))
    return a_text(value)


def placeholders(template: str) -> set[str]:
    """The names in braces of a text; raises ValueError where braces do not fit."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def a_template(value: Any) -> str:
    template = a_text(value)
    try:
        names = placeholders(template)
    except ValueError as error:
        raise ValueError(f"the braces do not fit ({error}): write {{name}}, or {{{{ for a brace") from None
    plain = all(name.isidentifier() for name in names)
    if not plain or any(form or way for _, _, form, way in Formatter().parse(template)):
        raise ValueError("only plain names in braces, such as {product}")
    return template


def matching(pattern: str, hint: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"{value!r} will not do: {hint}")
        return value

    return parse


def text(**more: Any) -> Parsed:
    return Parsed(a_text, **more)


def flag() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False})


def choice(*known: str, **more: Any) -> Parsed:
    return Parsed(one_of(known, "choice here"), **more)


def list_of(parse: Callable[[Any], Any], **more: Any) -> fields.List[Any]:
    return fields.List(Parsed(parse), **more)


def table_of(parse: Callable[[Any], Any], values: Any, **more: Any) -> fields.Dict:
    return fields.Dict(keys=Parsed(parse), values=values, **more)


a_language = matching(r"[a-z]{2}", "two lower-case letters (ISO 639-1) such as en or de")
a_product = matching(r"[a-z0-9][a-z0-9._-]{0,99}", "a product's slug in lower case, such as acme-forms")
a_word = matching(r"[a-z][a-z0-9_]{0,39}", "a short lower-case word such as ticket or normal")
an_address = matching(r"(?:https://|mailto:)\S{1,500}", "an address that starts with https:// or mailto:")
