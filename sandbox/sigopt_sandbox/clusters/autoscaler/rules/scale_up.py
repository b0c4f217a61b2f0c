"""Which group grows for the pods that wait, and what each other pod is told (core/scaleup)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sigopt_sandbox.clusters.autoscaler.rules.estimates import estimate
from sigopt_sandbox.clusters.autoscaler.rules.expanders import Option, choose
from sigopt_sandbox.clusters.autoscaler.rules.fitting import Room, refusals
from sigopt_sandbox.clusters.autoscaler.values.groups import Group
from sigopt_sandbox.clusters.autoscaler.values.pods import Key, Pod
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

IN_BACKOFF = "in backoff after failed scale-up"
MAX_SIZE = "max node group size reached"
NOT_READY = "not ready for scale-up"
MAX_TOTAL = "max total nodes in cluster reached"


@dataclass(frozen=True)
class Candidate:
    """A group that might grow."""

    group: Group
    template: Room | None
    """A new node of it with the pods that it starts with; None when it cannot be imagined."""
    in_backoff: bool = False

    @property
    def skipped(self) -> str:
        """Why the group is not even considered, or ""."""
        if self.in_backoff:
            return IN_BACKOFF
        if self.group.desired >= self.group.max:
            return MAX_SIZE
        return "" if self.template else NOT_READY


@dataclass(frozen=True)
class Growth:
    """A group that is to become larger, and the pods it is for."""

    group: str
    before: int
    after: int
    max: int
    pods: tuple[Pod, ...]

    def __str__(self) -> str:
        """As events show it."""
        return f"{{{self.group} {self.before}->{self.after} (max: {self.max})}}"


@dataclass(frozen=True)
class ScaleUpPlan:
    """What is to be done for pods that fit nowhere."""

    growth: Growth | None
    reasons: Mapping[Key, str]
    """For each pod that no group would help: why not, as its event says."""


def plan_scale_up(
    pods: Sequence[Pod],
    candidates: Sequence[Candidate],
    nodes: int,
    settings: Settings,
    chance: Random,
) -> ScaleUpPlan:
    """The one group that grows now, if any; `nodes` are there or upcoming in the cluster."""
    if settings.max_nodes_total and nodes >= settings.max_nodes_total:
        return ScaleUpPlan(None, {pod.key: MAX_TOTAL for pod in pods})
    skipped = Counter(one.skipped for one in candidates if one.skipped)
    options, rejected = [], _Rejections()
    for one in candidates:
        if one.template and not one.skipped:
            option = _option(one, one.template, pods, rejected, settings)
            if option:
                options.append(option)
    reasons = {
        pod.key: _sentence(rejected.of(pod) + skipped)
        for pod in pods
        if pod.kind_of_pod not in rejected.helped
    }
    if not options:
        return ScaleUpPlan(None, reasons)
    best = choose(options, settings.expanders, chance)
    group = next(one.group for one in candidates if one.group.name == best.group)
    return ScaleUpPlan(_growth(group, best, nodes, settings), reasons)


class _Rejections:
    """Why kinds of pods do not fit new nodes of the groups, one check a kind and group."""

    def __init__(self) -> None:
        self.helped: set[str] = set()
        """The kinds of pods that some group would take."""
        self._why: dict[str, Counter[str]] = {}

    def fits(self, pod: Pod, template: Room, known: dict[str, bool]) -> bool:
        """Whether a new node takes the pod; `known` are the answers for this group so far."""
        kind = pod.kind_of_pod
        if kind not in known:
            why = refusals(pod, template)
            known[kind] = not why
            self._why.setdefault(kind, Counter()).update(why)
            if not why:
                self.helped.add(kind)
        return known[kind]

    def of(self, pod: Pod) -> Counter[str]:
        """How many groups rejected the pod for which reason."""
        return self._why.get(pod.kind_of_pod, Counter())


def _option(
    candidate: Candidate,
    template: Room,
    pods: Sequence[Pod],
    rejected: _Rejections,
    settings: Settings,
) -> Option | None:
    known: dict[str, bool] = {}
    fitting = [pod for pod in pods if rejected.fits(pod, template, known)]
    if not fitting:
        return None
    room = candidate.group.max - candidate.group.desired
    count, helped = estimate(fitting, template, min(room, settings.max_nodes_per_scale_up))
    return Option(candidate.group.name, count, helped, template)


def _growth(group: Group, option: Option, nodes: int, settings: Settings) -> Growth:
    count = option.nodes
    if settings.max_nodes_total:
        count = min(count, settings.max_nodes_total - nodes)
    after = min(group.desired + count, group.max)
    return Growth(group.name, group.desired, after, group.max, option.pods)


def _sentence(reasons: Counter[str]) -> str:
    """As the event tells it: "1 Insufficient cpu, 2 max node group size reached"."""
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items())
