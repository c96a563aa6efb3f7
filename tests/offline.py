"""The functions of docs/verify-offline.md, taken from the page itself: Python runs here, PHP in a process of its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from tests.paths import ROOT
from tests.servers import missing

PAGE = ROOT / "docs" / "verify-offline.md"
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/tokens.json").read_text())

_RUNNER = """
$given = json_decode(stream_get_contents(STDIN), true);
$told = ['tokens' => [], 'sites' => array_map('site_name', $given['sites'])];
foreach ($given['tokens'] as $each) {
    $memory = ['latest' => $each['latest']];
    try {
        verify_offline($each['token'], $given['keys'], $given['expected'], $given['max_offline'], $each['now'], $memory);
        $verdict = 'good';
    } catch (UnexpectedValueException $why) {
        $verdict = $why->getMessage();
    }
    $told['tokens'][] = [$verdict, $memory['latest']];
}
echo json_encode($told);
"""


def block(language: str) -> str:
    """The one code block of the page in this language."""
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


def python() -> dict[str, Any]:
    """The names that the Python block defines."""
    names: dict[str, Any] = {}
    exec(compile(block("python"), str(PAGE), "exec"), names)  # it is our own page
    return names


def python_verdict(token: str, now: int, latest: int, **other: Any) -> tuple[str, int]:
    """(verdict, what is remembered) by the Python function; `other` replaces keys, expected or max_offline."""
    memory = {"latest": latest}
    words = {name: VECTORS[name] for name in ("keys", "expected", "max_offline")} | other
    try:
        python()["verify_offline"](token, now=now, memory=memory, **words)
    except ValueError as why:
        return str(why), memory["latest"]
    return "good", memory["latest"]


def run_php(tokens: Sequence[dict[str, Any]], sites: Sequence[str], **other: Any) -> dict[str, Any]:
    """{tokens: [[verdict, remembered], ...], sites: [...]} by the PHP functions; skips, saying so, without PHP."""
    php = shutil.which("php")
    if php is None or "sodium" not in subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout:
        missing("PHP with sodium", "Install php-cli (Debian: `apt-get install php-cli`).")
    words = {name: VECTORS[name] for name in ("keys", "expected", "max_offline")} | other
    given = json.dumps(words | {"tokens": list(tokens), "sites": list(sites)})
    settings = ["-n", "-d", "display_errors=stderr", "-d", "error_reporting=-1"]
    settings += [] if _built_in(php) else ["-d", "extension=sodium"]
    done = subprocess.run([php, *settings, "-r", block("php") + _RUNNER], input=given, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _built_in(php: str) -> bool:
    return "sodium" in subprocess.run([php, "-n", "-m"], capture_output=True, text=True, check=True).stdout
