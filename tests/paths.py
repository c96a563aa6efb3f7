"""Where tests find what they read: the project, its fixtures, and the folder of references beside it, which a stranger lacks."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = ROOT.parent / "shared"
