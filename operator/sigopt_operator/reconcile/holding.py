"""The finalizer, where kopf asks for it and an admission policy, say, refuses.

kopf (1.45) asks once, at an event, and takes a refusal for a conflict that another event follows.
None does. So a round asks again, and tells what the API server answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sigopt_operator.api.resource import FINALIZER, SigOptCluster
from sigopt_operator.observe.memory import Memory
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.reconcile.nexts import GONE, SOON
from sigopt_operator.reconcile.saying import Saying
from sigopt_operator.runtime.errors import RefusedError
from sigopt_operator.runtime.rounds import Next

KOPF_TAKES: Final = timedelta(seconds=10)
"""Of real time, at most, to take the finalizer off what was let go, as a rule."""
HELP: Final = (
    "Have whoever keeps this cluster's admission policies and webhooks let the operator change the "
    "finalizers of SigOptClusters; it goes on asking"
)


def hold(say: Saying, resource: SigOptCluster) -> Next:
    """Put the finalizer on, before which nothing may be made; or say why that is refused."""
    told = f"nothing is made in AWS before the finalizer {FINALIZER} stands on this resource, and"
    return _write(say, resource, (*resource.finalizers, FINALIZER), told)


def release(say: Saying, resource: SigOptCluster, memory: Memory, now: datetime) -> Next:
    """GONE; and where it still stands although kopf had its time, take the finalizer off."""
    # Not negative: where the clock was set back nobody knows for how long, and that keeps nothing.
    if timedelta(0) <= now - memory.released_since(now) < KOPF_TAKES:
        return GONE
    others = tuple(name for name in resource.finalizers if name != FINALIZER)
    told = f"nothing keeps this resource but its finalizer {FINALIZER}, and taking that off fails:"
    return _write(say, resource, others, told)


def _write(say: Saying, resource: SigOptCluster, finalizers: tuple[str, ...], told: str) -> Next:
    """The next round finds it done, or the resource changed."""
    try:
        say.api.write_finalizers(say.key, resource.resource_version, finalizers)
    except RefusedError as error:
        return say.unheld(resource, Blocked("FinalizerRefused", f"{told} {error}. {HELP}"))
    return SOON
