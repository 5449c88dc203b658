"""Runs the vectors of tests/vectors: one case a file, an operation each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import operations
from .refused import KINDS, Refused

Json = Any
# What a writer made of an input that it refuses.
NOTHING: Json = {"facets": {}, "chunk": "", "both": "", "bytes": ""}


def run(folder: Path) -> int:
    """Runs every case; says what failed, and how many passed of each operation."""
    passed: dict[str, int] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*/*/*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        operation = f"{path.parent.parent.name}/{path.parent.name}"
        fault = judged(operation, case)
        if fault:
            faults.append(f"{path.relative_to(folder)}: {fault}")
        else:
            passed[operation] = passed.get(operation, 0) + 1
    for operation, count in passed.items():
        print(f"{operation}: {count} passed")
    for fault in faults:
        print(f"FAILED {fault}")
    print(f"{sum(passed.values())} passed, {len(faults)} failed")
    return 1 if faults or not passed else 0


def judged(operation: str, case: Json) -> str | None:
    """What is wrong with a case, if anything."""
    if operation not in operations.ALL and operation not in operations.READ_BACK:
        return "unknown operation"
    if case.get("failure", "length") not in KINDS:
        return "unknown kind of failure"
    try:
        found = {"output": outcome(operation, case)}
    except Refused as refused:
        found = {"failure": refused.kind}
    except Exception as error:  # a case must not end the run
        return f"{type(error).__name__}: {error}"
    expected = {name: case[name] for name in ("output", "failure") if name in case}
    if found == expected:
        return None
    return f"{shortened(found)} instead of {shortened(expected)}"


def outcome(operation: str, case: Json) -> Json:
    if operation in operations.READ_BACK:
        return operations.READ_BACK[operation](case["input"], case.get("output", NOTHING))
    return operations.ALL[operation](case["input"])


def shortened(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
