"""Yes and no as people write them: the answer stands first, and what follows explains it."""

import pytest

from connector.formats.standard.typed_fields import Flag, Remark, Unread


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Ja, ein wenig", True),
        ("yes - only the CSS", True),
        ("Yes (two files)", True),
        ("yes: functions.php", True),
        ("No, nothing at all.", False),
        ("nein; alles original", False),
        ("no idea", None),
        ("a few lines", None),
        ("on Monday", None),
        ("x.php, yes", None),
        ("", None),
    ],
)
def test_the_first_word_answers_where_a_sign_ends_it(typed: str, read: bool | None) -> None:
    found = Remark().read(typed)
    assert found == (None if read is None else Unread(typed, read))
    assert Flag().read(typed) is None, "whoever agrees to pay under a condition has not agreed"


@pytest.mark.parametrize(("typed", "read"), [("Yes.", True), (True, True), ("nein", False), (0, False)])
def test_a_bare_answer_leaves_no_words_over(typed: object, read: bool) -> None:
    assert Remark().read(typed) is read
