"""The whole status of one round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sigopt_operator.api.resource import SigOptCluster, status_of
from sigopt_operator.api.status import (
    Condition,
    ConditionType,
    Nodes,
    Phase,
    PlanStatus,
    PoolStatus,
    Progress,
    Status,
    WaitingFor,
)
from sigopt_operator.plan.decide import Plan
from sigopt_operator.plan.kubeconfig.part import noted, way_in
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.managing import NEVER
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import access_role, role_arn
from sigopt_operator.plan.ownership import TAG_POOL, ours
from sigopt_operator.plan.preview.words import Preview, preview
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.trouble import Kind, Outcome, Trouble
from sigopt_operator.plan.wish import Wish
from sigopt_operator.status.conditions import Told, pause, plan_only, summary, tell, timed
from sigopt_operator.status.custom import answered, known_of_custom

MOST_POOLS = 32
"""As many as the CRD takes; EKS gives a cluster 30 node groups unless the quota is raised."""
MOST_CHANGES = 200
"""As many as the CRD takes."""
WORKS = (Phase.READY, Phase.DEGRADED)
"""The phases in which Ready is True."""
UNKNOWN_WHILE_DELETING = "the cluster is being deleted"


@dataclass(frozen=True)
class Round:
    """What one round was about, found, planned and did."""

    resource: SigOptCluster
    want: Wish
    login: Login
    seen: Snapshot
    plan: Plan
    outcomes: tuple[Outcome, ...]
    moment: Moment

    @property
    def before(self) -> Status:
        """The status as it was read; empty at first sight."""
        return self.resource.status or Status()


def compose(of: Round) -> Status:
    """The status to write. Ready only when every part is, and nothing went wrong."""
    told = tell(of.plan, of.outcomes, of.seen, of.moment)
    deleting = of.want.deleting
    ready = not deleting and of.plan.done and not any(o.trouble for o in of.outcomes)
    message = _ready_message(of) if ready else ""
    words = summary(told, ready=ready, deleting=deleting, ready_message=message)
    words = pause(words, deleting=deleting) if of.want.paused else words
    begun = bool(of.plan.actions) or of.want.observed or _owned(of)
    ahead = preview(of.want, of.seen, of.moment) if of.want.planned else None
    words = plan_only(words, ahead.summary) if ahead else words
    cluster = of.seen.cluster
    if cluster is not None and not (of.want.observed or ours(cluster.tags, of.want.uid)):
        cluster = None
    who = of.seen.identity
    granted = any("role" in p.step.offers for p in of.plan.parts if p.part.name == "Access")
    shared = role_arn(who.partition, who.account, access_role(of.want.cluster_name))
    status = Status(
        observed_generation=of.resource.generation,
        fulfilled_generation=of.resource.generation if ready else _fulfilled_before(of),
        phase=_phase(of, words, ready=ready),
        message=words[0].message,
        conditions=_conditions(of, words, told),
        progress=_progress(of),
        operator_arn=who.principal_arn,
        external_id=of.login.told_external_id,
        plan=_ahead(ahead) if ahead else None,
        # Both say that something was begun: without them a resource is let go without credentials.
        account=who.account if begun else of.before.account,
        region=of.want.region if begun else of.before.region,
        kubernetes_version=cluster.version or None if cluster else None,
        standard_support_ends=_support_ends(of),
        endpoint=cluster.endpoint or None if cluster else None,
        cluster_arn=cluster.arn if cluster else None,
        **_for_people(of, cluster, granted=granted or of.want.observed),
        **_noted(of, ahead=ahead is not None),
        access_role_arn=shared if granted else of.before.access_role_arn if cluster else None,
        nodes=_nodes(of),
        pools=_pools(of),
    )
    if of.want.custom:
        return status.model_copy(update=known_of_custom(of.seen, of.before))
    return status


def _fulfilled_before(of: Round) -> int | None:
    """For which generation everything was as wished, if it was so for whoever manages it now."""
    before = of.before.fulfilled_generation
    same = of.before.operator_arn in (None, of.seen.identity.principal_arn)
    return before if same or before is None else NEVER


def _for_people(of: Round, cluster: Cluster | None, *, granted: bool) -> dict[str, Any]:
    """How to get in, as soon as somebody does."""
    if cluster is None:
        return {}
    way = way_in(of.want, of.seen, cluster)
    return {
        "connect_command": way.connect_command if granted else of.before.connect_command,
        "certificate_authority": way.certificate_authority or None,
    }


def _noted(of: Round, *, ahead: bool) -> dict[str, Any]:
    """Where Secrets are, or are about to be; a plan alone writes none."""
    where = of.want.noted if ahead else noted(of.want, of.seen)
    return {
        "kubeconfig_secret": where.kubeconfig.name if where.kubeconfig else None,
        "argocd_secret": str(where.argocd) if where.argocd else None,
    }


def compose_trouble(
    resource: SigOptCluster, login: Login, trouble: Trouble, now: datetime
) -> Status:
    """The status when AWS could not even be asked.

    What was known stays; a Ready that was said for this very spec stays too while AWS merely does
    not answer, since nothing says that the cluster is worse off.
    """
    before = resource.status or Status()
    current = before.observed_generation == resource.generation
    if trouble.kind is Kind.RETRY and current and before.phase in WORKS:
        return before
    stalled = trouble.kind.for_a_person
    words = [Told(ConditionType.PREFLIGHT_PASSED, "False", trouble.reason, str(trouble), stalled)]
    told = _said(resource, words, now, stalled=stalled)
    return told.model_copy(update={"external_id": login.told_external_id})


def compose_refusal(
    resource: SigOptCluster,
    reason: str,
    message: str,
    now: datetime,
    about: ConditionType = ConditionType.PREFLIGHT_PASSED,
) -> Status:
    """The status of a wish that this operator does not act upon, with the reason."""
    words = [Told(about, "False", reason, message, stalled=True)]
    return _said(resource, words, now, stalled=True)


def _said(resource: SigOptCluster, words: list[Told], now: datetime, *, stalled: bool) -> Status:
    before = resource.status or Status()
    summed = summary(words, ready=False, deleting=resource.deleting, ready_message="")
    new = timed([*summed, *words], before.conditions, resource.generation, now)
    kept = {condition.type for condition in new}
    known = before.phase if before.phase not in (None, Phase.BLOCKED) else Phase.PENDING
    known = Phase.UPDATING if known in WORKS else known  # it was Ready for another wish
    phase = Phase.BLOCKED if stalled else known
    return before.model_copy(
        update={
            "observed_generation": resource.generation,
            "phase": Phase.DELETING if resource.deleting else phase,
            "message": new[0].message,
            "conditions": (*new, *(c for c in before.conditions if c.type not in kept)),
        }
    )


def _support_ends(of: Round) -> datetime | None:
    cluster, releases = of.seen.cluster, of.seen.releases
    if cluster is None:
        return None
    if releases is None:
        same = cluster.version == of.before.kubernetes_version
        return of.before.standard_support_ends if same else None
    return next((r.standard_support_ends for r in releases if r.version == cluster.version), None)


def _ready_message(of: Round) -> str:
    told = "; ".join(p.step.degraded for p in of.plan.parts if p.step.degraded)
    what = "answers, and is only observed" if of.want.observed else "is ready"
    if of.want.custom and of.seen.connection:
        what = f"answers: {answered(of.seen.connection)}"
    return f"cluster {of.want.cluster_name} {what}" + (f", but: {told}" if told else "")


def _phase(of: Round, words: tuple[Told, Told, Told], *, ready: bool) -> Phase:
    if of.want.deleting:
        return Phase.DELETING
    if words[2].status == "True":
        return Phase.BLOCKED
    if ready:
        return Phase.DEGRADED if any(p.step.degraded for p in of.plan.parts) else Phase.READY
    if of.want.planned:
        return Phase.PENDING
    if of.want.paused:
        return of.before.phase or Phase.PENDING
    if of.want.observed or of.want.custom:
        return _of_observed(of.seen)
    if _was_ready(of.before):
        return Phase.UPDATING
    begun = of.seen.stack is not None or any(o.trouble is None for o in of.outcomes)
    return Phase.CREATING if begun else Phase.PENDING


def _ahead(found: Preview) -> PlanStatus:
    told = tuple(f"{change.kind}: {change}" for change in found.changes[:MOST_CHANGES])
    return PlanStatus(summary=found.summary, changes=told)


def _of_observed(seen: Snapshot) -> Phase:
    """Others change it, or it does not answer: then there is nothing that it could be called."""
    updating = seen.cluster is not None and seen.cluster.status == "UPDATING"
    return Phase.UPDATING if updating else Phase.PENDING


def _was_ready(before: Status) -> bool:
    """Whether it was Ready once; a blocked one had nodes at least when it was."""
    if before.phase is Phase.BLOCKED:
        return before.nodes is not None
    return before.phase is Phase.UPDATING or before.phase in WORKS


def _conditions(
    of: Round, words: tuple[Told, Told, Told], told: list[Told]
) -> tuple[Condition, ...]:
    listed = {one.type for one in told}
    gone = [
        Told(condition.type, "Unknown", "Deleting", UNKNOWN_WHILE_DELETING)
        for condition in of.before.conditions
        if of.want.deleting and condition.type not in {*listed, *(w.type for w in words)}
    ]
    every = [*words, *told, *gone]
    return timed(every, of.before.conditions, of.resource.generation, of.moment.now)


def _progress(of: Round) -> Progress:
    steps = [planned.step for planned in of.plan.parts]
    waiting = [w for step in steps for w in step.waiting]
    done = sum(step.ready for step in steps)
    if not waiting:
        return Progress(done=done, total=len(steps))
    first = waiting[0]
    was = of.before.progress.waiting_for if of.before.progress else None
    since = first.since or (was.since if was and was.what == first.what else of.moment.now)
    told = WaitingFor(what=first.what, since=since)
    return Progress(done=done, total=len(steps), waiting_for=told)


def _nodes(of: Round) -> Nodes | None:
    asked = of.seen.connection
    if of.want.deleting and not of.seen.node_groups:
        return None
    if asked is None or asked.problem:
        return of.before.nodes
    desired = sum(pool.desired_nodes for pool in _pools(of))
    if of.want.observed:  # it may have nodes that are of no node group
        desired = max(desired, asked.nodes)
    return Nodes(ready=asked.nodes_ready, desired=desired)


def _pools(of: Round) -> tuple[PoolStatus, ...]:
    order = {pool.name: place for place, pool in enumerate(of.want.pools)}
    mine = [g for g in of.seen.node_groups if of.want.observed or ours(g.tags, of.want.uid)]
    told = [
        PoolStatus(
            # Somebody else's node group is no pool of ours: its own name tells it apart.
            name=group.tags.get(TAG_POOL) or group.name,
            node_group=group.name,
            instance_type=", ".join(group.instance_types),
            min_nodes=group.min_size,
            max_nodes=group.max_size,
            desired_nodes=group.desired_size,
            status=group.status,
        )
        for group in mine
    ]
    told.sort(key=lambda p: (order.get(p.name, len(order)), p.node_group))
    return tuple(told[:MOST_POOLS])


def _owned(of: Round) -> bool:
    """Whether the control plane or the stack is the resource's."""
    uid, cluster, stack = of.want.uid, of.seen.cluster, of.seen.stack
    return bool((cluster and ours(cluster.tags, uid)) or (stack and ours(stack.tags, uid)))


def unreadable(obj: Mapping[str, Any], message: str, now: datetime) -> Status:
    """The status of an object whose spec this operator cannot read: newer or hand-made.

    What was known of its cluster stays.
    """
    generation = obj["metadata"]["generation"]
    before = status_of(obj) or Status()
    words = summary(
        [Told(ConditionType.PREFLIGHT_PASSED, "False", "InvalidSpec", message, stalled=True)],
        ready=False,
        deleting=False,
        ready_message="",
    )
    new = timed(words, before.conditions, generation, now)
    return before.model_copy(
        update={
            "observed_generation": generation,
            "phase": Phase.BLOCKED,
            "message": new[0].message,
            "conditions": new,
        }
    )
