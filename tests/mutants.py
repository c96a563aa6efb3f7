"""How many deliberate faults the tests notice: `make mutants ARGS="--sample 200 connector/domain adapters/protocols"`.

mutmut puts one fault at a time into the code and runs the tests that reach it; a fault that no test notices survives. Only
functions are changed, never tables of data. The sample is drawn with a fixed seed, so that two runs of the same code compare.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.paths import ROOT

WORK = ROOT / "mutants"
MUTMUT = Path(sys.executable).parent / "mutmut"
PARTS = (
    "connector/domain",
    "adapters/protocols",
    "webhooks",
    "connector/tickets/forwarding.py",
    "connector/licences/subjects.py",
)
NOTICED = {1: "killed", 3: "killed", 24: "timeout", 36: "timeout", -24: "timeout", 255: "timeout", 152: "timeout"}
NO_TEST = {5: "no test", 33: "no test"}


def main() -> None:
    """Draw, run, print what survived and the score of each part; exit 1 where the score falls below --least."""
    asked = arguments()
    subprocess.run([MUTMUT, "run", "prepare-and-run-none"], cwd=ROOT, capture_output=True, check=False)
    faults = [name for name in outcomes() if any(name.startswith(dotted(path)) for path in asked.paths)]
    if not faults:
        sys.exit("nothing to break there: name files or folders that [tool.mutmut] in pyproject.toml lets mutate")
    drawn = random.Random(asked.seed).sample(sorted(faults), min(asked.sample, len(faults)))
    subprocess.run(
        [MUTMUT, "run", "--max-children", str(asked.children), *drawn], cwd=ROOT, check=False, stdout=sys.stderr
    )
    results = {name: told(code) for name, code in outcomes().items() if name in set(drawn)}
    for name, result in sorted(results.items()):
        if result not in ("killed", "timeout"):
            print(f"{result:9} {name}    (.venv/bin/mutmut show {name})")
    print(table(results, len(faults)))
    score = noticed(results.values())
    sys.exit(f"{score:.0%} noticed, {asked.least:.0%} asked" if score < asked.least else 0)


def arguments() -> argparse.Namespace:
    """What is asked on the command line."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help=f"files or folders (default: {' '.join(PARTS)})")
    parser.add_argument("--changed", action="store_true", help="only files that differ from the branch main")
    parser.add_argument("--sample", type=int, default=200, help="how many faults (default 200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--children", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("--least", type=float, default=0, help="exit 1 below this share, for example 0.9")
    asked = parser.parse_args()
    if asked.changed:
        differ = subprocess.run(
            ["git", "diff", "--name-only", "main"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        asked.paths += [path for path in differ.stdout.split() if path.endswith(".py") and path.startswith(PARTS)]
        if not asked.paths:
            sys.exit("nothing changed there")
    asked.paths = asked.paths or list(PARTS)
    return asked


def dotted(path: str) -> str:
    """How names of faults in a file or a folder begin."""
    return path.strip("/").removesuffix(".py").replace("/", ".") + "."


def outcomes() -> dict[str, int | None]:
    """Exit code of each fault by its name; None for those that were not tried."""
    found: dict[str, int | None] = {}
    for meta in WORK.rglob("*.meta"):
        found |= json.loads(meta.read_text())["exit_code_by_key"]
    return found


def told(code: int | None) -> str:
    """What became of a fault."""
    if code is None:
        return "not tried"
    return NOTICED.get(code) or NO_TEST.get(code) or ("survived" if code == 0 else f"exit {code}")


def noticed(results: Iterable[str]) -> float:
    """The share that a test noticed; faults that no test reaches count as not noticed."""
    count = Counter(results)
    tried = sum(count.values()) - count["not tried"]
    return (count["killed"] + count["timeout"]) / tried if tried else 0.0


def table(results: dict[str, str], of: int) -> str:
    """The score of each part, as lines of Markdown."""
    lines = ["| part | tried | noticed |", "|---|---|---|"]
    for part in PARTS:
        of_part = [result for name, result in results.items() if name.startswith(dotted(part))]
        if of_part:
            lines.append(f"| `{part}` | {len(of_part)} | {noticed(of_part):.0%} |")
    lines.append(f"| together, of {of} | {len(results)} | {noticed(results.values()):.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
