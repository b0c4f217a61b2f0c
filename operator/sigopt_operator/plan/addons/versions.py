"""An add-on's version and configuration: the spec's, else what AWS calls default.

Versions follow the cluster's only after its nodes did, and an add-on that somebody raised above the
default is left there. Configurations are compared by meaning: EKS gives back the text that it got.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

from sigopt_operator.plan.actions import UpdateAddon
from sigopt_operator.plan.control_plane.versions import (
    attempt,
    behind,
    failure,
    lately_failed,
    newer,
    under_way,
)
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Addon, AddonOffer, Snapshot, Update
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import AddonWish, Wish

NO_OFFER = AddonOffer(default="")
UNSETTLED = ("UPDATING", "UPDATE_FAILED")


@dataclass(frozen=True)
class Change:
    """What an add-on lacks."""

    version: str
    configuration: str | None
    """JSON; None: it has the wished one."""


def as_wished(
    want: Wish, seen: Snapshot, wish: AddonWish, addon: Addon, moment: Moment
) -> Step | None:
    """Brings an add-on to its version and configuration; None where it has both."""
    change, last = _change(want, seen, wish, addon), addon.last_update
    if change is None:
        return None
    if seen.cluster is None or seen.cluster.status != "ACTIVE":
        told = "waits until the control plane's own update is over"
        return Step(message=f"add-on {addon.name} {told}")
    if change.version != addon.version and _nodes_behind(want, seen):
        told = f"follows to {change.version} after the node groups"
        return Step(message=f"add-on {addon.name} {told}")
    if last and _asked_for(last, wish, addon) and lately_failed(last, change.version, moment):
        told = failure(f"the update of add-on {addon.name} to {change.version}", last)
        return Step(blocked=Blocked("AddonUpdateFailed", told))
    action = UpdateAddon(
        cluster=want.cluster_name,
        name=addon.name,
        present=addon.version,
        version=change.version,
        configuration=change.configuration,
        token=want.token(
            "update-addon", addon.name, change.version, change.configuration, attempt(last)
        ),
    )
    return Step(actions=(action,), waiting=(Waiting(f"EKS to {action}", moment.now),))


def unsettled(want: Wish, seen: Snapshot, wish: AddonWish, addon: Addon) -> bool:
    """Whether its updates have to be looked at: one is due, under way, or failed."""
    if not ours(addon.tags, want.uid) or addon.status == "CREATING":
        return False
    return addon.status in UNSETTLED or _change(want, seen, wish, addon) is not None


def fitting(want: Wish, seen: Snapshot, wish: AddonWish) -> bool:
    """Whether the version that the spec pins can be asked for now.

    On the way to another version of Kubernetes it need not fit each step; at the end EKS judges it.
    """
    return not _on_the_way(want, seen) or wish.version in _offer(seen, wish.name).versions


def offered(want: Wish, seen: Snapshot, name: str) -> bool:
    """Whether an add-on can be asked for now: on the way, only where EKS is known to list it."""
    return not _on_the_way(want, seen) or name in (seen.addon_offers or {})


def _on_the_way(want: Wish, seen: Snapshot) -> bool:
    return seen.cluster is not None and behind(seen.cluster.version, want.version or "")


def _change(want: Wish, seen: Snapshot, wish: AddonWish, addon: Addon) -> Change | None:
    version = _version(want, seen, wish, addon)
    differs = not _is_wished(addon.configuration, wish)
    if version == addon.version and not differs and addon.status != "UPDATE_FAILED":
        return None
    told = json.dumps(wish.configuration, sort_keys=True)
    return Change(version, told if differs else None)


def _version(want: Wish, seen: Snapshot, wish: AddonWish, addon: Addon) -> str:
    if wish.version:
        return wish.version if fitting(want, seen, wish) else addon.version
    offer = _offer(seen, addon.name)
    misfit = bool(offer.versions) and addon.version not in offer.versions
    moves = offer.default and (misfit or newer(offer.default, addon.version))
    return offer.default if moves else addon.version


def _offer(seen: Snapshot, name: str) -> AddonOffer:
    return (seen.addon_offers or {}).get(name, NO_OFFER)


def _nodes_behind(want: Wish, seen: Snapshot) -> bool:
    present = seen.cluster.version if seen.cluster else ""
    mine = [group for group in seen.node_groups if ours(group.tags, want.uid)]
    return any(behind(group.version, present) or under_way(group.last_update) for group in mine)


def _asked_for(update: Update, wish: AddonWish, addon: Addon) -> bool:
    """Whether it would have brought the wished configuration; without one it leaves what is there.

    Not whether it would have brought the change: of a wish that is taken back nothing differs.
    """
    return _is_wished(update.configuration or addon.configuration, wish)


def _is_wished(configuration: str, wish: AddonWish) -> bool:
    return bool(_meaning(configuration) == (dict(wish.configuration) or None))


def _meaning(configuration: str) -> Any:
    """What a configuration says: JSON, or YAML, of which JSON is a part; None: nothing."""
    try:
        return yaml.safe_load(configuration) or None
    except (yaml.YAMLError, ValueError, RecursionError):
        # Somebody wrote it in AWS: a date that is none, or more levels than can be read.
        return configuration
