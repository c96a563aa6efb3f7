"""Every rule of the published policies that is built is carried by a test, and the page that says so is true."""

from __future__ import annotations

import re

import pytest

from tests import policy_coverage
from tests.paths import SHARED

RULES_READ = SHARED / "reference" / "seed-rules.md"
RULES = policy_coverage.load()
TESTS = policy_coverage.carried()


@pytest.mark.parametrize("rule", sorted(RULES.built))
def test_a_built_rule_is_carried_by_a_test(rule: str) -> None:
    assert TESTS.get(rule), f"no test carries {rule}: {RULES.rules[rule]}"


@pytest.mark.parametrize("reading", [each for each, what in RULES.readings.items() if "next" not in what])
def test_a_reading_is_carried_by_a_test(reading: str) -> None:
    assert TESTS.get(reading), f"no test turns {reading}: {RULES.readings[reading]['question']}"


def test_tests_name_only_rules_that_exist() -> None:
    known = {*RULES.rules, *RULES.readings, *RULES.demands}
    groups = set(RULES.groups)
    named = {rule for rule in TESTS if rule.partition("-")[0] in groups or re.fullmatch(r"[AR]\d+", rule)}
    assert named - known == set()


def test_the_page_is_what_the_tests_say() -> None:
    assert policy_coverage.PAGE.read_text(encoding="utf-8") == policy_coverage.page(), (
        "docs/policy-coverage.md is not up to date: run make pages"
    )


@pytest.mark.skipif(not RULES_READ.exists(), reason="the shared reference folder is not beside this checkout")
def test_the_list_of_rules_is_complete() -> None:
    text = RULES_READ.read_text(encoding="utf-8")
    rules, readings = (re.findall(rf"^\| ({form}) \|", text, re.MULTILINE) for form in (r"[A-Z]{3,4}-\d\d", r"A\d+"))
    assert set(RULES.rules) == set(rules)
    assert set(RULES.readings) == set(readings)
