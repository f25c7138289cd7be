"""Pages made to hurt: each ends in a value or is set aside, within limits that cost one child process at most."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ATTACKS = ROOT.parent / "shared" / "attacks" / "hostile.py"
MEMORY_BYTES = 2_000_000_000
HARD_SECONDS = 300
"""CPU; far above the service's limit, for a slow machine must not fail the test."""

CHILD = f"""
import json, logging, resource, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ATTACKS.parent)!r}]
import hostile
from workers.errors import SetAside
from workers.extract.story import extract
page = dict(hostile.html_cases())[sys.argv[1]]()
html = page if isinstance(page, bytes) else page.encode("utf-8", "surrogatepass")
logging.disable()
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
resource.setrlimit(resource.RLIMIT_CPU, ({HARD_SECONDS}, {HARD_SECONDS}))
try:
    outcome = type(extract(html, "https://hostile.example/a", min_words=0)).__name__
except (SetAside, MemoryError) as error:
    outcome = type(error).__name__
print(json.dumps(outcome))
"""


def attacks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile", ATTACKS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = [name for name, _ in attacks().html_cases()] if ATTACKS.exists() else []


@pytest.mark.skipif(not CASES, reason="shared/attacks not present")
@pytest.mark.integration
@pytest.mark.parametrize("case", CASES)
def test_a_hostile_page_ends_by_itself_within_the_memory_limit(case: str) -> None:
    ended = subprocess.run([sys.executable, "-c", CHILD, case], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert json.loads(ended.stdout) in ("Article", "Refused", "SetAside", "MemoryError")
