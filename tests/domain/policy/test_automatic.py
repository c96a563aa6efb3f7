"""Which messages machines wrote, by the marks of RFC 3834 and of mail programs, and which people did."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.automatic import mark_of

MARKS = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated"),
    ("Auto-Submitted", "auto-notified; owner-email=list@example.com"),
    ("Auto-Submitted", "auto-replied (vacation)"),
    ("Precedence", "bulk"),
    ("Precedence", "junk"),
    ("Precedence", "auto_reply"),
    ("Precedence", "list"),
    ("X-Autoreply", "yes"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
    ("X-Autorespond", "I am away"),
    ("X-Autoresponder", "1"),
    ("X-Mail-Autoreply", "true"),
    ("X-AutoReply-From", "ada@example.com"),
    ("X-Auto-Generated", "yes"),
    ("X-FC-MachineGenerated", "true"),
    ("X-Failed-Recipients", "ada@example.com"),
    ("X-POST-MessageClass", "9; Autoresponder"),
    ("Is-Automated", "yes"),
    ("Return-Path", "<>"),
    ("Return-Path", "< >"),
    ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"'),
]
HUMAN = [
    ("Auto-Submitted", "no"),
    ("Auto-Submitted", "No (typed by hand)"),
    ("Auto-Submitted", ""),
    ("Precedence", "first-class"),
    ("X-Auto-Response-Suppress", "None"),
    ("X-Autoreply", "no"),
    ("Return-Path", "<ada@example.com>"),
    ("Content-Type", "multipart/mixed"),
    ("List-Id", "<support.example.com>"),
    ("From", "noreply@example.com"),
    ("Subject", "Automatic reply: I am away"),
    ("Subject", "Out of office replies are sent twice by your plugin"),
    ("Author", "auto reply"),
    ("Automatic-Updates", "true"),
    ("Autoload", "yes"),
]


def spellings(name: str) -> list[str]:
    words = name.split("-")
    return [join.join(case(word) for word in words) for join in "-_" for case in (str.lower, str.upper, str.title)] + [
        words[0].lower() + "".join(word.title() for word in words[1:])
    ]


def shapes(name: str, value: str) -> list[dict[str, Any]]:
    """The mark as a member of its own, and in every form of mail headers."""
    return [
        {name: value},
        {"headers": {name: value}},
        {"headers": {name: [value]}},
        {"headers": [[name, value]]},
        {"headers": [{"name": name, "value": value}]},
        {"headers": f"Received: from example.com\r\n{name}: {value}\r\n"},
        {"Mail-Headers": {name: value}},
        {"headers": [{"Name": name, "Value": value}]},
        {"headers": [{"key": name, "value": value}]},
        {"headers": [{name: value}]},
        {"internetMessageHeaders": [{"name": name, "value": value}]},
        {"message-headers": [[name, value]]},
        {"email": {"headers": {name: value}}},
    ]


@pytest.mark.parametrize(("name", "value"), MARKS)
def test_a_machines_mark_is_known_in_every_spelling_and_place(name: str, value: str) -> None:
    for spelled in spellings(name):
        for members in shapes(spelled, value):
            assert mark_of({"message": "I am away.", **members}) == spelled, members


@pytest.mark.parametrize(("name", "value"), HUMAN)
def test_what_no_machine_says_is_a_persons(name: str, value: str) -> None:
    """A subject alone silences nobody, nor does a mark that says no."""
    for spelled in spellings(name):
        for members in shapes(spelled, value):
            assert mark_of({"message": "It is an automatic reply that fails.", **members}) is None, members


@pytest.mark.parametrize("value", [True, "true", "yes", 1, "1"])
def test_the_host_may_say_it_plainly(value: object) -> None:
    assert mark_of({"automatic": value}) == "automatic"


@pytest.mark.parametrize("value", [False, "false", "no", "nein", "Non", "-", "undefined", 0, None, "", {}, []])
def test_the_host_may_say_that_it_is_not(value: object) -> None:
    assert mark_of({"automatic": value}) is None


SUBJECTS = (
    "Automatic reply: Your request",
    "Out of Office: back on Monday",
    "Abwesenheitsnotiz",
    "Automatische Antwort: Ihre Anfrage",
    "Réponse automatique : votre demande",
    "Respuesta automática: su solicitud",
    "Resposta automática",
    "Risposta automatica",
    "Afwezig: tot maandag",
    "Автоответ",
    "自動返信",
    "自动回复: 您好",
    "Undelivered Mail Returned to Sender",
    "Delivery Status Notification (Failure)",
    "Unzustellbar: Ihre Anfrage",
)
WEAK = ({"list_id": "<a.example.com>"}, {"from": "MAILER-DAEMON@example.com"}, {"x-loop": "a"}, {"return_path": ""})


@pytest.mark.parametrize(("subject", "weak"), list(itertools.product(SUBJECTS, WEAK)))
def test_a_subject_supports_a_mark_that_is_weak_alone(subject: str, weak: dict[str, str]) -> None:
    assert mark_of({"subject": subject, **weak}) == next(iter(weak))
    assert mark_of({"subject": "The export fails", **weak}) is None
    assert mark_of({"subject": subject}) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_that_a_customer_types_makes_him_a_machine(subject: str, message: str) -> None:
    typed = {"subject": subject, "message": message, "body": message, "reproduction": message}
    assert mark_of(typed) is None


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda each: st.lists(each, max_size=3)
)


@given(
    st.dictionaries(st.text(max_size=20), json, max_size=4),
    json | st.dictionaries(st.text(max_size=9), json, max_size=3),
)
def test_whatever_is_sent_is_looked_at_and_breaks_nothing(members: dict[str, Any], headers: Any) -> None:
    found = mark_of(members | {"headers": headers})
    assert found is None or isinstance(found, str)
