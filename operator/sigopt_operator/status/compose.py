"""The whole status of one round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sigopt_operator.api.status import (
    Condition,
    PlanStatus,
    Progress,
    Status,
    WaitingFor,
)
from sigopt_operator.plan.decide import removes
from sigopt_operator.plan.kubeconfig.part import noted, way_in
from sigopt_operator.plan.managing import NEVER
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.preview.words import Preview, preview
from sigopt_operator.plan.snapshot import Cluster
from sigopt_operator.status.conditions import Told, pause, plan_only, summary, tell, timed
from sigopt_operator.status.custom import answered, known_of_custom
from sigopt_operator.status.phase import phase
from sigopt_operator.status.pools import nodes, pools
from sigopt_operator.status.round import Round

MOST_CHANGES = 200
"""As many as the CRD takes."""
UNKNOWN_WHILE_DELETING = "the cluster is being deleted"


def compose(of: Round) -> Status:
    """The status to write. Ready only when every part is, and nothing went wrong."""
    told = tell(of.plan, of.outcomes, of.seen, of.moment)
    deleting = of.want.deleting
    ready = not deleting and of.plan.done and not any(o.trouble for o in of.outcomes)
    message = _ready_message(of) if ready else ""
    words = summary(told, ready=ready, deleting=deleting, ready_message=message)
    words = pause(words, deleting=deleting) if of.want.paused else words
    # One that is only observed is in no account until it was found in one.
    found = of.want.observed and of.seen.cluster is not None
    begun = bool(of.plan.actions) or found or _owned(of)
    ahead = preview(of.want, of.seen, of.moment) if of.want.planned else None
    words = plan_only(words, ahead.summary) if ahead else words
    cluster = of.seen.cluster
    if cluster is not None and not (of.want.observed or ours(cluster.tags, of.want.uid)):
        cluster = None
    who = of.seen.identity
    granted = any("role" in p.step.offers for p in of.plan.parts if p.part.name == "Access")
    status = Status(
        observed_generation=of.resource.generation,
        fulfilled_generation=of.resource.generation if ready else _fulfilled_before(of),
        phase=phase(of, words, ready=ready),
        message=words[0].message,
        conditions=_conditions(of, words, told),
        progress=_progress(of),
        operator_arn=who.principal_arn,
        external_id=of.login.told_external_id,
        plan=_ahead(ahead) if ahead else None,
        removal_since=_removal_since(of),
        # Both say that something was begun: without them a resource is let go without credentials.
        account=who.account if begun else of.before.account,
        region=of.want.region if begun else of.before.region,
        kubernetes_version=cluster.version or None if cluster else None,
        standard_support_ends=_support_ends(of),
        endpoint=cluster.endpoint or None if cluster else None,
        cluster_arn=cluster.arn if cluster else None,
        **_for_people(of, cluster, granted=granted or of.want.observed),
        **_noted(of, ahead=ahead is not None),
        nodes=nodes(of),
        pools=pools(of),
    )
    if of.want.custom:
        return status.model_copy(update=known_of_custom(of))
    return status


def _fulfilled_before(of: Round) -> int | None:
    """For which generation everything was as wished, if it was so for whoever manages it now."""
    same = of.before.operator_arn in (None, of.seen.identity.principal_arn)
    return of.before.fulfilled_generation if same else NEVER


def _removal_since(of: Round) -> datetime | None:
    """Not later than now: where the clock was set back, it is counted from now on."""
    if not removes(of.want, of.seen):
        return None
    return min(of.before.removal_since or of.moment.now, of.moment.now)


def _for_people(of: Round, cluster: Cluster | None, *, granted: bool) -> dict[str, Any]:
    """How to get in, as soon as somebody does."""
    if cluster is None:
        return {}
    way = way_in(of.want, of.seen, cluster)
    return {
        "connect_command": way.connect_command if granted else of.before.connect_command,
        "access_role_arn": way.role_arn if granted else of.before.access_role_arn,
        "certificate_authority": way.certificate_authority or None,
    }


def _noted(of: Round, *, ahead: bool) -> dict[str, Any]:
    """Where Secrets are, or are about to be; a plan alone writes none."""
    where = of.want.noted if ahead else noted(of.want, of.seen)
    return {
        "kubeconfig_secret": where.kubeconfig.name if where.kubeconfig else None,
        "argocd_secret": str(where.argocd) if where.argocd else None,
    }


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


def _ahead(found: Preview) -> PlanStatus:
    told = tuple(f"{change.kind}: {change}" for change in found.changes[:MOST_CHANGES])
    return PlanStatus(summary=found.summary, changes=told)


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


def _owned(of: Round) -> bool:
    """Whether the control plane or the stack is the resource's."""
    uid, cluster, stack = of.want.uid, of.seen.cluster, of.seen.stack
    return bool((cluster and ours(cluster.tags, uid)) or (stack and ours(stack.tags, uid)))
