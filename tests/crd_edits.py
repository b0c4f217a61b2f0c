"""Every rule about what may become of a SigOptCluster that exists; only an API server can judge."""

from dataclasses import dataclass

from tests.crd_cases import KEY
from tests.resources import POOL, Object, aws, custom, resource


@dataclass(frozen=True)
class Edit:
    """One rule about what may become of an object that exists."""

    rule: str
    before: Object
    wrong: Object
    right: Object
    path: str
    says: str


EDITS: tuple[Edit, ...] = (
    Edit(
        "provider cannot be changed",
        aws(),
        custom(),
        aws(),
        "spec.provider",
        "cannot be changed: make a new SigOptCluster instead",
    ),
    *(
        Edit(
            f"{field} cannot be {what}",
            aws(**{field: before}),
            aws(**{field: after}),
            aws(**{field: before}, gpu=dict(POOL)),
            f"spec.{field}",
            "cannot be changed, added or removed: put it back as it was",
        )
        for field, first, second in (
            ("region", "us-west-2", "us-east-1"),
            ("clusterName", "one", "two"),
        )
        for what, before, after in (
            ("changed", first, second),
            ("added", None, first),
            ("removed", first, None),
        )
    ),
    *(
        Edit(
            f"network cannot be {what}",
            aws(network=before),
            aws(network=after),
            aws(network=before, gpu=dict(POOL)),
            "spec.network",
            "cannot be changed, added or removed: put it back as it was",
        )
        for what, before, after in (
            ("changed", {"cidr": "10.20.0.0/16"}, {"cidr": "10.21.0.0/16"}),
            ("added", None, {"cidr": "10.20.0.0/16"}),
            ("removed", {"cidr": "10.20.0.0/16"}, None),
        )
    ),
    *(
        Edit(
            f"secretsEncryption cannot be {what} once it is set",
            aws(secretsEncryption={"kmsKeyArn": KEY}),
            aws(secretsEncryption=after),
            aws(secretsEncryption={"kmsKeyArn": KEY}, gpu=dict(POOL)),
            "spec.secretsEncryption",
            "cannot be changed or removed once it is set",
        )
        for what, after in (
            ("changed", {"kmsKeyArn": KEY.replace("1234", "4321")}),
            ("removed", None),
        )
    ),
    Edit(
        "secretsEncryption can be added, and with a key only",
        aws(),
        aws(secretsEncryption={}),
        aws(secretsEncryption={"kmsKeyArn": KEY}),
        "spec.secretsEncryption.kmsKeyArn",
        "Required value",
    ),
    Edit(
        "kubernetesVersion never goes down",
        aws(kubernetesVersion="1.34"),
        aws(kubernetesVersion="1.33"),
        aws(kubernetesVersion="1.36"),
        "spec.kubernetesVersion",
        "cannot go down, because clusters are only upgraded",
    ),
    Edit(
        "kubernetesVersion may be left out later, and changes by number, not by letter",
        aws(kubernetesVersion="1.34"),
        aws(kubernetesVersion="1.4"),
        aws(kubernetesVersion=None),
        "spec.kubernetesVersion",
        "must be a minor version in quotes",
    ),
    Edit(
        "the last pool cannot be taken away",
        aws(),
        aws(cpu=None),
        aws(cpu=None, gpu=dict(POOL)),
        "spec.cpu",
        "provider aws needs cpu or gpu",
    ),
    Edit(
        "what is observed under a name that serves for nothing else is only observed",
        aws(clusterName="prod_data", managementPolicy="Observe"),
        aws(clusterName="prod_data", managementPolicy="Full"),
        aws(clusterName="prod_data", managementPolicy="Observe", paused=True),
        "spec.clusterName",
        "can only be looked at, with managementPolicy: Observe",
    ),
    Edit(
        "the same where the name is the resource's own",
        resource({"provider": "aws", "cpu": dict(POOL), "managementPolicy": "Observe"}, "2024-a"),
        resource({"provider": "aws", "cpu": dict(POOL)}, "2024-a"),
        resource({"provider": "aws", "managementPolicy": "Observe"}, "2024-a"),
        "spec.clusterName",
        "metadata.name cannot serve as the cluster's name in AWS",
    ),
)
