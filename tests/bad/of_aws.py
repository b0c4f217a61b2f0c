"""What only AWS knows to be wrong."""

from __future__ import annotations

from tests.bad.wish import ACCOUNT, SUBNETS, nested, of_aws
from tests.resources import pool

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
)
