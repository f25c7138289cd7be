"""Where the collections lie that measurements read but the project does not carry: beside the repository, if at all."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from bench.report import NotMeasured

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def needed(*parts: str) -> Path:
    """A file or folder of the collections. Raises NotMeasured when it is not there."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        raise NotMeasured(f"shared/{'/'.join(parts)} not present")
    return path


def module(*parts: str) -> Any:
    """A Python file of the collections, loaded. Raises NotMeasured when it is not there."""
    path = needed(*parts)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
