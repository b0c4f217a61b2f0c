"""The autoscaler's own taints on nodes, written by updates of whole Nodes, as the real one does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sigopt_sandbox.clusters.autoscaler.acts.journal import Journal
from sigopt_sandbox.clusters.autoscaler.acts.troubles import KUBERNETES, told
from sigopt_sandbox.clusters.autoscaler.values.nodes import DELETION_CANDIDATE, TO_BE_DELETED
from sigopt_sandbox.clusters.real.kube_api import ApiError, KubeApi
from sigopt_sandbox.clusters.resources import NODE

_TRIES = 5
"""How often somebody else may change the Node in between."""

Spec = dict[str, Any]


@dataclass(frozen=True)
class Taints:
    """Taints nodes as the service account."""

    api: KubeApi
    journal: Journal

    async def mark_candidate(self, node: str) -> None:
        """Say that a node is not needed: what can go elsewhere should. Failing, say so."""
        await self._tried(node, DELETION_CANDIDATE, _with(DELETION_CANDIDATE, "PreferNoSchedule"))

    async def unmark_candidate(self, node: str) -> None:
        """Take that back."""
        await self._tried(node, DELETION_CANDIDATE, _without(DELETION_CANDIDATE))

    async def mark_to_be_deleted(self, node: str, cordon: bool) -> None:
        """Let nothing more onto a node. Raises ApiError."""
        add = _with(TO_BE_DELETED, "NoSchedule")
        await self._change(node, lambda spec: _cordoned(add(spec), True) if cordon else add(spec))

    async def release(self, node: str, cordon: bool) -> None:
        """Let pods onto a node again. Failing, say so."""
        free = _without(TO_BE_DELETED)
        await self._tried(
            node,
            TO_BE_DELETED,
            lambda spec: _cordoned(free(spec), False) if cordon else free(spec),
        )

    async def _tried(self, node: str, key: str, change: Callable[[Spec], Spec]) -> None:
        try:
            await self._change(node, change)
        except KUBERNETES as error:
            self.journal.warning(f"Error while changing {key} taint on node {node}: {told(error)}")

    async def _change(self, node: str, change: Callable[[Spec], Spec]) -> None:
        for attempt in range(_TRIES):
            there = await self.api.get(NODE.path(node))
            if there is None:
                return
            before = there.get("spec") or {}
            after = change(before)
            if after == before:
                return
            try:
                await self.api.replace(NODE.path(node), {**there, "spec": after})
            except ApiError as error:
                if error.status != 409 or attempt == _TRIES - 1:
                    raise
            else:
                return


def _with(key: str, effect: str) -> Callable[[Spec], Spec]:
    def change(spec: Spec) -> Spec:
        taints = spec.get("taints") or []
        if any(taint["key"] == key for taint in taints):
            return spec
        taint = {"key": key, "value": str(int(time.time())), "effect": effect}
        return {**spec, "taints": [*taints, taint]}

    return change


def _without(key: str) -> Callable[[Spec], Spec]:
    def change(spec: Spec) -> Spec:
        taints = spec.get("taints") or []
        kept = [taint for taint in taints if taint["key"] != key]
        return spec if len(kept) == len(taints) else {**spec, "taints": kept}

    return change


def _cordoned(spec: Spec, on: bool) -> Spec:
    if bool(spec.get("unschedulable")) is on:
        return spec
    return {**spec, "unschedulable": on}
