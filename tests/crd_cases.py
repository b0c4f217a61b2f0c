"""Every rule of a SigOptCluster that needs no AWS: a wrong manifest, and the closest right one.

The API server and the Python rules are held to this one table, so that they cannot part.
"""

from dataclasses import dataclass

from tests.resources import KUBECONFIG, POOL, Object, aws, custom, pool, resource

ROLE = "arn:aws:iam::111122223333:role/team/data-science"
ENTRY = {"principal": ROLE, "policy": "AmazonEKSViewPolicy"}
TAINT = {"key": "team", "value": "vision", "effect": "NoSchedule"}
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@dataclass(frozen=True)
class Case:
    """One rule, as one mistake shows it."""

    rule: str
    wrong: Object
    right: Object
    path: str
    """The field that the refusal names."""
    says: str
    """A part of the refusal's text."""
    python_says: str | None = None
    """The same where Python has its own words for what a structural schema refuses."""


def _login(**fields: object) -> Object:
    """`spec.aws` with keys that assume a role; None takes a field away."""
    told = {"credentialsSecretRef": {"name": "keys"}, "roleArn": ROLE, **fields}
    return {key: value for key, value in told.items() if value is not None}


CASES: tuple[Case, ...] = (
    Case(
        "provider is aws or custom",
        aws(provider="gcp"),
        aws(provider="aws"),
        "spec.provider",
        'Unsupported value: "gcp": supported values: "aws", "custom"',
        "must be 'aws' or 'custom'",
    ),
    Case(
        "provider is required",
        aws(provider=None),
        aws(),
        "spec.provider",
        "Required value",
        "is required",
    ),
    Case(
        "clusterName has only letters, digits and dashes",
        aws(clusterName="tiny_cluster"),
        aws(clusterName="Tiny-Cluster-1"),
        "spec.clusterName",
        "must begin with a letter and have only letters, digits and '-'",
    ),
    Case(
        "clusterName begins with a letter",
        aws(clusterName="1-cluster"),
        aws(clusterName="cluster-1"),
        "spec.clusterName",
        "must begin with a letter",
    ),
    Case(
        "clusterName has at most 48 characters, so that its role's name fits",
        aws(clusterName="c" * 49),
        aws(clusterName="c" * 48),
        "spec.clusterName",
        "at most 48 characters, because the stack and the roles",
    ),
    Case(
        "clusterName has at most 100 characters, whoever made the cluster",
        aws(clusterName="c" * 101, managementPolicy="Observe"),
        aws(clusterName="c" * 100, managementPolicy="Observe"),
        "spec.clusterName",
        "may not be more than 100",
        "must have at most 100 characters",
    ),
    Case(
        "clusterName is a name as EKS takes it, whoever made the cluster",
        aws(clusterName="prod.data", managementPolicy="Observe"),
        aws(clusterName="2024_prod-Data", managementPolicy="Observe"),
        "spec.clusterName",
        "must begin with a letter or a digit and have only letters, digits, '-' and '_'",
    ),
    Case(
        "a plan is of a cluster whose name serves for what is made with it",
        aws(clusterName="prod_data", managementPolicy="Plan"),
        aws(clusterName="prod_data", managementPolicy="Observe"),
        "spec.clusterName",
        "can only be looked at, with managementPolicy: Observe",
    ),
    Case(
        "a cluster is taken over only if its name serves for what is made with it",
        aws(clusterName="c" * 60, adopt=True, deletionPolicy="Retain"),
        aws(clusterName="c" * 48, adopt=True, deletionPolicy="Retain"),
        "spec.clusterName",
        "can only be looked at, with managementPolicy: Observe",
    ),
    Case(
        "with provider custom nothing is made, so the name need not serve for it",
        custom(clusterName="-data"),
        custom(clusterName="prod_data"),
        "spec.clusterName",
        "must begin with a letter or a digit",
    ),
    Case(
        "metadata.name serves as cluster name when clusterName is omitted",
        resource({"provider": "aws", "cpu": dict(POOL)}, name="tiny.cluster"),
        resource(
            {"provider": "aws", "cpu": dict(POOL), "clusterName": "tiny"}, name="tiny.cluster"
        ),
        "spec.clusterName",
        "metadata.name cannot serve as the cluster's name in AWS",
    ),
    Case(
        "metadata.name is short enough for a cluster name when clusterName is omitted",
        resource({"provider": "aws", "cpu": dict(POOL)}, name="c" * 49),
        resource({"provider": "aws", "cpu": dict(POOL)}, name="c" * 48),
        "spec.clusterName",
        "set spec.clusterName, or choose another metadata.name",
    ),
    Case(
        "metadata.name serves as an observed cluster's name too when clusterName is omitted",
        resource({"provider": "aws", "managementPolicy": "Observe"}, name="2024.train"),
        resource({"provider": "aws", "managementPolicy": "Observe"}, name="2024-train"),
        "spec.clusterName",
        "with managementPolicy: Observe a name as EKS takes it",
    ),
    Case(
        "metadata.name is short enough for an observed cluster's when clusterName is omitted",
        resource({"provider": "aws", "managementPolicy": "Observe"}, name="c" * 101),
        resource({"provider": "aws", "managementPolicy": "Observe"}, name="c" * 100),
        "spec.clusterName",
        "metadata.name cannot serve as the cluster's name in AWS",
    ),
    Case(
        "kubernetesVersion is text",
        aws(kubernetesVersion=1.34),
        aws(kubernetesVersion="1.34"),
        "spec.kubernetesVersion",
        "must be of type string",
        "must be text: put it in quotes",
    ),
    Case(
        "kubernetesVersion has no patch number",
        aws(kubernetesVersion="1.34.2"),
        aws(kubernetesVersion="1.34"),
        "spec.kubernetesVersion",
        'must be a minor version in quotes, such as "1.34"',
    ),
    Case(
        "kubernetesVersion has no v",
        aws(kubernetesVersion="v1.34"),
        aws(kubernetesVersion="1.20"),
        "spec.kubernetesVersion",
        "without 'v'",
    ),
    Case(
        "region is a region, not a zone",
        aws(region="us-west-2a"),
        aws(region="us-gov-west-1"),
        "spec.region",
        "must be an AWS region such as us-west-2 (not a zone",
    ),
    Case(
        "provider aws needs a pool",
        aws(cpu=None),
        aws(cpu=None, gpu=pool(instanceType="g5.xlarge")),
        "spec.cpu",
        "provider aws needs cpu or gpu (or both)",
    ),
    Case(
        "only an observed cluster may do without a pool",
        aws(cpu=None, managementPolicy="Plan"),
        aws(cpu=None, managementPolicy="Observe"),
        "spec.cpu",
        "managementPolicy: Observe",
    ),
    Case(
        "a pool has an instance type",
        aws(cpu=pool(instanceType=None)),
        aws(cpu=pool()),
        "spec.cpu.instanceType",
        "Required value",
        "is required",
    ),
    Case(
        "an instance type is a family and a size",
        aws(cpu=pool(instanceType="T3")),
        aws(cpu=pool(instanceType="u7i-12tb.224xlarge")),
        "spec.cpu.instanceType",
        "must be an EC2 instance type such as t3.large",
    ),
    Case(
        "minNodes is not negative",
        aws(cpu=pool(minNodes=-1)),
        aws(cpu=pool(minNodes=0)),
        "spec.cpu.minNodes",
        "greater than or equal to 0",
        "must be at least 0",
    ),
    Case(
        "maxNodes is at least 1",
        aws(cpu=pool(maxNodes=0)),
        aws(cpu=pool(maxNodes=1)),
        "spec.cpu.maxNodes",
        "greater than or equal to 1",
        "must be at least 1",
    ),
    Case(
        "maxNodes is not below minNodes",
        aws(gpu=pool(minNodes=3)),
        aws(gpu=pool(minNodes=2)),
        "spec.gpu.maxNodes",
        "must not be below minNodes: raise maxNodes or lower minNodes",
    ),
    Case(
        "numbers of nodes are whole",
        aws(cpu=pool(maxNodes="2")),
        aws(cpu=pool(maxNodes=2)),
        "spec.cpu.maxNodes",
        "must be of type integer",
        "must be a whole number",
    ),
    Case(
        "the system pool always has a node",
        aws(system={"minNodes": 0}),
        aws(system={"minNodes": 1}),
        "spec.system.minNodes",
        "must be at least 1, because what the cluster itself needs always runs in this pool",
    ),
    Case(
        "the system pool's bounds are judged with their defaults: maxNodes 2",
        aws(system={"minNodes": 3}),
        aws(system={"minNodes": 2}),
        "spec.system.maxNodes",
        "omitted, they are 2 and 1",
    ),
    Case(
        "the root volume holds the image",
        aws(cpu=pool(nodeVolumeSize=19)),
        aws(cpu=pool(nodeVolumeSize=20)),
        "spec.cpu.nodeVolumeSize",
        "greater than or equal to 20",
        "must be at least 20",
    ),
    Case(
        "the root volume is no larger than gp3 can be",
        aws(cpu=pool(nodeVolumeSize=65537)),
        aws(cpu=pool(nodeVolumeSize=65536)),
        "spec.cpu.nodeVolumeSize",
        "less than or equal to 65536",
        "must be at most 65536",
    ),
    Case(
        "additionalPolicies are ARNs of policies",
        aws(aws={"additionalPolicies": ["AmazonS3ReadOnlyAccess"]}),
        aws(aws={"additionalPolicies": [POLICY, "arn:aws:iam::111122223333:policy/team/data"]}),
        "spec.aws.additionalPolicies[0]",
        "must be the ARN of an IAM policy",
    ),
    Case(
        "additionalPolicies has nothing twice",
        aws(aws={"additionalPolicies": [POLICY, POLICY]}),
        aws(aws={"additionalPolicies": [POLICY]}),
        "spec.aws.additionalPolicies",
        "Duplicate value",
        "is there twice",
    ),
    Case(
        "additionalPolicies has at most 20 items",
        aws(aws={"additionalPolicies": [f"{POLICY}{n}" for n in range(21)]}),
        aws(aws={"additionalPolicies": [f"{POLICY}{n}" for n in range(20)]}),
        "spec.aws.additionalPolicies",
        "at most 20 items",
    ),
    Case(
        "credentialsSecretRef names a Secret",
        aws(aws={"credentialsSecretRef": {"name": "My_Keys"}}),
        aws(aws={"credentialsSecretRef": {"name": "my-keys"}}),
        "spec.aws.credentialsSecretRef.name",
        "must be the name of a Secret in the resource's own namespace",
    ),
    Case(
        "roleArn is the ARN of a role",
        aws(aws={"roleArn": "arn:aws:sts::111122223333:assumed-role/data-science/ann"}),
        aws(aws={"roleArn": ROLE}),
        "spec.aws.roleArn",
        "must be the ARN of an IAM role",
    ),
    Case(
        "externalId is of the characters that STS takes",
        aws(aws=_login(externalId="two words")),
        aws(aws=_login(externalId="two_words+=,.@:/-")),
        "spec.aws.externalId",
        "must be an external ID as STS takes it",
    ),
    Case(
        "externalId has two characters",
        aws(aws=_login(externalId="x")),
        aws(aws=_login(externalId="xy")),
        "spec.aws.externalId",
        "two characters or more",
    ),
    Case(
        "externalId has at most 1224 characters",
        aws(aws=_login(externalId="x" * 1225)),
        aws(aws=_login(externalId="x" * 1224)),
        "spec.aws.externalId",
        "may not be more than 1224 bytes",
        "at most 1224 characters",
    ),
    Case(
        "externalId is for keys of one's own",
        aws(aws=_login(externalId="xy", credentialsSecretRef=None)),
        aws(aws=_login(externalId="xy")),
        "spec.aws.externalId",
        "put the one of status.externalId into the role's trust policy",
    ),
    Case(
        "externalId is for a role",
        aws(aws=_login(externalId="xy", roleArn=None)),
        aws(aws=_login(externalId="xy")),
        "spec.aws.externalId",
        "is sent only when a role is assumed",
    ),
    Case(
        "a principal is no session",
        aws(access={"principals": ["arn:aws:sts::111122223333:assumed-role/data-science/ann"]}),
        aws(access={"principals": [ROLE]}),
        "spec.access.principals[0]",
        "give the ARN of its role",
    ),
    Case(
        "a principal is a user, a role or an account's root",
        aws(access={"principals": [ROLE, "111122223333"]}),
        aws(
            access={
                "principals": [
                    ROLE,
                    "arn:aws:iam::111122223333:root",
                    "arn:aws:iam::111122223333:user/ann",
                ]
            }
        ),
        "spec.access.principals[1]",
        "must be the ARN of an IAM user, a role or an account's root",
    ),
    Case(
        "an entry is of a user or a role",
        aws(access={"entries": [{**ENTRY, "principal": "arn:aws:iam::111122223333:root"}]}),
        aws(access={"entries": [ENTRY]}),
        "spec.access.entries[0].principal",
        "must be the ARN of an IAM user or a role",
    ),
    Case(
        "an entry is of no session",
        aws(
            access={
                "entries": [
                    {**ENTRY, "principal": "arn:aws:sts::111122223333:assumed-role/data/ann"}
                ]
            }
        ),
        aws(access={"entries": [{**ENTRY, "principal": "arn:aws:iam::111122223333:user/ann"}]}),
        "spec.access.entries[0].principal",
        "give the ARN of its role",
    ),
    Case(
        "an access policy goes by its name",
        aws(
            access={
                "entries": [
                    {
                        **ENTRY,
                        "policy": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                    }
                ]
            }
        ),
        aws(access={"entries": [{**ENTRY, "policy": "AmazonEKSViewPolicy"}]}),
        "spec.access.entries[0].policy",
        "must be the name of one of EKS's access policies",
    ),
    Case(
        "an entry has a policy",
        aws(access={"entries": [{"principal": ROLE}]}),
        aws(access={"entries": [ENTRY, {**ENTRY, "policy": "AmazonEKSEditPolicy"}]}),
        "spec.access.entries[0].policy",
        "Required value",
        "is required",
    ),
    Case(
        "an entry holds in namespaces with names",
        aws(access={"entries": [{**ENTRY, "namespaces": ["Team_A"]}]}),
        aws(access={"entries": [{**ENTRY, "namespaces": ["team-a", "dev-*", "*"]}]}),
        "spec.access.entries[0].namespaces[0]",
        "must be the name of a namespace",
    ),
    Case(
        "an entry with namespaces has one at least",
        aws(access={"entries": [{**ENTRY, "namespaces": []}]}),
        aws(access={"entries": [{**ENTRY, "namespaces": ["team-a"]}]}),
        "spec.access.entries[0].namespaces",
        "should have at least 1 items",
        "must have at least 1 items",
    ),
    Case(
        "a principal has a policy once",
        aws(access={"entries": [ENTRY, {**ENTRY, "namespaces": ["team-a"]}]}),
        aws(access={"entries": []}),
        "spec.access.entries",
        "Duplicate value",
        "has the principal and policy of another",
    ),
    Case(
        "principals has nobody twice",
        aws(access={"principals": [ROLE, ROLE]}),
        aws(access={"principals": []}),
        "spec.access.principals",
        "Duplicate value",
        "is there twice",
    ),
    Case(
        "managementPolicy is one of three",
        aws(managementPolicy="observe"),
        aws(managementPolicy="Observe"),
        "spec.managementPolicy",
        'supported values: "Full", "Observe", "Plan"',
        "must be 'Full', 'Observe' or 'Plan'",
    ),
    Case(
        "deletionPolicy is one of two",
        aws(deletionPolicy="Orphan"),
        aws(deletionPolicy="Retain"),
        "spec.deletionPolicy",
        'supported values: "Delete", "Retain"',
        "must be 'Delete' or 'Retain'",
    ),
    Case(
        "labels have keys as Kubernetes wants them",
        aws(cpu=pool(labels={"my team": "vision"})),
        aws(cpu=pool(labels={"team": "vision", "example.com/team_1": "a.b"})),
        "spec.cpu.labels",
        "must have keys as Kubernetes wants them",
    ),
    *(
        Case(
            f"labels do not begin with {prefix}",
            aws(cpu=pool(labels={f"{prefix}role": "vision"})),
            aws(cpu=pool(labels={"example.com/role": "vision", "node.kubernetes.io/role": "x"})),
            "spec.cpu.labels",
            "must not use the prefixes of Kubernetes, EKS and this operator",
        )
        for prefix in (
            "node-role.kubernetes.io/",
            "kubernetes.io/",
            "k8s.io/",
            "eks.amazonaws.com/",
            "orchestrate.sigopt.com/",
        )
    ),
    Case(
        "labels have values",
        aws(gpu=pool(labels={"team": ""})),
        aws(gpu=pool(labels={"team": "v"})),
        "spec.gpu.labels",
        "must have values of 1 to 63",
    ),
    Case(
        "a pool has at most 40 labels of its own",
        aws(cpu=pool(labels={f"l{n}": "x" for n in range(41)})),
        aws(cpu=pool(labels={f"l{n}": "x" for n in range(40)})),
        "spec.cpu.labels",
        "must have at most 40 items",
        "must have at most 40 items",
    ),
    Case(
        "a taint has a value",
        aws(cpu=pool(taints=[{**TAINT, "value": ""}])),
        aws(cpu=pool(taints=[TAINT])),
        "spec.cpu.taints[0].value",
        "must have 1 to 63",
    ),
    Case(
        "a taint has one of Kubernetes' three effects",
        aws(cpu=pool(taints=[{**TAINT, "effect": "NO_SCHEDULE"}])),
        aws(cpu=pool(taints=[{**TAINT, "effect": "PreferNoSchedule"}])),
        "spec.cpu.taints[0].effect",
        'supported values: "NoSchedule", "NoExecute", "PreferNoSchedule"',
        "must be 'NoSchedule', 'NoExecute' or 'PreferNoSchedule'",
    ),
    Case(
        "labels have keys of at most 63 characters in all",
        aws(cpu=pool(labels={f"example.com/{'a' * 52}": "vision"})),
        aws(cpu=pool(labels={f"example.com/{'a' * 51}": "vision"})),
        "spec.cpu.labels",
        "must have keys of at most 63 characters",
    ),
    Case(
        "a taint has a key of at most 63 characters in all",
        aws(cpu=pool(taints=[{**TAINT, "key": f"example.com/{'a' * 52}"}])),
        aws(cpu=pool(taints=[{**TAINT, "key": f"example.com/{'a' * 51}"}])),
        "spec.cpu.taints[0].key",
        "63",
    ),
    Case(
        "a taint has a key as Kubernetes wants it",
        aws(cpu=pool(taints=[{**TAINT, "key": "a b"}])),
        aws(cpu=pool(taints=[{**TAINT, "key": "example.com/a"}])),
        "spec.cpu.taints[0].key",
        "must be a key as Kubernetes wants it",
    ),
    Case(
        "no key has the same effect twice",
        aws(cpu=pool(taints=[TAINT, {**TAINT, "value": "other"}])),
        aws(cpu=pool(taints=[TAINT, {**TAINT, "effect": "NoExecute"}])),
        "spec.cpu.taints",
        "Duplicate value",
        "has the key and effect of another",
    ),
    Case(
        "the taint of GPU nodes is the operator's",
        aws(gpu=pool(taints=[{**TAINT, "key": "nvidia.com/gpu"}])),
        aws(gpu=pool(taints=[{**TAINT, "key": "nvidia.com/mig"}])),
        "spec.gpu.taints[0].key",
        "is put on the gpu pool by the operator",
    ),
    Case(
        "CoreDNS can run on the system pool",
        aws(system={"taints": [TAINT]}),
        aws(system={"taints": [{**TAINT, "key": "CriticalAddonsOnly"}]}),
        "spec.system.taints",
        "must be CriticalAddonsOnly",
    ),
    Case(
        "capacityType is one of two",
        aws(cpu=pool(capacityType="SPOT")),
        aws(cpu=pool(capacityType="Spot")),
        "spec.cpu.capacityType",
        'supported values: "OnDemand", "Spot"',
        "must be 'OnDemand' or 'Spot'",
    ),
    Case(
        "several instance types are for spot capacity",
        aws(cpu=pool(instanceTypes=["m5.large"])),
        aws(cpu=pool(instanceTypes=["m5.large"], capacityType="Spot")),
        "spec.cpu.instanceTypes",
        "are only for capacityType Spot",
    ),
    Case(
        "several instance types are for spot capacity in the system pool too",
        aws(system={"instanceTypes": ["m5.large"]}),
        aws(system={"instanceTypes": ["m5.large"], "capacityType": "Spot"}),
        "spec.system.instanceTypes",
        "are only for capacityType Spot",
    ),
    Case(
        "the endpoint can be reached from somewhere",
        aws(endpointAccess={"public": False, "private": False}),
        aws(endpointAccess={"public": False}),
        "spec.endpointAccess.private",
        "nobody could reach the cluster",
    ),
    Case(
        "publicCidrs are for public access",
        aws(endpointAccess={"public": False, "publicCidrs": ["203.0.113.0/24"]}),
        aws(endpointAccess={"publicCidrs": ["203.0.113.0/24"]}),
        "spec.endpointAccess.publicCidrs",
        "are only for public access",
    ),
    Case(
        "publicCidrs are IPv4 blocks",
        aws(endpointAccess={"publicCidrs": ["203.0.113.1"]}),
        aws(endpointAccess={"publicCidrs": ["203.0.113.1/32", "0.0.0.0/0"]}),
        "spec.endpointAccess.publicCidrs[0]",
        "must be an IPv4 block",
    ),
    Case(
        "an endpoint's public access is true or false",
        aws(endpointAccess={"public": "yes"}),
        aws(endpointAccess={"public": True}),
        "spec.endpointAccess.public",
        "must be of type boolean",
        "must be true or false",
    ),
    Case(
        "logging has EKS's names of logs",
        aws(logging=["kubelet"]),
        aws(logging=["api", "audit", "authenticator", "controllerManager", "scheduler"]),
        "spec.logging[0]",
        'Unsupported value: "kubelet"',
        "must be 'api', 'audit', 'authenticator', 'controllerManager' or 'scheduler'",
    ),
    Case(
        "secrets are encrypted with a key, not with an alias",
        aws(secretsEncryption={"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:alias/mine"}),
        aws(secretsEncryption={"kmsKeyArn": KEY}),
        "spec.secretsEncryption.kmsKeyArn",
        "must be the ARN of a KMS key",
    ),
    *(
        Case(
            f"tags do not begin with {prefix}",
            aws(tags={f"{prefix}owner": "ann"}),
            aws(tags={"owner": "ann", "cost centre": ""}),
            "spec.tags",
            "must not have keys that begin with aws:",
        )
        for prefix in ("aws:", "AWS:", "eks:", "kubernetes.io/", "orchestrate.sigopt.com/")
    ),
    Case(
        "tags have keys as AWS wants them",
        aws(tags={"owner!": "ann"}),
        aws(tags={"a:b/c=d+e-f@g_h.i": "ann"}),
        "spec.tags",
        "must have keys of 1 to 128",
    ),
    Case(
        "tags have values as AWS wants them",
        aws(tags={"owner": "ann; bob"}),
        aws(tags={"owner": "ann, bob".replace(",", " +")}),
        "spec.tags",
        "must have values of letters, digits, spaces",
    ),
    Case(
        "a network is either made or there",
        aws(network={"cidr": "10.20.0.0/16", "subnetIds": SUBNETS}),
        aws(network={"subnetIds": SUBNETS}),
        "spec.network",
        "set exactly one of them",
    ),
    Case(
        "a network is made with some address block, or is there",
        aws(network={}),
        aws(network={"cidr": "10.20.0.0/16"}),
        "spec.network",
        "set exactly one of them",
    ),
    *(
        Case(
            f"a network cannot have the block {cidr}",
            aws(network={"cidr": cidr}),
            aws(network={"cidr": closest}),
            "spec.network.cidr",
            "must be a private IPv4 block of /16 to /20",
        )
        for cidr, closest in (
            ("10.0.0.0/8", "10.0.0.0/16"),
            ("10.20.16.0/19", "10.20.32.0/19"),
            ("172.32.0.0/16", "172.31.0.0/16"),
            ("192.168.0.0/21", "192.168.240.0/20"),
            ("100.128.0.0/16", "100.127.0.0/16"),
        )
    ),
    Case(
        "a cluster needs two subnets",
        aws(network={"subnetIds": SUBNETS[:1]}),
        aws(network={"subnetIds": SUBNETS}),
        "spec.network.subnetIds",
        "should have at least 2 items",
        "must have at least 2 items",
    ),
    Case(
        "subnetIds are ids of subnets",
        aws(network={"subnetIds": ["vpc-0123456789abcdef0", SUBNETS[0]]}),
        aws(network={"subnetIds": SUBNETS}),
        "spec.network.subnetIds[0]",
        "must be the id of a subnet",
    ),
    Case(
        "an add-on has a name",
        aws(addons=[{"name": "EBS CSI"}]),
        aws(addons=[{"name": "aws-ebs-csi-driver"}]),
        "spec.addons[0].name",
        "must be the name of an EKS add-on",
    ),
    Case(
        "no add-on is there twice",
        aws(addons=[{"name": "coredns"}, {"name": "coredns", "version": "v1.12.1-eksbuild.2"}]),
        aws(addons=[{"name": "coredns", "version": "v1.12.1-eksbuild.2"}]),
        "spec.addons",
        "Duplicate value",
        "has the name of another",
    ),
    Case(
        "an add-on's version is one of EKS",
        aws(addons=[{"name": "coredns", "version": "1.12"}]),
        aws(addons=[{"name": "coredns", "configuration": {"replicaCount": 3, "a": {"b": [1]}}}]),
        "spec.addons[0].version",
        "must be a version of an EKS add-on",
    ),
    Case(
        "deletionProtection is true or false",
        aws(deletionProtection="on"),
        aws(deletionProtection=True),
        "spec.deletionProtection",
        "must be of type boolean",
        "must be true or false",
    ),
    Case(
        "adopt is true or false",
        aws(adopt="yes"),
        aws(adopt=True, deletionPolicy="Retain"),
        "spec.adopt",
        "must be of type boolean",
        "must be true or false",
    ),
    Case(
        "paused is true or false",
        aws(paused="yes"),
        aws(paused=True),
        "spec.paused",
        "must be of type boolean",
        "must be true or false",
    ),
    Case(
        "who adopts a cluster says what deleting the resource does to it",
        aws(adopt=True),
        aws(adopt=True, deletionPolicy="Retain"),
        "spec.deletionPolicy",
        "is required with adopt: true",
    ),
    Case(
        "training.quota has no name in capitals",
        aws(training={"quota": {"CPU": "8"}}),
        aws(training={"quota": {"cpu": "8", "requests.hugepages-2Mi": "1Gi"}}),
        "spec.training.quota",
        "must have keys that are resources as Kubernetes names them",
    ),
    Case(
        "training.defaultRequests has no domain in capitals",
        aws(training={"defaultRequests": {"Example.com/GPU_2": "1"}}),
        aws(training={"defaultRequests": {"example.com/GPU_2": "1", "hugepages-1Gi": "1Gi"}}),
        "spec.training.defaultRequests",
        "must have keys that are resources as Kubernetes names them",
    ),
    Case(
        "provider custom needs a kubeconfig",
        custom(custom=None),
        custom(),
        "spec.custom",
        "is required with provider custom",
    ),
    Case(
        "custom is only for provider custom",
        aws(custom=dict(KUBECONFIG)),
        custom(),
        "spec.custom",
        "is only for provider custom",
    ),
    Case(
        "kubeconfigSecretRef names a Secret",
        custom(custom={"kubeconfigSecretRef": {"name": "-"}}),
        custom(custom={"kubeconfigSecretRef": {"name": "a.b"}}),
        "spec.custom.kubeconfigSecretRef.name",
        "must be the name of a Secret",
    ),
    Case(
        "kubeconfigSecretRef.key is a key of a Secret",
        custom(custom={"kubeconfigSecretRef": {"name": "mine", "key": "my/config"}}),
        custom(custom={"kubeconfigSecretRef": {"name": "mine", "key": "my_config.yaml"}}),
        "spec.custom.kubeconfigSecretRef.key",
        "must be a key of the Secret",
    ),
    *(
        Case(
            f"{field} has no place with provider custom",
            custom(**{field: value}),
            custom(),
            f"spec.{field}",
            "is only for provider aws: remove it",
        )
        for field, value in (
            ("cpu", dict(POOL)),
            ("gpu", dict(POOL)),
            ("system", {}),
            ("region", "us-west-2"),
            ("kubernetesVersion", "1.34"),
            ("aws", {}),
            ("access", {}),
            ("network", {"cidr": "10.20.0.0/16"}),
            ("endpointAccess", {}),
            ("logging", []),
            ("secretsEncryption", {"kmsKeyArn": KEY}),
            ("addons", []),
            ("tags", {}),
            ("deletionProtection", False),
            ("adopt", False),
        )
    ),
)
