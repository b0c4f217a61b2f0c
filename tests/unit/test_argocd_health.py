"""What Argo CD makes of a SigOptCluster, by its health script."""

from pathlib import Path
from typing import Any

import lupa  # type: ignore[import-untyped] # publishes no types
import pytest

SCRIPT = (Path(__file__).parents[2] / "deploy" / "argocd" / "health.lua").read_text()


def health(obj: dict[str, Any]) -> tuple[str, str]:
    """Status and message, as Argo CD gets them: the object is the global `obj`."""
    lua = lupa.LuaRuntime()
    lua.globals().obj = lua.table_from(obj, recursive=True)
    answer = lua.execute(SCRIPT)
    return answer.status, answer.message


REASONS = {"paused": "Paused", "planned": "Planned"}
"""By the message, in this table."""


def cluster(
    conditions: dict[str, tuple[str, str]], *, observed: int | None = 2, deleting: bool = False
) -> dict[str, Any]:
    """A SigOptCluster of generation 2 with these conditions: status and message by type."""
    metadata: dict[str, Any] = {"name": "tiny-cluster", "generation": 2}
    if deleting:
        metadata["deletionTimestamp"] = "2026-11-23T12:00:00Z"
    told = [
        {"type": k, "status": s, "message": m, "reason": REASONS.get(m, "Other")}
        for k, (s, m) in conditions.items()
    ]
    status = {"observedGeneration": observed, "message": "in one sentence", "conditions": told}
    return {"metadata": metadata, "status": status if observed is not None else None}


READY = {"Ready": ("True", "cluster tiny-cluster is ready"), "Stalled": ("False", "")}


@pytest.mark.parametrize(
    ("obj", "status", "message"),
    [
        pytest.param(
            cluster({}, observed=None),
            "Progressing",
            "the operator has not looked",
            id="no status at all",
        ),
        pytest.param(
            cluster({}, observed=-1),
            "Progressing",
            "the operator has not looked",
            id="nobody looked yet",
        ),
        pytest.param(
            cluster(READY, observed=1),
            "Progressing",
            "the operator has not looked",
            id="Ready, but for an earlier generation",
        ),
        pytest.param(
            cluster({"Ready": ("False", "waiting for EKS"), "Stalled": ("False", "")}),
            "Progressing",
            "waiting for EKS",
            id="being made",
        ),
        pytest.param(
            cluster({"Ready": ("False", "grant it"), "Stalled": ("True", "grant it")}),
            "Degraded",
            "grant it",
            id="a person must act",
        ),
        pytest.param(
            cluster({"Ready": ("False", "paused"), "Reconciling": ("False", "paused")}),
            "Suspended",
            "paused",
            id="paused",
        ),
        pytest.param(
            cluster({"Ready": ("False", "planned"), "Reconciling": ("False", "planned")}),
            "Suspended",
            "planned",
            id="only planned",
        ),
        pytest.param(cluster(READY), "Healthy", "cluster tiny-cluster is ready", id="ready"),
        pytest.param(
            cluster(READY, deleting=True), "Progressing", "in one sentence", id="being deleted"
        ),
    ],
)
def test_health(obj: dict[str, Any], status: str, message: str) -> None:
    found = health(obj)
    assert found[0] == status
    assert found[1].startswith(message)
