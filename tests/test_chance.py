"""Tests leave nothing to chance: no random text (tokens, ids, digests) is searched for a word it may hold by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.personal import could_be_chance, found_in

TESTS = Path(__file__).parent
TEXTS = {"text", "body", "stdout", "stderr", "content", "output", "results"}
MAKES_TEXT = {"str", "repr", "dumps", "lower", "upper", "decode", "log", "join", "read_text", "get_data", "getvalue"}
FIXED = {
    "adapters/protocols/test_lmfwc.py": "replies made of fixed situations",
    "domain/policy/test_mail.py": "a letter on a fixed ticket",
    "test_reason_pages.py": "pages that are the same for everybody",
}
"""Files whose texts hold nothing that is drawn anew with each run."""


def is_text(node: ast.expr) -> bool:
    """Does this expression make one text out of much?"""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in MAKES_TEXT
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Attribute) and node.attr in TEXTS)


def searches(source: str) -> Iterator[str]:
    """Every search of a text for a word that must not be in it and may be there by chance."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.NotIn):
            continue
        word = node.left.value if isinstance(node.left, ast.Constant) else None
        if isinstance(word, str) and could_be_chance(word) and is_text(node.comparators[0]):
            yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(TESTS.rglob("*.py")) if str(path.relative_to(TESTS)) not in FIXED],
    ids=lambda path: path.name,
)
def test_no_text_is_searched_for_a_word_that_chance_may_put_there(path: Path) -> None:
    assert list(searches(path.read_text())) == [], "take `tests.personal.found_in`, or a word of six letters or more"


def test_what_random_text_may_hold_is_not_searched_for() -> None:
    assert could_be_chance("ada")
    assert not could_be_chance("ada@example.com")
    for weak in ("ada", "", None):
        with pytest.raises(ValueError, match="random text"):
            found_in("", weak)


def test_a_name_inside_a_signed_token_is_found() -> None:
    token = jwt.encode({"holder": "Ada Example"}, "k" * 32)
    assert found_in(f'{{"token": "{token}"}}', "ada example", "Eve Example") == ["ada example"]
