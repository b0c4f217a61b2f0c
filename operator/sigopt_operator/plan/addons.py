"""Managed add-ons: those that nodes need come before them, CoreDNS when it can run."""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.plan.actions import CreateAddon, DeleteAddon
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools import node_group_name
from sigopt_operator.plan.snapshot import Addon, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import SYSTEM_POOL, Wish

BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Without the CNI a node never turns Ready; all three become ACTIVE without nodes."""
UNTIL_NODES = timedelta(minutes=3)
"""They take a minute, but nobody waits for them before the first nodes stand."""
WITH_NODES = ("coredns",)
"""Made before it has nodes, CoreDNS turns ACTIVE a quarter of an hour late."""


def addons(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Every add-on ACTIVE; offers `network` once those that nodes need have been asked for."""
    names = BEFORE_NODES + (WITH_NODES if _system_nodes(want, seen) else ())
    have = {addon.name: addon for addon in seen.addons}
    steps = [_addon(want, name, have.get(name), moment) for name in names]
    absent = [name for name in WITH_NODES if name not in names and name not in have]
    waits = f"{', '.join(absent)} waits for nodes of the system pool"
    return Step(
        ready=all(step.ready for step in steps) and not absent,
        message=waits if absent else ", ".join(names),
        actions=tuple(action for step in steps for action in step.actions),
        waiting=tuple(waiting for step in steps for waiting in step.waiting),
        blocked=next((step.blocked for step in steps if step.blocked), None),
        offers=frozenset({"network"} if all(name in have for name in BEFORE_NODES) else ()),
    )


def _addon(want: Wish, name: str, addon: Addon | None, moment: Moment) -> Step:
    if addon is None:
        token = want.token("addon", name)
        return Step(
            actions=(CreateAddon(want.cluster_name, name, want.tags, token),),
            waiting=(Waiting(f"add-on {name} (CREATING)", moment.now, _patience(name)),),
        )
    why = "; ".join(addon.health)
    match addon.status:
        case "ACTIVE":
            return Step(ready=True)
        case "CREATE_FAILED" | "DELETE_FAILED":
            return Step(
                actions=(DeleteAddon(want.cluster_name, name),),
                blocked=Blocked("AddonFailed", f"add-on {name} is {addon.status}: {why}"),
            )
        case status:
            told = f"add-on {name} ({status}{': ' + why if why else ''})"
            patience = _patience(name) if status == "CREATING" else None
            return Step(waiting=(Waiting(told, addon.created_at, patience),))


def _patience(name: str) -> timedelta | None:
    return UNTIL_NODES if name in BEFORE_NODES else None


def _system_nodes(want: Wish, seen: Snapshot) -> bool:
    names = {node_group_name(pool) for pool in want.pools if pool.name == SYSTEM_POOL}
    running = {group.name for group in seen.node_groups if group.status in ("ACTIVE", "DEGRADED")}
    return bool(names & running)
