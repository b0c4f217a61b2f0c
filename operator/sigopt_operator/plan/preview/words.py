"""The whole plan in words that a person can approve: walked ahead, and nothing done.

The same planners decide as when it is done, on a snapshot that each action has been applied to:
so what is previewed is what will be done, as long as AWS does its part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from sigopt_operator.plan import actions
from sigopt_operator.plan.actions import Action, Retag, TagScalingGroup
from sigopt_operator.plan.control_plane.setting import EndpointAccess
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.kubeconfig.part import noted
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import TAG_POOL, ours
from sigopt_operator.plan.preview.walk import done, settled
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Part
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.components.objects import id_of

MOST_STEPS = 60
"""Far more than any plan has: five minors up, each with pools and add-ons."""
BETWEEN = timedelta(minutes=20)
"""Longer than any retry waits, so that none holds up the walk."""
NO_DISRUPTION = "no disruption"
DRAINED = (
    "its pods are evicted, within their disruption budgets, and start again elsewhere if there "
    "is room"
)

ENDED = (
    "its pods end, whatever their disruption budgets, and start again elsewhere if there is room"
)
"""EKS lowers the auto scaling group, which ends instances and asks no budget."""


@dataclass(frozen=True)
class Change:
    """One thing that would be done."""

    kind: str
    """create, replace, change or delete."""
    what: str
    disruption: str
    takes: timedelta
    """As a rule, on AWS."""

    def __str__(self) -> str:
        return f"{self.what} ({_spoken(self.takes)}; {self.disruption})"


@dataclass(frozen=True)
class Preview:
    """What would be done, in order, and what a person has to mend before all of it can be."""

    changes: tuple[Change, ...]
    takes: timedelta
    obstacles: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """Everything in one sentence."""
        if not self.changes:
            return "nothing can be done yet" if self.obstacles else "nothing is to be done"
        kinds = [change.kind for change in self.changes]
        counted = [f"{kinds.count(kind)} to {kind}" for kind in KINDS if kind in kinds]
        return f"{', '.join(counted)}; {_spoken(self.takes)} in all"


AT_ONCE = (
    actions.GrantAccess,
    actions.ApplySecret,
    actions.DeleteSecret,
    actions.ReleaseSecret,
    actions.RemoveAccess,
    actions.DeleteLaunchTemplate,
    actions.MendRole,
    actions.LeadOut,
    actions.GiveRoutes,
    actions.MendSubnet,
    actions.TakeOver,
    actions.TrustPrincipals,
    actions.InstallComponent,
    actions.RemoveObjects,
    actions.AssociatePodIdentity,
    actions.DissociatePodIdentity,
    Retag,
    TagScalingGroup,
)
"""What AWS, or Kubernetes, does in seconds."""
KINDS = ("create", "replace", "change", "delete")


def preview(want: Wish, seen: Snapshot, moment: Moment) -> Preview:
    """Walk the plan ahead to its end. Pure; the wish may be one that is paused or only planned."""
    want = replace(want, planned=False, paused=False)
    want = replace(want, noted=noted(want, seen))
    # What EKS says against an upgrade is asked when it comes to that, and told then.
    seen = replace(seen, insights=seen.insights or ())
    said: dict[str, Change] = {}
    takes = timedelta(0)
    plan = decide(want, seen, moment)
    obstacles = tuple(p.step.blocked.message for p in plan.parts if p.step.blocked)
    world = seen
    for _ in range(MOST_STEPS):
        fresh = [(part, action) for part, action in plan.actions if str(action) not in said]
        for part, action in fresh:
            said[str(action)] = _change(want, seen, part, action)
        lasting = [of for of in fresh if not isinstance(of[1], AT_ONCE)]
        takes += max((_typical(want, *of, plan) for of in lasting), default=timedelta(0))
        ahead = settled(world)
        for _part, action in fresh:
            ahead = done(ahead, action, moment)
        if ahead == world:
            break
        world = settled(ahead)
        want = replace(want, noted=noted(want, world))
        moment = replace(moment, now=moment.now + BETWEEN / moment.speed)
        plan = decide(want, world, moment)
    return Preview(tuple(_replacements(want, seen, said)), takes, obstacles)


def _typical(want: Wish, part: Part, action: Action, plan: Plan) -> timedelta:
    steps = [planned.step for planned in plan.parts if planned.part is part]
    waits = [w.typical for step in steps for w in step.waiting if w.typical]
    going = want.deleting or type(action).__name__.startswith("Delete")
    return max(waits, default=part.typical_removal if going else part.typical)


def _change(want: Wish, seen: Snapshot, part: Part, action: Action) -> Change:
    kind = _kind(seen, action)
    takes = part.typical_removal if want.deleting or kind == "delete" else part.typical
    takes = timedelta(0) if isinstance(action, AT_ONCE) else takes
    return Change(kind, f"{action}{_detail(action)}", _disruption(seen, action), takes)


def _detail(action: Action) -> str:
    match action:
        case actions.CreateStack(design=design) if not design.roles_alone:
            zones = ", ".join(design.zones)
            return f": a VPC over {zones} with one NAT gateway, and the cluster's IAM roles"
        case actions.CreateCluster(version=version):
            return f" with Kubernetes {version or 'in the version that AWS calls default'}"
        case actions.CreateNodeGroup(min_size=least, max_size=most):
            return f" of {least} to {most} nodes"
    return ""


def _kind(seen: Snapshot, action: Action) -> str:
    name = type(action).__name__
    if isinstance(action, TagScalingGroup):
        # Of a node group that is made just before, it is the end of making it.
        return "change" if action.name in {g.name for g in seen.node_groups} else "create"
    if name.startswith(("Delete", "Remove", "Release", "Dissociate")):
        return "delete"
    if isinstance(action, actions.ApplySecret):
        return "change" if action.uid else "create"
    if isinstance(action, actions.InstallComponent):
        there = seen.installed.objects if seen.installed else {}
        return "change" if there.keys() & set(map(id_of, action.objects)) else "create"
    return "create" if name.startswith(("Create", "Grant", "Associate")) else "change"


def _disruption(seen: Snapshot, action: Action) -> str:
    match action:
        case actions.DeleteNodeGroup():
            return DRAINED
        case actions.UpdateNodeGroupVersion():
            return f"node by node, a new one first: {DRAINED}"
        case actions.UpdateClusterVersion():
            return "the cluster's API may not answer for moments; running pods go on"
        case actions.DeleteCluster(name=name):
            return f"everything that runs in {name} ends, and cannot be brought back"
        case actions.UpdateNodeGroupConfig():
            return _of_config(seen, action)
        case actions.UpdateClusterSetting(setting=EndpointAccess()):
            return "who reaches its API from elsewhere than the new setting admits loses it"
        case actions.UpdateAddon() | actions.DeleteAddon():
            return "its pods are replaced"
    return NO_DISRUPTION


def _of_config(seen: Snapshot, action: actions.UpdateNodeGroupConfig) -> str:
    told = []
    have = next((g.desired_size for g in seen.node_groups if g.name == action.name), 0)
    if action.desired_size is not None and action.desired_size < have:
        told.append(f"{have - action.desired_size} nodes go: {ENDED}")
    if any(taint.effect == "NO_EXECUTE" for taint in action.taints):
        told.append("running pods that do not tolerate the new taint are evicted at once")
    return "; ".join(told) or NO_DISRUPTION


def _replacements(want: Wish, seen: Snapshot, said: dict[str, Change]) -> Iterator[Change]:
    """A node group that takes the place of another: told as one, where the new one is made."""
    old = {
        group.tags[TAG_POOL]: group.name
        for group in seen.node_groups
        if ours(group.tags, want.uid) and TAG_POOL in group.tags
    }
    merged = set()
    for told, change in said.items():
        pool = told.removeprefix("create node group ").partition("-")[0]
        going = f"delete node group {old.get(pool, '')}"
        if told.startswith("create node group ") and going in said:
            merged.add(going)
            what = f"{change.what}, then {going}"
            takes = change.takes + said[going].takes
            yield Change("replace", what, f"the new one first; then {DRAINED}", takes)
        elif told not in merged:
            yield change


def _spoken(time: timedelta) -> str:
    minutes = round(time / timedelta(minutes=1))
    if minutes < 1:
        return "seconds"
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"
