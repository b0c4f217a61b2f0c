"""What `test_any_interleaving` draws: wishes, and what somebody else has or makes in AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from tests.component.promises import DENIED
from tests.component.rounds import SPEC
from tests.fakes.aws import Answer
from tests.fakes.aws_versions import BEGAN

TYPES = st.sampled_from(("t3.medium", "t3.large", "m7g.large"))
FOREIGN_STACK: Answer = {
    "StackId": "arn:their-sigopt",
    "StackName": "their-sigopt",
    "StackStatus": "CREATE_COMPLETE",
    "Tags": [],
}
FOREIGN_TEMPLATE: Answer = {
    "LaunchTemplateName": "tiny-cpu-0123abcd",
    "LaunchTemplateId": "lt-tiny-cpu-0123abcd",
    "Tags": [{"Key": "team", "Value": "somebody-else"}],
}
THEIR_GROUP: Answer = {
    "nodegroupName": "theirs",
    "nodegroupArn": "arn:aws:eks:us-west-2:111122223333:nodegroup/tiny/theirs",
    "status": "ACTIVE",
    "createdAt": BEGAN,
    "modifiedAt": BEGAN,
    "version": "1.34",
    "resources": {"autoScalingGroups": [{"name": "eks-theirs"}]},
    "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
    "instanceTypes": ["m5.large"],
    "labels": {},
    "taints": [],
    "tags": {"team": "somebody-else"},
}
THEIR_ADDON: Answer = {
    "addonName": "metrics-server",
    "addonArn": "arn:aws:eks:us-west-2:111122223333:addon/tiny/metrics-server",
    "status": "ACTIVE",
    "createdAt": BEGAN,
    "addonVersion": "v0.0.1-eksbuild.1",
    "configurationValues": '{"replicas": 3}',
    "tags": {"team": "somebody-else"},
}
"""Of the name of one that a spec may name, too."""
THEIRS = {"theirs": THEIR_GROUP, "metrics-server": THEIR_ADDON}
"""By name, what somebody else makes in our cluster."""
REFUSED = st.sampled_from(
    "describe_cluster describe_stacks create_stack update_stack create_cluster"
    " create_nodegroup create_addon delete_cluster".split()
)
REFUSALS = st.sampled_from(
    (
        ("ThrottlingException", "Rate exceeded", 429),
        ("ServiceUnavailableException", "try again", 503),
        (DENIED, "User: x is not authorized to perform: y", 403),
    )
)


@st.composite
def pools(draw: st.DrawFn, kinds: st.SearchStrategy[str] = TYPES) -> dict[str, Any]:
    least = draw(st.integers(0, 2))
    pool: dict[str, Any] = {
        "instanceType": draw(kinds),
        "minNodes": least,
        "maxNodes": draw(st.integers(max(1, least), 4)),
    }
    if draw(st.booleans()):
        pool["nodeVolumeSize"] = draw(st.sampled_from((60, 80)))
    if draw(st.booleans()):
        pool["labels"] = {"team": draw(st.sampled_from(("a", "b")))}
    if draw(st.booleans()):
        pool["taints"] = [{"key": "team", "value": "a", "effect": "NoSchedule"}]
    return pool


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """A spec, but for its version: that only ever goes up."""
    spec = {**SPEC, "cpu": draw(pools())}
    if draw(st.booleans()):
        spec["gpu"] = draw(pools(st.just("g5.xlarge")))
    if draw(st.booleans()):
        spec["tags"] = {"owner": draw(st.sampled_from(("ann", "bob")))}
    if draw(st.booleans()):
        spec["logging"] = ["api"]
    if draw(st.booleans()):
        spec["addons"] = [{"name": "metrics-server"}]
    for name in ("autoscaler", "training"):
        if draw(st.booleans()):
            spec[name] = {"enabled": False}
    return spec


@dataclass(frozen=True)
class End:
    """A last wish, and what will not go away by itself."""

    wish: dict[str, Any]
    refusal: tuple[str, tuple[str, str, int]] | None
    theirs: dict[str, Answer]


@st.composite
def ends(draw: st.DrawFn) -> End:
    wish, theirs = draw(wishes()), {}
    if draw(st.booleans()):
        theirs["theirs"] = THEIR_GROUP
    if draw(st.booleans()):
        theirs["metrics-server"] = THEIR_ADDON
        wish["addons"] = [{"name": "metrics-server"}]
    return End(wish, draw(st.none() | st.tuples(REFUSED, REFUSALS)), theirs)
