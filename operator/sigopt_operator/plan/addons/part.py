"""Managed add-ons: those that nodes need come before them, CoreDNS and others when they can run.

Which version and configuration each shall have, and how it gets there, is in `addon_versions`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sigopt_operator.plan.actions import CreateAddon, DeleteAddon
from sigopt_operator.plan.addons.versions import as_wished, fitting, offered
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.former import serves, standing_in
from sigopt_operator.plan.node_pools.part import node_group_name
from sigopt_operator.plan.ownership import conflict, ours
from sigopt_operator.plan.snapshot import Addon, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.unknown import ADDON, strange
from sigopt_operator.plan.wish import SYSTEM_POOL, AddonWish, Wish

BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Without the CNI a node never turns Ready; all three become ACTIVE without nodes."""
AGAIN_AFTER = timedelta(minutes=3)
"""One that failed is made anew so long after it was made, and not at full speed for ever."""
UNTIL_NODES = timedelta(minutes=3)
"""They take a minute, but nobody waits for them before the first nodes stand."""
UNTIL_HEALED = timedelta(minutes=15)
"""EKS looks so seldom at one that it calls degraded; since when it is, EKS does not say."""
WITH_NODES = ("coredns",)
"""Made before it has nodes, CoreDNS turns ACTIVE a quarter of an hour late."""


def addons(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Every add-on as wished; offers `network` once those that nodes need have been asked for."""
    wished = wished_addons(want)
    have = {addon.name: addon for addon in seen.addons}
    others = tuple(name for name in wished if name not in BEFORE_NODES)
    put_off = [name for name in others if name not in have and not offered(want, seen, name)]
    absent = [name for name in others if name not in (*have, *put_off)]
    late = [] if system_nodes(want, seen) else absent
    names = [name for name in wished if name not in (*late, *put_off)]
    steps = [_addon(want, seen, wished[name], have.get(name), moment) for name in names]
    steps += _unwanted(want, seen, wished, moment)
    waits = f"{', '.join(late)} waits for nodes of the system pool"
    merged = merge(steps)
    ready = merged.ready and not late
    told = waits if late else ", ".join(names) if ready else merged.message
    return replace(
        merged,
        ready=ready,
        message="; ".join(filter(None, (told, _later(want, seen, put_off)))),
        offers=frozenset({"network"} if all(name in have for name in BEFORE_NODES) else ()),
    )


def wished_addons(want: Wish) -> dict[str, AddonWish]:
    """By name: those of every cluster, and those that the spec names."""
    usual = {name: AddonWish(name) for name in BEFORE_NODES + WITH_NODES}
    return usual | {addon.name: addon for addon in want.addons}


def _later(want: Wish, seen: Snapshot, put_off: list[str]) -> str:
    """Said of a step that is ready all the same, or the control plane would never get there."""
    if not put_off or seen.cluster is None:
        return ""
    told = f"{', '.join(put_off)} comes later, on the way to Kubernetes {want.version}"
    return f"{told}: not among AWS's and the community's add-ons for {seen.cluster.version}"


def _addon(
    want: Wish, seen: Snapshot, wish: AddonWish, addon: Addon | None, moment: Moment
) -> Step:
    if addon is None:
        return _create(want, seen, wish, moment)
    if not ours(addon.tags, want.uid):
        return _foreign(want, addon)
    match addon.status:
        case "CREATE_FAILED" | "DELETE_FAILED":
            return _failed(want, addon, moment)
        case "ACTIVE" | "DEGRADED" | "UPDATE_FAILED":
            step = as_wished(want, seen, wish, addon, moment)
            if step or addon.status == "ACTIVE":
                return step or Step(ready=True)
    if addon.status not in ADDON:
        return strange(f"add-on {addon.name}", addon.status)
    return _waited_for(addon)


def _waited_for(addon: Addon) -> Step:
    why = "; ".join(addon.health)
    told = f"add-on {addon.name} ({addon.status}{': ' + why if why else ''})"
    match addon.status:
        case "CREATING":
            waiting = Waiting(told, addon.created_at, _patience(addon.name))
        case "UPDATING":
            waiting = Waiting(told, addon.last_update.created_at if addon.last_update else None)
        case "DELETING":
            waiting = Waiting(told)
        case _:
            waiting = Waiting(told, typical=UNTIL_HEALED)
    return Step(waiting=(waiting,))


def _create(want: Wish, seen: Snapshot, wish: AddonWish, moment: Moment) -> Step:
    configuration = json.dumps(wish.configuration, sort_keys=True) if wish.configuration else ""
    version = wish.version if wish.version and fitting(want, seen, wish) else None
    token = want.token("addon", wish.name, *filter(None, (version, configuration)))
    absent = (Difference(f"add-on {wish.name}", "none", "installed"),)
    action = CreateAddon(
        want.cluster_name, wish.name, want.tags, token, version, configuration, absent
    )
    waiting = Waiting(f"add-on {wish.name} (CREATING)", moment.now, _patience(wish.name))
    return Step(actions=(action,), waiting=(waiting,))


def _failed(want: Wish, addon: Addon, moment: Moment) -> Step:
    why = "; ".join(addon.health)
    again = moment.elapsed(addon.created_at) >= AGAIN_AFTER
    return Step(
        actions=(DeleteAddon(want.cluster_name, addon.name),) if again else (),
        blocked=Blocked("AddonFailed", f"add-on {addon.name} is {addon.status}: {why}"),
    )


def _foreign(want: Wish, addon: Addon) -> Step:
    """Somebody else's: serves as it is, unless the spec wants something of it."""
    if addon.name in {named.name for named in want.addons}:
        return Step(blocked=Blocked("NameConflict", conflict("add-on", addon.name)))
    if addon.status == "ACTIVE":
        return Step(ready=True)
    return _waited_for(addon)


def _unwanted(
    want: Wish, seen: Snapshot, wished: dict[str, AddonWish], moment: Moment
) -> Iterator[Step]:
    for addon in seen.addons:
        if addon.name in wished or not ours(addon.tags, want.uid):
            continue
        if addon.status == "DELETE_FAILED":
            yield _failed(want, addon, moment)
        elif addon.status not in ADDON:
            yield strange(f"add-on {addon.name}", addon.status)
        elif addon.status == "DELETING":
            yield Step(waiting=(Waiting(f"add-on {addon.name} (DELETING)"),))
        else:
            action = DeleteAddon(want.cluster_name, addon.name)
            yield Step(actions=(action,), message=str(action))


def _patience(name: str) -> timedelta | None:
    return UNTIL_NODES if name in BEFORE_NODES else None


def system_nodes(want: Wish, seen: Snapshot) -> bool:
    """Whether the system pool's node group, new or old, serves; it keeps its nodes in an update."""
    names = [node_group_name(pool) for pool in want.pools if pool.name == SYSTEM_POOL]
    running = {group.name for group in seen.node_groups if serves(group)}
    return any(name in running or standing_in(want, seen, SYSTEM_POOL, name) for name in names)
