"""What the operator puts into the cluster itself: the components that are wished, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sigopt_operator.plan.actions import InstallComponent, RemoveObjects
from sigopt_operator.plan.addons.part import system_nodes
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Cluster, Installed, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.wish import GPU_POOL, Wish
from sigopt_operator.plan.workload.components import autoscaler, device_plugin, training
from sigopt_operator.plan.workload.components.autoscaler import autoscaler_component
from sigopt_operator.plan.workload.components.compare import applied_anew, changed
from sigopt_operator.plan.workload.components.device_plugin import device_plugin_component
from sigopt_operator.plan.workload.components.objects import (
    FIELD_MANAGER,
    LABEL_COMPONENT,
    LABEL_UID,
    Component,
    Manifest,
    ObjectId,
)
from sigopt_operator.plan.workload.components.training import training_component
from sigopt_operator.plan.workload.pod_identity import pod_identity

PATIENCE = timedelta(minutes=10)
"""For a Deployment that does not become available, before a person must look; of real time: it is
not AWS that starts pods."""
OF_EKS = (autoscaler.NAME, device_plugin.NAME)
KEPT = ("Namespace",)
"""Kinds that are not deleted when they are no longer wanted: people's things may be in them."""
_UID = re.compile(r"[0-9a-f-]{36}")


def workload(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Everything that is wished stands in the cluster as it was applied, and runs."""
    server = seen.api_server
    if server is None or seen.installed is None:
        return Step(waiting=(Waiting("the cluster's API to say what stands in it"),))
    if seen.installed.problem:
        return Step(waiting=(Waiting(f"the cluster's API to answer: {seen.installed.problem}"),))
    wished = components(want, seen)
    steps = [pod_identity(want, seen)]
    steps += [_component(want, seen, server, each, moment) for each in wished]
    steps += _unwanted(want, seen.installed, server, wished)
    merged = merge(steps)
    return replace(merged, message=", ".join(map(str, wished))) if merged.ready else merged


def components(want: Wish, seen: Snapshot) -> tuple[Component, ...]:
    """What is wished, for the cluster as it is."""
    return tuple(_wished(want, seen.cluster, seen.pod_identity.id if seen.pod_identity else ""))


def mark_of(want: Wish) -> str:
    """The label selector of what may be ours: what an earlier resource left has another UID."""
    return LABEL_COMPONENT if want.adopt else f"{LABEL_UID}={want.uid}"


def _wished(want: Wish, cluster: Cluster | None, association: str) -> Iterator[Component]:
    if want.autoscaler is not None and cluster is not None:
        yield autoscaler_component(want, want.autoscaler, cluster.version, association)
    if want.device_plugin is not None and any(pool.name == GPU_POOL for pool in want.pools):
        yield device_plugin_component(want, want.device_plugin)
    if want.training is not None:
        yield training_component(want, want.training)


def _component(
    want: Wish, seen: Snapshot, server: ApiServer, wished: Component, moment: Moment
) -> Step:
    installed = seen.installed or Installed()
    foreign = [id_ for id_ in wished.ids if not _mine(want, installed.objects.get(id_))]
    if foreign:
        return Step(blocked=Blocked("NameConflict", _conflict(want, installed, wished, foreign)))
    if wished.spec_field == "spec.autoscaler" and not (
        seen.pod_identity and system_nodes(want, seen)
    ):
        return Step(message=f"{wished} waits for nodes of the system pool")
    found = {
        id_: changed(manifest, installed.objects.get(id_))
        for id_, manifest in zip(wished.ids, wished.objects, strict=True)
    }
    if any(found.values()):
        action = InstallComponent(
            server=server,
            name=wished.name,
            version=wished.version,
            objects=tuple(
                manifest
                for id_, manifest in zip(wished.ids, wished.objects, strict=True)
                if found[id_]
            ),
            spec_field=wished.spec_field,
            differences=tuple(
                difference
                for told in found.values()
                if not applied_anew(told)
                for difference in told
            ),
        )
        return Step(actions=(action,), message=str(action))
    return _running(want, installed, wished, moment)


def _running(want: Wish, installed: Installed, wished: Component, moment: Moment) -> Step:
    """It was applied; whether it runs. One that ran before is waited for without an alarm."""
    stopped = next((u for id_ in wished.ids if (u := installed.unavailable.get(id_))), None)
    if stopped is None:
        return Step(ready=True)
    if want.fulfilled:
        return Step(ready=True, degraded=f"{wished} is not available: {stopped.why}")
    waiting = Waiting(f"{wished} to become available: {stopped.why}", stopped.since)
    if stopped.since is None or moment.elapsed(stopped.since) < moment.real(PATIENCE):
        return Step(waiting=(waiting,))
    told = (
        f"{wished} has not become available since {stopped.since:%Y-%m-%dT%H:%M:%SZ}: "
        f"{stopped.why}. Where the image cannot be pulled, name a registry that the nodes reach in "
        f"{wished.spec_field}.image."
    )
    return Step(waiting=(waiting,), blocked=Blocked("WorkloadUnavailable", told))


def _unwanted(
    want: Wish, installed: Installed, server: ApiServer, wished: tuple[Component, ...]
) -> Iterator[Step]:
    keep = {id_ for each in wished for id_ in each.ids}
    left = tuple(sorted(removable(want, installed) - keep))
    if left:
        action = RemoveObjects(server, left)
        yield Step(actions=(action,), message=str(action))


def removable(want: Wish, installed: Installed) -> frozenset[ObjectId]:
    """What goes once it is not wished any more."""
    return frozenset(
        id_
        for id_, live in installed.objects.items()
        if id_.kind not in KEPT and (_marked(want, live) or _left(want, live))
    )


def _mine(want: Wish, live: Manifest | None) -> bool:
    """Whether it is there for us to apply: absent, marked, or marked once and stripped of that."""
    if live is None or _marked(want, live):
        return True
    stripped = LABEL_UID not in (live["metadata"].get("labels") or {})
    return FIELD_MANAGER in _managers(live) and (stripped or want.adopt)


def _marked(want: Wish, live: Manifest) -> bool:
    return bool((live["metadata"].get("labels") or {}).get(LABEL_UID) == want.uid)


def _left(want: Wish, live: Manifest) -> bool:
    """Whether an earlier resource of an adopted cluster left it.

    Of these components none but the resource that has the EKS cluster puts one into it; training
    may be a custom cluster's, of another resource, and stays.
    """
    component = (live["metadata"].get("labels") or {}).get(LABEL_COMPONENT)
    return want.adopt and component in OF_EKS and FIELD_MANAGER in _managers(live)


def _managers(live: Manifest) -> set[str]:
    return {each.get("manager", "") for each in live["metadata"].get("managedFields") or ()}


def _conflict(want: Wish, installed: Installed, wished: Component, foreign: list[ObjectId]) -> str:
    owners = {id_: _former(installed.objects[id_]) for id_ in foreign}
    left = [id_ for id_ in foreign if wished.name == training.NAME and owners[id_]]
    others = [id_ for id_ in foreign if id_ not in left]
    told = []
    if others:
        told.append(
            f"{', '.join(map(str, others))} in the cluster does not carry this resource's mark, so "
            f"it is somebody else's and is not touched. Remove it, or set "
            f"{wished.spec_field}.enabled: false."
        )
    if left:
        told.append(_left_behind(want, wished, left, {owners[id_] for id_ in left}))
    return " ".join(told)


def _former(live: Manifest) -> str:
    """The UID of the resource that it was made for, where it is one: a cluster may say anything."""
    told = (live["metadata"].get("labels") or {}).get(LABEL_UID, "")
    return told if _UID.fullmatch(told) else ""


def _left_behind(want: Wish, wished: Component, left: list[ObjectId], owners: set[str]) -> str:
    """Nobody is told to remove what runs are in; no word of the cluster is in the command."""
    return (
        f"{', '.join(map(str, left))} in the cluster carries the mark of another SigOptCluster "
        f"(UID {', '.join(sorted(owners))}), so it is not touched. Set "
        f"{wished.spec_field}.enabled: false; or, if that one is gone for good, mark it as this "
        f"one's, with all that is in it, by the cluster's own kubeconfig: kubectl label "
        f"--overwrite -A -l {LABEL_COMPONENT}={wished.name} "
        f"{','.join(training.KINDS).lower()} {LABEL_UID}={want.uid}"
    )
