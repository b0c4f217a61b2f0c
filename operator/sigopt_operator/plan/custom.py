"""A cluster that somebody else made and whose kubeconfig is given: looked at, and let go of.

A table of parts of its own, as of a cluster that is only observed: nothing of AWS is in it. If
asked, what training runs need is put into it, and taken away again but for the namespace: one more
row. Nothing else in it is ever changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.connection.part import connection
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Blocked, Part, Step, Waiting
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.part import workload

EVERY = timedelta(minutes=1)
"""In which a Secret that was rotated is looked at, while all is well."""
IN_TROUBLE = timedelta(seconds=5)
"""The same while something is wrong, of real time: a person mends it, and watches."""


FORBIDDEN = 403
_MAY_NOT_LOOK = (
    "the kubeconfig's user may not look at what {what} (403 Forbidden); who administers the "
    "cluster has to give them the rights that docs/resource.md lists, or {otherwise}"
)
WISHED = _MAY_NOT_LOOK.format(
    what="spec.training wishes", otherwise="set spec.training.enabled: false"
)
TO_GO = _MAY_NOT_LOOK.format(
    what="was put into the cluster for training runs, and is to be taken away",
    otherwise="set managementPolicy: Observe, which leaves it there",
)


def kubeconfig(_want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Ready when the Secret holds a kubeconfig that may be used, and says where the cluster is."""
    found = seen.custom
    if found is not None and found.fault is not None:
        return _wrong(found.fault, moment)
    if found is None or found.server is None:
        return Step(message="nobody has looked yet")
    return Step(ready=True, message=f"leads to {found.server.endpoint}", again=EVERY)


def custom_connection(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Ready when the cluster answered; else which link broke, and what to do.

    An outage of a cluster that answered before, by this very spec, is waited out; what was never
    right is for a person to mend.
    """
    told = seen.connection
    if told is None or told.fault is None:
        return replace(connection(want, seen, moment), again=EVERY)
    if told.fault.passing and want.fulfilled:
        waiting = Waiting(f"the cluster's API to answer: {told.fault.message}")
        return Step(waiting=(waiting,), because=told.fault.reason, again=moment.real(IN_TROUBLE))
    return _wrong(told.fault, moment)


def training(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The namespace for training runs as wished, by the rights that the kubeconfig has.

    Not wished any more: what was put into it is gone.
    """
    installed = seen.installed
    if installed is not None and installed.refused_with == FORBIDDEN:
        if want.training is None and not put_here(want, seen):
            told = f"what was put into {want.training_put_at} for training runs stays there"
            return Step(ready=True, message=told, again=EVERY)
        return _wrong(Fault("Forbidden", WISHED if want.training else TO_GO), moment)
    step = workload(want, seen, moment)
    return replace(step, again=EVERY if step.ready else moment.real(IN_TROUBLE))


def _wrong(fault: Fault, moment: Moment) -> Step:
    blocked = Blocked(fault.reason, fault.message)
    return Step(blocked=blocked, again=moment.real(IN_TROUBLE))


CUSTOM_PARTS = (
    Part(
        name="Kubeconfig",
        condition=ConditionType.PREFLIGHT_PASSED,
        build=kubeconfig,
        typical=timedelta(seconds=2),
    ),
    Part(
        name="Connection",
        condition=ConditionType.CONNECTED,
        build=custom_connection,
        needs=("Kubeconfig",),
        typical=timedelta(seconds=10),
    ),
)
WITH_TRAINING = (
    *CUSTOM_PARTS,
    Part(
        name="Workload",
        condition=ConditionType.WORKLOAD_READY,
        build=training,
        needs=("Connection",),
        typical=timedelta(seconds=10),
    ),
)


def custom_parts(want: Wish) -> tuple[Part, ...]:
    """The rows for this wish: the last one only where it has something to do, and may."""
    return WITH_TRAINING if puts_something_in(want) else CUSTOM_PARTS


def puts_something_in(want: Wish) -> bool:
    """Whether anything at all is to be put into the cluster, or taken away from it again."""
    return (want.training is not None or want.training_put_at is not None) and not want.observed


def put_here(want: Wish, seen: Snapshot) -> bool:
    """Whether something for training runs was put into the very cluster that is looked at."""
    return seen.api_server is not None and seen.api_server.endpoint == want.training_put_at
