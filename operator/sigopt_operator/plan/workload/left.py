"""What workloads make in AWS, and what stays behind in a network, as frozen data.

The cloud controllers of a cluster put the cluster's name into tags: the in-tree controller and
cloud-provider-aws `kubernetes.io/cluster/<name>` = `owned`, the AWS Load Balancer Controller
`elbv2.k8s.aws/cluster` = `<name>`. Nothing else counts as the cluster's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

TAG_CLOUD_PROVIDER = "kubernetes.io/cluster/"
TAG_LOAD_BALANCER_CONTROLLER = "elbv2.k8s.aws/cluster"
TAG_CLAIM = "kubernetes.io/created-for/pvc/name"
TAG_CLAIM_NAMESPACE = "kubernetes.io/created-for/pvc/namespace"
TAGS_VOLUME = ("CSIVolumeName", "kubernetes.io/created-for/pv/name")
"""What the EBS CSI driver, and before it the provider in the tree, call the PersistentVolume."""
TAGS_CLUSTER = ("KubernetesCluster", "ebs.csi.aws.com/cluster-name")
"""What names a volume's cluster, if the driver was told to (aws-ebs-csi-driver, docs/tagging.md);
EKS's add-on is not, as a rule."""


def of_cluster(tags: Mapping[str, str], cluster_name: str) -> bool:
    """Whether the tags say that something was made by and for the cluster of that name."""
    by_provider = tags.get(f"{TAG_CLOUD_PROVIDER}{cluster_name}") == "owned"
    return by_provider or tags.get(TAG_LOAD_BALANCER_CONTROLLER) == cluster_name


def made_for_claim(tags: Mapping[str, str], claimed: ClaimedVolume, cluster_name: str) -> bool:
    """Whether a volume with these tags was made for that claim, in the cluster of that name.

    A PersistentVolume is an object in the cluster: whoever may write one there names any volume of
    the account in it. So the volume's own tags, which drivers put on, have to say the same; what
    another cluster's driver made differs in the volume's name, which is a random one.
    """
    namespace, _, name = claimed.claim.partition("/")
    called = {tags[tag] for tag in TAGS_VOLUME if tag in tags}
    clusters = {tags[tag] for tag in TAGS_CLUSTER if tag in tags}
    clusters |= {
        tag.removeprefix(TAG_CLOUD_PROVIDER) for tag in tags if tag.startswith(TAG_CLOUD_PROVIDER)
    }
    return (
        tags.get(TAG_CLAIM) == name
        and tags.get(TAG_CLAIM_NAMESPACE, namespace) == namespace
        and bool(called or clusters)
        and called <= {claimed.name}
        and clusters <= {cluster_name}
    )


@dataclass(frozen=True)
class Interface:
    """A network interface in the cluster's network, but for those of NAT gateways."""

    id: str
    description: str
    in_use: bool = False
    owner: str = ""
    """The instance that it is attached to, or the AWS service that holds it (`amazon-elb`)."""
    attached_at: datetime | None = None
    groups: tuple[str, ...] = ()
    """Ids of the security groups that it wears."""


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer in the cluster's network with the cluster's tags."""

    name: str
    arn: str = ""
    """Empty for a classic one: those have only names."""


@dataclass(frozen=True)
class TargetGroup:
    """A target group in the cluster's network with the cluster's tags."""

    name: str
    arn: str


@dataclass(frozen=True)
class SecurityGroup:
    """A security group in the cluster's network, anybody's, but for the default one."""

    id: str
    name: str
    tags: Mapping[str, str]
    names: frozenset[str] = frozenset()
    """Ids of other groups that its rules name: such a group cannot be deleted."""


@dataclass(frozen=True)
class Volume:
    """An EBS volume that a claim of the cluster asked for, to be deleted with the claim."""

    id: str
    claim: str
    """The claim, `namespace/name`."""
    in_use: bool = False
    instances: tuple[str, ...] = ()
    """That it is attached to."""

    def __str__(self) -> str:
        where = f" (attached to {', '.join(self.instances)})" if self.instances else ""
        return f"volume {self.id} of claim {self.claim}{where}"


@dataclass(frozen=True)
class Left:
    """What stands in the cluster's network in AWS, asked when deleting."""

    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    volumes: tuple[Volume, ...] = ()


def of_cluster_alone(left: Left, cluster_name: str) -> Left:
    """What of it is the cluster's, where it stands in a network that is somebody's."""
    groups = tuple(g for g in left.security_groups if of_cluster(g.tags, cluster_name))
    worn = {group.id for group in groups}
    interfaces = tuple(i for i in left.interfaces if worn.intersection(i.groups))
    return replace(left, security_groups=groups, interfaces=interfaces)


@dataclass(frozen=True)
class ClusterObject:
    """An object in the cluster for which a controller keeps something in AWS."""

    kind: str
    """Service, Ingress, Gateway or PersistentVolumeClaim."""
    namespace: str
    name: str
    deleting_since: datetime | None = None
    """None: nobody has asked for its deletion yet."""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class ClaimedVolume:
    """A persistent volume that was made for a claim, and is to be deleted with it."""

    volume_id: str
    claim: str
    """`namespace/name`."""
    name: str
    """Of the PersistentVolume."""


@dataclass(frozen=True)
class Workload:
    """What the cluster's own API says of what it keeps in AWS, asked when deleting."""

    problem: str = ""
    """Why it could not be asked; empty when it could."""
    silent_since: datetime | None = None
    """Since when it could not be; volumes are those that it told of before."""
    objects: tuple[ClusterObject, ...] = ()
    volumes: tuple[ClaimedVolume, ...] = ()
