"""Where an operator's CPU goes, by what it is spent on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OURS: Final = "sigopt_operator"
AREAS: Final = (
    ("the lease", (f"{OURS}.runtime.lease",)),
    ("kopf's watch", ("kopf.",)),
    ("probes and metrics", (f"{OURS}.runtime.probes",)),
    (
        "the management cluster: resource, status, Secrets, events",
        (f"{OURS}.runtime.kube", f"{OURS}.runtime.secrets", f"{OURS}.runtime.events"),
    ),
    ("the clusters' own APIs", (f"{OURS}.cluster", f"{OURS}.workload")),
    ("AWS's answers, held against its model", (f"{OURS}.aws.answers:_judge",)),
    ("calls of AWS: signed, sent, parsed (botocore)", ("botocore.", "boto3.")),
    ("deciding", (f"{OURS}.plan",)),
    ("the status, the spec", (f"{OURS}.status", f"{OURS}.api")),
    ("observing, but for the calls", (f"{OURS}.observe", f"{OURS}.aws")),
    ("the rest of rounds, the queue, logs", (OURS,)),
    ("threads and the event loop", ("",)),
)
"""By the first whose modules are anywhere in the stack."""


@dataclass(frozen=True)
class Where:
    """Shares of the CPU that was used, largest first."""

    areas: tuple[tuple[str, float], ...]
    functions: tuple[tuple[str, float], ...]
    """Of ours, each with what it called; recursion counts once."""


def read_profile(path: Path, most: int = 25) -> Where:
    """What `bench.profiled` wrote, with so many functions."""
    return where(((tuple(e["stack"]), e["ns"]) for e in json.loads(path.read_text())), most)


def where(stacks: Iterable[tuple[tuple[str, ...], int]], most: int) -> Where:
    """The shares of stacks (`module:function`, outermost first) that used so much each."""
    areas: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for stack, used in stacks:
        areas[area(stack)] += used
        for name in {name for name in stack if name.startswith(OURS)}:
            functions[name.removeprefix(f"{OURS}.")] += used
    total = max(1, areas.total())

    def shares(counted: Counter[str], most: int | None) -> tuple[tuple[str, float], ...]:
        return tuple((name, used / total) for name, used in counted.most_common(most))

    return Where(shares(areas, None), shares(functions, most))


def area(stack: tuple[str, ...]) -> str:
    """What a stack is about."""
    return next(
        name
        for name, modules in AREAS
        if any(frame.startswith(modules) for frame in stack) or modules == ("",)
    )
