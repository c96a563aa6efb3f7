"""The template of translations holds every text of the plugin, in a form that gettext takes."""

import shutil
import subprocess
from pathlib import Path

from tests.servers import missing
from tests.wordpress.plugin import php_files
from tests.wordpress.pot import FILE, template, texts


def test_the_template_is_up_to_date() -> None:
    assert FILE.read_text() == template(), "the plugin's texts changed: `make pages`, and commit the template"


def test_every_call_is_found() -> None:
    """Counted another way than the template finds them."""
    names = ("__(", "_n(", "_x(", "esc_html_e(")
    calls = sum(path.read_text().count(name) for path in php_files() for name in names)
    assert 0 < len(texts()) <= calls


def test_every_placeholder_is_explained() -> None:
    unexplained = [text.msgid for text in texts() if "%" in text.msgid.replace("%%", "") and not text.notes]
    assert unexplained == []


def test_gettext_takes_it(tmp_path: Path) -> None:
    msgfmt = shutil.which("msgfmt") or missing("msgfmt", "On Debian: apt-get install --no-install-recommends gettext")
    done = subprocess.run(
        [msgfmt, "-c", "-o", str(tmp_path / "a.mo"), str(FILE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
