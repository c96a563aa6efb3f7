"""The template of the plugin's translations: `python -m tests.wordpress.pot` writes languages/support-connector.pot anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.wordpress.plugin import PLUGIN, php_files

FILE = PLUGIN / "languages" / "support-connector.pot"

_HEAD = """\
# Copyright (c) the support connector authors
# This file is distributed under the MIT License.
msgid ""
msgstr ""
"Project-Id-Version: Support Connector\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"X-Domain: support-connector\\n"
"""

_LITERAL = r"'((?:[^'\\]|\\.)*)'"
_CALL = re.compile(
    r"(?<![\w>:$])(?P<name>__|_e|_x|_n|esc_html__|esc_attr__|esc_html_e|esc_attr_e|esc_html_x|esc_attr_x)"
    rf"\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?",
)
_NOTE = re.compile(r"/\*\s*(translators:.*?)\s*\*/", re.S)


@dataclass
class Text:
    """One text to translate: where it stands, what its translator is told."""

    msgid: str
    plural: str | None = None
    context: str | None = None
    notes: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def texts() -> list[Text]:
    """Every text of the plugin in the order of its files, once for each context."""
    found: dict[tuple[str | None, str], Text] = {}
    for path in php_files():
        for text in _of(path.read_text(), str(path.relative_to(PLUGIN))):
            known = found.setdefault((text.context, text.msgid), text)
            if known is not text:
                known.places += [place for place in text.places if place not in known.places]
                known.notes += [note for note in text.notes if note not in known.notes]
    return list(found.values())


def _of(source: str, name: str) -> Iterator[Text]:
    for call in _CALL.finditer(source):
        first, second = _unquoted(call[2]), _unquoted(call[3] or "")
        text = Text(first, places=[name])
        if call["name"] == "_n":
            text.plural = second
        elif call["name"].endswith("_x"):
            text.context = second
        if "%" in first:
            statement = source[source.rfind(";", 0, call.start()) + 1 : call.start()]
            text.notes += _NOTE.findall(statement)[-1:]
        yield text


def _unquoted(literal: str) -> str:
    return literal.replace("\\'", "'").replace("\\\\", "\\")


def template() -> str:
    """The whole file."""
    return "\n".join([_HEAD, *map(_entry, texts())])


def _entry(text: Text) -> str:
    lines = [f"#. {note}" for note in text.notes] + [f"#: {place}" for place in text.places]
    if text.context is not None:
        lines.append(f"msgctxt {_quoted(text.context)}")
    lines.append(f"msgid {_quoted(text.msgid)}")
    if text.plural is None:
        lines.append('msgstr ""')
    else:
        lines += [f"msgid_plural {_quoted(text.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(template())
