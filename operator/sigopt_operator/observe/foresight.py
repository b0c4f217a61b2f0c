"""What AWS would say in the next minute of what it has just accepted, without asking it.

EKS answers a creation with CREATING and needs a minute at least: a creation costs fewer calls when
that is remembered instead of read. It is forgotten after a minute or two, and at a restart, so that
what was there already under the name (a creation takes that for success) is found then.
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.observe.doubts import CLUSTER, STACK, Doubts
from sigopt_operator.observe.memory import TAGS_OF, Memory
from sigopt_operator.plan.access.trust import trust_of
from sigopt_operator.plan.actions import (
    Action,
    CreateAddon,
    CreateCluster,
    CreateNodeGroup,
    CreateStack,
    DeleteCluster,
    DeleteStack,
    GrantAccess,
    RemoveAccess,
    TrustPrincipals,
    UpdateClusterSetting,
    UpdateNodeGroupConfig,
    UpdateStack,
    area,
    target,
)
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import AccessEntry, Addon, NodeGroup, Role
from sigopt_operator.plan.trouble import Outcome

CREATING = "CREATING"
ADDONS_TAKE = timedelta(seconds=30)
"""At least, for Pods to start."""
NODES_TAKE = timedelta(seconds=85)
"""At least, for an instance to start and to join."""
NOBODY_WAITS = timedelta(minutes=2)
"""For a node group without nodes: nothing that is made later needs it."""


def remember(memory: Memory, outcomes: tuple[Outcome, ...], moment: Moment) -> None:
    """Forget what a round's actions touched; remember what accepted creations bring about."""
    for outcome in outcomes:
        _remember(memory, outcome, moment)
    if any(isinstance(outcome.action, UpdateStack) for outcome in outcomes):
        # It may write anew the trust that it found, over the one that was written beside it.
        for outcome in outcomes:
            if isinstance(outcome.action, TrustPrincipals):
                memory.forget("Network", outcome.action.name)


def _remember(memory: Memory, outcome: Outcome, moment: Moment) -> None:
    action = outcome.action
    creates = isinstance(action, CreateNodeGroup | CreateAddon) or (
        isinstance(action, GrantAccess) and action.create
    )
    made = creates and not outcome.trouble
    memory.forget(area(action, outcome.part.name), target(action), made=made)
    if not outcome.trouble or not outcome.trouble.kind.for_a_person:
        _doubt(memory.doubts, action, moment)
    if not outcome.trouble:
        _foresee(memory, action, moment)


def _doubt(doubts: Doubts, action: Action, moment: Moment) -> None:
    """What was asked for may be there, even where the answer was lost, before AWS shows it."""
    match action:
        case CreateStack():
            doubts.asked(STACK, moment)
        case CreateCluster():
            doubts.asked(CLUSTER, moment)
        case GrantAccess(create=True, principal_arn=arn):
            doubts.asked(arn, moment)
        case UpdateClusterSetting():
            doubts.moved(CLUSTER, moment)
        case UpdateNodeGroupConfig(name=name):
            doubts.moved(name, moment)
        case _:
            return


def _foresee(memory: Memory, action: Action, moment: Moment) -> None:
    now = moment.now
    match action:
        case DeleteStack():
            memory.doubts.leaves(STACK)
        case DeleteCluster():
            memory.doubts.leaves(CLUSTER)
        case RemoveAccess(principal_arn=arn):
            memory.doubts.leaves(arn)
        case CreateNodeGroup() as made:
            group = NodeGroup(
                name=made.name,
                status=CREATING,
                created_at=now,
                modified_at=now,
                instance_types=(made.instance_type, *made.more_types),
                min_size=made.min_size,
                max_size=made.max_size,
                desired_size=made.desired_size,
                tags=made.tags,
            )
            takes = NODES_TAKE if made.desired_size else NOBODY_WAITS
            memory.keep("NodePools", made.name, group, takes, moment, passing=True)
        case CreateAddon() as made:
            addon = Addon(made.name, CREATING, created_at=now, tags=made.tags)
            memory.keep("Addons", made.name, addon, ADDONS_TAKE, moment, passing=True)
        case GrantAccess(create=True, principal_arn=arn) as made:
            entry = AccessEntry(arn, made.policies, tags=made.tags)
            memory.keep("Access", arn, entry, moment.drift_within, moment)
            memory.keep("Access", TAGS_OF + arn, entry, moment.drift_within, moment)
        case TrustPrincipals() as made:
            trust = trust_of((made.operator, *made.principals))
            role = Role(made.name, trust, inline=None)
            memory.keep("Network", made.name, role, moment.drift_within, moment)
        case _:
            return
