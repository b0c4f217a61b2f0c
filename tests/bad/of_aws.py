"""What only AWS knows to be wrong."""

from __future__ import annotations

from tests.bad.wish import ACCOUNT, SUBNETS, nested, of_aws
from tests.resources import pool

VIEW = "AmazonEKSViewPolicy"

OF_AWS = (
    of_aws(
        "a type that is not sold",
        "UnknownInstanceType",
        "x9.medium",
        cpu=pool(instanceType="x9.medium"),
    ),
    of_aws(
        "a type with one letter too many",
        "UnknownInstanceType",
        "t3.mediums",
        cpu=pool(instanceType="t3.mediums"),
    ),
    of_aws(
        "a GPU pool without GPUs",
        "NoNvidiaGpu",
        "spec.gpu.instanceType",
        gpu=pool(instanceType="t3.medium"),
    ),
    of_aws("a Mac", "UnsupportedArchitecture", "mac1.metal", cpu=pool(instanceType="mac1.metal")),
    of_aws("a version of some day", "VersionNotOnOffer", "1.99", kubernetesVersion="1.99"),
    of_aws("a version that is gone", "VersionNotOnOffer", "1.10", kubernetesVersion="1.10"),
    of_aws(
        "more nodes than the quota",
        "QuotaExceeded",
        "vCPU",
        cpu=pool(minNodes=100_000, maxNodes=100_000),
    ),
    of_aws(
        "more nodes than 32 bits", "QuotaExceeded", "vCPU", cpu=pool(minNodes=2**40, maxNodes=2**62)
    ),
    of_aws(
        "subnets that are not there", "SubnetNotFound", SUBNETS[0], network={"subnetIds": SUBNETS}
    ),
    of_aws(
        "a cluster to observe that is not there",
        "ClusterNotFound",
        "managementPolicy: Observe",
        managementPolicy="Observe",
    ),
    of_aws(
        "a role that is not there",
        "RoleNotAssumed",
        f"{ACCOUNT}:role/nobody",
        aws={"roleArn": f"{ACCOUNT}:role/nobody"},
    ),
    of_aws(
        "a role of another partition",
        "RoleNotAssumed",
        "aws-cn",
        aws={"roleArn": "arn:aws-cn:iam::111122223333:role/a"},
    ),
    of_aws(
        "settings of an add-on that are too deep",
        "InvalidSpec",
        "spec.addons[0].configuration: must be nested at most 32 levels",
        addons=[{"name": "coredns", "configuration": nested(100)}],
    ),
    of_aws(
        "types of two architectures",
        "UnsupportedArchitecture",
        "m7g.large is of another architecture",
        cpu=pool(instanceTypes=["m7g.large"], capacityType="Spot"),
    ),
    of_aws(
        "an add-on that is not sold",
        "RefusedByAws",
        "no-such-addon",
        addons=[{"name": "no-such-addon"}],
    ),
    of_aws(
        "a version of an add-on that is not there",
        "RefusedByAws",
        "Addon version specified is not supported",
        addons=[{"name": "coredns", "version": "v9.9.9-eksbuild.9"}],
    ),
    of_aws(
        "a setting that the add-on does not have",
        "RefusedByAws",
        "$.nonsense",
        addons=[{"name": "coredns", "configuration": {"nonsense": True}}],
    ),
    of_aws(
        "a policy that is not there",
        "StackFailed",
        f"Policy {ACCOUNT}:policy/nothing does not exist",
        aws={"additionalPolicies": [f"{ACCOUNT}:policy/nothing"]},
    ),
    of_aws(
        "a policy of another partition",
        "StackFailed",
        "Policy arn:aws-cn:iam::aws:policy/ReadOnlyAccess does not exist",
        aws={"additionalPolicies": ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"]},
    ),
    of_aws(
        "a colleague who is not there",
        "PrincipalNotFound",
        f"IAM knows no {ACCOUNT}:role/nobody",
        access={"principals": [f"{ACCOUNT}:role/nobody"]},
    ),
    of_aws(
        "a colleague of another partition",
        "PrincipalNotFound",
        "IAM knows no arn:aws-cn:iam::111122223333:role/ann",
        access={"principals": ["arn:aws-cn:iam::111122223333:role/ann"]},
    ),
    of_aws(
        "an entry for nobody",
        "AccessEntryRefused",
        f"EKS refuses {ACCOUNT}:user/nobody",
        access={"entries": [{"principal": f"{ACCOUNT}:user/nobody", "policy": VIEW}]},
    ),
)
