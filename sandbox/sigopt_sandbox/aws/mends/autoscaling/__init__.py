"""Auto Scaling groups that hold real instances, as the Kubernetes cluster-autoscaler needs them."""

from __future__ import annotations

from sigopt_sandbox.aws.mends.autoscaling import activities, groups, instances, tags
from sigopt_sandbox.aws.mends.autoscaling.scaling import Scaling
from sigopt_sandbox.aws.world import World


def install(world: World) -> None:
    """Mend Auto Scaling."""
    scaling = Scaling(world)
    groups.install(scaling)
    instances.install(scaling)
    activities.install()
    tags.install()
