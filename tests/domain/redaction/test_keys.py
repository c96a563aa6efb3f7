"""Private keys are cut whole, whatever mail programs, forms and code made of their line breaks (CRD-01)."""

import random
import string
from collections.abc import Callable

import pytest

from connector.domain.redaction.redact import screen

BASE64 = string.ascii_letters + string.digits + "+/"
NAMES = [
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
]
FIRST = {"OPENSSH PRIVATE KEY": "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB"}


def lines_of(name: str, seed: int = 1) -> list[str]:
    """A made-up key: three full lines and a rest."""
    chance = random.Random(seed)
    drawn = FIRST.get(name, "MIIEpAIBAAKCAQEA") + "".join(chance.choice(BASE64) for _ in range(170))
    body = [*(drawn[at : at + 64] for at in range(0, 192, 64) if drawn[at:]), "kq8sVd3fTzQ7Lm=="]
    return [f"-----BEGIN {name}-----", *body, f"-----END {name}-----"]


JOINED: dict[str, Callable[[list[str]], str]] = {
    "lines": "\n".join,
    "lines of Windows": "\r\n".join,
    "one line": " ".join,
    "nothing between": "".join,
    "br": "<br>".join,
    "br closed": "<br/>".join,
    "br and line": "<br />\n".join,
    "br escaped": "&lt;br&gt;".join,
    "br escaped and closed": "&lt;br /&gt;\n".join,
    "literal n": "\\n".join,
    "literal r n": "\\r\\n".join,
    "escaped twice": "\\\\n".join,
    "paragraphs": lambda lines: "".join(f"<p>{line}</p>" for line in lines),
    "blocks": lambda lines: "\n".join(f'<div dir="ltr" class="x">{line}</div>' for line in lines),
    "spans": lambda lines: "".join(f"<span style='color:red'>{line}</span><br>" for line in lines),
    "list": lambda lines: "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>",
    "quoted": lambda lines: "\n".join(f"> {line}" for line in lines),
    "quoted twice": lambda lines: "\n".join(f">> > {line}" for line in lines),
    "quoted, escaped": lambda lines: "\n".join(f"&gt; {line}" for line in lines),
    "indented": lambda lines: "\n".join(f"        {line}" for line in lines),
    "tabs": lambda lines: "\n".join(f"\t{line}" for line in lines),
    "no-break spaces": "&nbsp;<br>".join,
    "blank lines between": "\n\n".join,
    "entities": "&#13;&#10;".join,
    "URL": lambda lines: "%0A".join(line.replace(" ", "+") for line in lines),
    "strings joined in code": lambda lines: " .\n".join(f'"{line}\\n"' for line in lines),
    "JSON": lambda lines: '{"private_key": "' + "\\n".join(lines) + '\\n", "type": "service_account"}',
    "YAML": lambda lines: "key: |\n" + "\n".join(f"  {line}" for line in lines),
    "table": lambda lines: "".join(f"<tr><td>{line}</td></tr>" for line in lines),
    "wrapped shorter": lambda lines: "\n".join(piece for line in lines for piece in halved(line)),
}


def halved(line: str) -> list[str]:
    return [line] if line.startswith("-") else [line[:38], line[38:]]


def assert_gone(text: str, body: list[str]) -> None:
    screened = screen(f"Hello, this is it: {text}\n\nThanks\nAnn")
    pieces = [line[at : at + 8] for line in body for at in range(0, len(line), 8)]
    assert [piece for piece in pieces if piece.rstrip("=") in screened.text] == []
    assert "[removed: private key]" in screened.text
    assert screened.text.startswith("Hello, this is it: ")
    assert screened.text.endswith("Thanks\nAnn")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("joined", JOINED)
def test_crd_01_a_private_key_goes_whole_however_its_lines_are_joined(name: str, joined: str) -> None:
    lines = lines_of(name)
    assert_gone(JOINED[joined](lines), lines[1:-1])


@pytest.mark.parametrize("joined", sorted(set(JOINED) - {"nothing between", "URL"}))
def test_crd_01_a_key_without_its_end_goes_as_far_as_it_reaches(joined: str) -> None:
    lines = lines_of("PRIVATE KEY")[:-1]
    assert_gone(JOINED[joined](lines), lines[1:])


@pytest.mark.parametrize("joined", ["lines", "br", "quoted", "literal n", "indented", "paragraphs"])
def test_crd_01_a_key_without_its_begin_goes_too(joined: str) -> None:
    lines = lines_of("EC PRIVATE KEY")[2:]
    assert_gone(JOINED[joined](lines), lines[:-1])


@pytest.mark.parametrize("joined", ["lines", "br", "quoted", "one line"])
def test_crd_01_headers_of_a_key_are_no_end_of_it(joined: str) -> None:
    begin, *body, end = lines_of("RSA PRIVATE KEY")
    lines = [begin, "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0A1B2C3D4E5F60718293A4B5C6D7E8F9", "", *body, end]
    assert_gone(JOINED[joined](lines), body)


@pytest.mark.parametrize("joined", ["lines", "br", "quoted", "paragraphs", "br escaped"])
def test_crd_01_pgp_blocks_go_with_their_checksum(joined: str) -> None:
    _, *body, _ = lines_of("PGP")
    lines = [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "Version: GnuPG v2",
        "Comment: mine",
        "",
        *body,
        "=tW3x",
        "-----END PGP PRIVATE KEY BLOCK-----",
    ]
    assert_gone(JOINED[joined](lines), [*body, "=tW3x"])


@pytest.mark.parametrize("joined", ["lines", "br", "quoted", "blocks", "literal n", "one line"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("mac", ["Private-MAC: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d", None])
def test_crd_01_putty_keys_go_with_or_without_their_mac(joined: str, version: int, mac: str | None) -> None:
    body = lines_of("PUTTY")[1:-1]
    head = [
        f"PuTTY-User-Key-File-{version}: ssh-rsa",
        "Encryption: none",
        "Comment: rsa-key-20261130",
        "Public-Lines: 1",
        "AAAAB3NzaC1yc2EAAAABJQ",
        f"Private-Lines: {len(body)}",
    ]
    assert_gone(JOINED[joined]([*head, *body, *([mac] if mac else [])]), body)


@pytest.mark.parametrize("dashes", ["-----", "—–-", "----", "–––––"])
def test_crd_01_dashes_that_a_program_made_longer_are_still_dashes(dashes: str) -> None:
    begin, *body, end = lines_of("RSA PRIVATE KEY")
    marks = [mark.replace("-----", dashes) for mark in (begin, end)]
    assert_gone("\n".join([marks[0], *body, marks[1]]), body)


def test_crd_01_age_keys_and_keys_of_ssh_com_go() -> None:
    assert (
        screen("AGE-SECRET-KEY-1QQEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM").text
        == "[removed: private key]"
    )
    body = lines_of("SSH2")[1:-1]
    text = "\n".join(
        [
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
            'Comment: "me"',
            *body,
            "---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        ]
    )
    assert screen(text).text == "[removed: private key]"


def test_crd_01_two_keys_in_one_text_go_and_what_stands_between_stays() -> None:
    one, other = "\n".join(lines_of("PRIVATE KEY")), "\n".join(lines_of("OPENSSH PRIVATE KEY"))
    assert (
        screen(f"first {one} and second {other} end").text
        == "first [removed: private key] and second [removed: private key] end"
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(["-----BEGIN CERTIFICATE-----", *lines_of("X")[1:-1], "-----END CERTIFICATE-----"]),
        "\n".join(["-----BEGIN PUBLIC KEY-----", *lines_of("X")[1:-1], "-----END PUBLIC KEY-----"]),
        "It starts with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----, right?",
        "-----BEGIN RSA PRIVATE KEY----- (then the lines) -----END RSA PRIVATE KEY-----",
        "The line -----END PRIVATE KEY----- was missing.",
        "PuTTY-User-Key-File-3: is how the file begins",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQexampleexampleexample ann@example.com",
        "age1qqexampleexampleexampleexampleexampleexampleexampleexampleexam is the recipient",
    ],
)  # fmt: skip
def test_certificates_public_keys_and_words_about_keys_stay(text: str) -> None:
    assert screen(text.replace("MIIEpAIBAAKCAQEA", "MIIDdzCCAl+gAwIB")).found == ()
