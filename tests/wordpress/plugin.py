"""The WordPress plugin's source, for the tests."""

from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[2] / "adapters" / "hosts" / "wordpress" / "plugin"
"""The folder that `make dist` packs as `support-connector/`."""


def php_files() -> list[Path]:
    """Every PHP file of the plugin, sorted."""
    return sorted(PLUGIN.rglob("*.php"))
