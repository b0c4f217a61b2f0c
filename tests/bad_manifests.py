"""Manifests that are wrong, each in another way, and that the API server refuses by itself.

They are beside the rules' own cases (`tests/crd_cases.py`, `tests/crd_edits.py`), not the same
again: what people and machines get wrong about types, text, size, YAML and metadata, and what
somebody would write who wants more than is theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml
from tests.crd_cases import KEY, POLICY, ROLE
from tests.resources import POOL, Object, aws, custom, pool


@dataclass(frozen=True)
class Refused:
    """One manifest, and what its refusal says."""

    wrong: str
    """What about it."""
    text: bytes
    field: str
    """The place that is named."""
    says: str
    """A part of what is wrong there, or what to do."""


def _of(wrong: str, manifest: object, field: str, says: str) -> Refused:
    return Refused(wrong, json.dumps(manifest).encode(), field, says)


def _yaml(wrong: str, text: str | bytes, field: str, says: str) -> Refused:
    return Refused(wrong, text if isinstance(text, bytes) else text.encode(), field, says)


def _with(text: str, placed: str) -> str:
    """A manifest in YAML, with a line of the spec in place of its region."""
    return yaml.safe_dump(aws(region="REGION")).replace("region: REGION", placed) + text


def _raw(manifest: Object, value: str) -> bytes:
    """JSON with what Python would not write in place of the text @."""
    return json.dumps(manifest).replace('"@"', value).encode()


def _meta(**metadata: Any) -> Object:
    manifest = aws()
    manifest["metadata"] = {**manifest["metadata"], **metadata}
    return manifest


ENTRY = {"principal": ROLE, "policy": "AmazonEKSViewPolicy"}
NAME = "must begin with a letter and have only letters, digits and '-'"
REGION = "must be an AWS region such as us-west-2"
VERSION = "must be a minor version in quotes"
TYPE = "must be an EC2 instance type"
IAM_POLICY = "must be the ARN of an IAM policy"
PRINCIPAL = "must be the ARN of an IAM user, a role or an account's root"
IMAGE = "must be the name of an image without tag and digest"
TAG = "must be the tag of an image"
BLOCK = "must be an IPv4 block such as 203.0.113.0/24"
CIDR = "must be a private IPv4 block of /16 to /20"
QUANTITY = "must have quantities as Kubernetes writes them, in quotes"
SECRET = "must be the name of a Secret in the resource's own namespace"
ADDON = "must be the name of an EKS add-on"
KMS = "must be the ARN of a KMS key"
SUBNET = "must be the id of a subnet"
TAG_VALUES = "must have values of letters, digits, spaces"
TAG_KEYS = "must have keys of 1 to 128"

TYPES = (
    _of(
        "the spec is a list",
        {**aws(), "spec": [aws()["spec"]]},
        "spec[0].cpu",
        "strict decoding error: unknown field",
    ),
    _of("the spec is a text", {**aws(), "spec": "aws"}, "spec", "must be of type object"),
    _of("the spec is null", {**aws(), "spec": None}, "spec", "Required value"),
    _of("there is no spec", {k: v for k, v in aws().items() if k != "spec"}, "spec", "Required"),
    _of("the provider is a list", aws(provider=["aws"]), "spec.provider", "must be of type string"),
    Refused(
        "the provider is null", _raw(aws(provider="@"), "null"), "spec.provider", "Required value"
    ),
    _of("a pool is its type", aws(cpu="t3.medium"), "spec.cpu", "must be of type object"),
    _of(
        "a pool is a list of pools",
        aws(cpu=[dict(POOL)]),
        "spec.cpu[0].instanceType",
        "strict decoding error: unknown field",
    ),
    _of("minNodes is a word", aws(cpu=pool(minNodes=True)), "spec.cpu.minNodes", "type integer"),
    _of("half a node", aws(cpu=pool(minNodes=0.5)), "spec.cpu.minNodes", "type integer"),
    Refused(
        "more nodes than there are numbers",
        _raw(aws(cpu=pool(maxNodes="@")), "1e400"),
        "number 1e400",
        "cannot unmarshal",
    ),
    Refused(
        "a node more than 64 bits hold",
        _raw(aws(cpu=pool(maxNodes="@")), "9223372036854775808"),
        "spec.cpu.maxNodes",
        "type integer",
    ),
    _of(
        "a size with its unit",
        aws(cpu=pool(nodeVolumeSize="100Gi")),
        "spec.cpu.nodeVolumeSize",
        "type integer",
    ),
    _of("labels as a list", aws(cpu=pool(labels=["team=a"])), "spec.cpu.labels", "type object"),
    _of(
        "a label that is a number",
        aws(cpu=pool(labels={"n": 1})),
        "spec.cpu.labels.n",
        "type string",
    ),
    _of(
        "a label that is true",
        aws(cpu=pool(labels={"n": True})),
        "spec.cpu.labels.n",
        "type string",
    ),
    _of(
        "taints as a mapping",
        aws(cpu=pool(taints={"team": "a"})),
        "spec.cpu.taints.team",
        "strict decoding error: unknown field",
    ),
    _of(
        "more types as a text",
        aws(cpu=pool(instanceTypes="m5.large", capacityType="Spot")),
        "spec.cpu.instanceTypes",
        "type array",
    ),
    _of("an add-on that is its name", aws(addons=["coredns"]), "spec.addons[0]", "type object"),
    _of(
        "add-ons by name",
        aws(addons={"coredns": {}}),
        "spec.addons.coredns",
        "strict decoding error: unknown field",
    ),
    _of(
        "an add-on's settings as a text, as EKS has them",
        aws(addons=[{"name": "coredns", "configuration": "{}"}]),
        "spec.addons[0].configuration",
        "type object",
    ),
    _of(
        "an add-on's settings as a list",
        aws(addons=[{"name": "coredns", "configuration": []}]),
        "spec.addons[0].configuration",
        "type object",
    ),
    _of(
        "an add-on's version as a number",
        aws(addons=[{"name": "coredns", "version": 1.12}]),
        "spec.addons[0].version",
        "type string",
    ),
    _of(
        "one principal for a list",
        aws(access={"principals": ROLE}),
        "spec.access.principals",
        "type array",
    ),
    _of(
        "a principal as in a policy",
        aws(access={"principals": [{"AWS": ROLE}]}),
        "spec.access.principals[0].AWS",
        "strict decoding error: unknown field",
    ),
    _of(
        "entries by principal",
        aws(access={"entries": {ROLE: "view"}}),
        "spec.access.entries.arn",
        "strict decoding error: unknown field",
    ),
    _of(
        "one namespace for a list",
        aws(access={"entries": [{**ENTRY, "namespaces": "team-a"}]}),
        "spec.access.entries[0].namespaces",
        "type array",
    ),
    _of(
        "a quota that is a number",
        aws(training={"quota": {"cpu": 8}}),
        "spec.training.quota.cpu",
        "type string",
    ),
    _of(
        "a quota that is a list",
        aws(training={"quota": [{"cpu": "8"}]}),
        "spec.training.quota[0].cpu",
        "strict decoding error: unknown field",
    ),
    _of("paused as a quoted word", aws(paused="true"), "spec.paused", "type boolean"),
    _of("paused as a number", aws(paused=1), "spec.paused", "type boolean"),
    _of("all logs by a word", aws(logging="all"), "spec.logging", "type array"),
    _of("all logs by true", aws(logging=True), "spec.logging", "type array"),
    _of(
        "tags as CloudFormation has them",
        aws(tags=[{"Key": "a", "Value": "b"}]),
        "spec.tags[0].Key",
        "strict decoding error: unknown field",
    ),
    _of(
        "a tag of tags",
        aws(tags={"a": {"b": "c"}}),
        "spec.tags.a.b",
        "strict decoding error: unknown field",
    ),
    _of(
        "a tag that is a number",
        aws(tags={"cost-centre": 4711}),
        "spec.tags.cost-centre",
        "type string",
    ),
    _of("several regions", aws(region=["us-west-2"]), "spec.region", "type string"),
    _of(
        "the version without its dot",
        aws(kubernetesVersion=134),
        "spec.kubernetesVersion",
        "type string",
    ),
    _of("a name that is a number", aws(clusterName=12345), "spec.clusterName", "type string"),
    _of("aws as the name of a profile", aws(aws="default"), "spec.aws", "type object"),
    _of(
        "a Secret by its name alone",
        aws(aws={"credentialsSecretRef": "keys"}),
        "spec.aws.credentialsSecretRef",
        "type object",
    ),
    _of(
        "several blocks for a network",
        aws(network={"cidr": ["10.20.0.0/16"]}),
        "spec.network.cidr",
        "type string",
    ),
    _of("no endpoint at all", aws(endpointAccess=False), "spec.endpointAccess", "type object"),
    _of(
        "one block for a list",
        aws(endpointAccess={"publicCidrs": "203.0.113.0/24"}),
        "spec.endpointAccess.publicCidrs",
        "type array",
    ),
    _of(
        "a key for an encryption",
        aws(secretsEncryption=KEY),
        "spec.secretsEncryption",
        "type object",
    ),
    _of("no autoscaler by false", aws(autoscaler=False), "spec.autoscaler", "type object"),
    _of(
        "a delay in seconds",
        aws(autoscaler={"scaleDownDelay": 600}),
        "spec.autoscaler.scaleDownDelay",
        "type string",
    ),
    _of("training by true", aws(training=True), "spec.training", "type object"),
)

TEXT = (
    _of("a name with a Cyrillic letter", aws(clusterName="t\u0456ny"), "spec.clusterName", NAME),
    _of(
        "a name that turns what follows around",
        aws(clusterName="tiny\u202egnp"),
        "spec.clusterName",
        NAME,
    ),
    _of(
        "a name with a joiner of no width", aws(clusterName="ti\u200dny"), "spec.clusterName", NAME
    ),
    _of("a name with a combining accent", aws(clusterName="ti\u0301ny"), "spec.clusterName", NAME),
    _of("a name with a NUL", aws(clusterName="tiny\x00"), "spec.clusterName", NAME),
    _of("a name with a line break", aws(clusterName="tiny\n"), "spec.clusterName", NAME),
    _of(
        "a name with half of a surrogate pair",
        aws(clusterName="tiny\ud83d"),
        "spec.clusterName",
        NAME,
    ),
    _of("a name that is empty", aws(clusterName=""), "spec.clusterName", NAME),
    _of("a region in digits of full width", aws(region="us-west-\uff12"), "spec.region", REGION),
    _of("a region with a blank after it", aws(region="us-west-2 "), "spec.region", REGION),
    _of(
        "a version in other digits",
        aws(kubernetesVersion="1.\u0663\u0664"),
        "spec.kubernetesVersion",
        VERSION,
    ),
    _of(
        "a version with a line break",
        aws(kubernetesVersion="1.34\n"),
        "spec.kubernetesVersion",
        VERSION,
    ),
    _of(
        "an instance type with another dot",
        aws(cpu=pool(instanceType="t3\u2024medium")),
        "spec.cpu.instanceType",
        TYPE,
    ),
    _of(
        "a label with a picture",
        aws(cpu=pool(labels={"team": "\U0001f680"})),
        "spec.cpu.labels",
        "must have values of 1 to 63",
    ),
    _of(
        "a label's key with a Greek letter",
        aws(cpu=pool(labels={"te\u03b1m": "a"})),
        "spec.cpu.labels",
        "must have keys as Kubernetes wants them",
    ),
    _of(
        "a tag's key with a blank that does not break",
        aws(tags={"cost\u00a0centre": "a"}),
        "spec.tags",
        TAG_KEYS,
    ),
    _of(
        "a principal with a blank of no width",
        aws(access={"principals": [ROLE + "\u200b"]}),
        "spec.access.principals[0]",
        PRINCIPAL,
    ),
    _of(
        "a Secret's name with a line break",
        aws(aws={"credentialsSecretRef": {"name": "keys\n"}}),
        "spec.aws.credentialsSecretRef.name",
        SECRET,
    ),
)

SIZE = (
    _of(
        "a name of a million letters",
        aws(clusterName="c" * 1_000_000),
        "spec.clusterName",
        "may not be more than 48",
    ),
    _of(
        "more principals than a trust policy holds",
        aws(access={"principals": [f"{ROLE}-{n}" for n in range(51)]}),
        "spec.access.principals",
        "at most 50 items",
    ),
    _of(
        "a principal of 700 letters",
        aws(access={"principals": [ROLE + "a" * 700]}),
        "spec.access.principals[0]",
        "may not be more than 600",
    ),
    _of(
        "more add-ons than there are",
        aws(addons=[{"name": f"a-{n}"} for n in range(31)]),
        "spec.addons",
        "at most 30 items",
    ),
    _of(
        "more types than EKS takes",
        aws(cpu=pool(capacityType="Spot", instanceTypes=[f"m{n}.large" for n in range(20)])),
        "spec.cpu.instanceTypes",
        "at most 19 items",
    ),
    _of(
        "more blocks than EKS takes",
        aws(endpointAccess={"publicCidrs": [f"203.0.113.{n}/32" for n in range(41)]}),
        "spec.endpointAccess.publicCidrs",
        "at most 40 items",
    ),
    _of(
        "more subnets than a cluster takes",
        aws(network={"subnetIds": [f"subnet-{n:017x}" for n in range(17)]}),
        "spec.network.subnetIds",
        "at most 16 items",
    ),
    _of(
        "more tags than AWS takes",
        aws(tags={f"t{n}": "a" for n in range(41)}),
        "spec.tags",
        "at most 40 items",
    ),
    _of(
        "a tag's value of 257 letters",
        aws(tags={"a": "b" * 257}),
        "spec.tags.a",
        "may not be more than 256",
    ),
    _of("a tag's key of 129 letters", aws(tags={"a" * 129: "b"}), "spec.tags", TAG_KEYS),
    _of(
        "a label's value of 64 letters",
        aws(cpu=pool(labels={"a": "b" * 64})),
        "spec.cpu.labels.a",
        "may not be more than 63",
    ),
    _of(
        "41 quotas",
        aws(training={"quota": {f"count/a{n}": "1" for n in range(41)}}),
        "spec.training.quota",
        "at most 40 items",
    ),
    _of(
        "a quota of 33 digits",
        aws(training={"quota": {"cpu": "9" * 33}}),
        "spec.training.quota.cpu",
        "may not be more than 32",
    ),
    _of(
        "an add-on of 101 settings",
        aws(addons=[{"name": "coredns", "configuration": {f"s{n}": n for n in range(101)}}]),
        "spec.addons[0].configuration",
        "at most 100 items",
    ),
    _of(
        "an image of 256 letters",
        aws(autoscaler={"image": "a.example/" + "b" * 246}),
        "spec.autoscaler.image",
        "may not be more than 255",
    ),
    _of(
        "a delay of weeks",
        aws(autoscaler={"scaleDownDelay": "1000000s"}),
        "spec.autoscaler.scaleDownDelay",
        "may not be more than 6",
    ),
    _of(
        "more namespaces than EKS takes",
        aws(access={"entries": [{**ENTRY, "namespaces": [f"n{n}" for n in range(51)]}]}),
        "spec.access.entries[0].namespaces",
        "at most 50 items",
    ),
    _of(
        "101 entries",
        aws(access={"entries": [{**ENTRY, "principal": f"{ROLE}-{n}"} for n in range(101)]}),
        "spec.access.entries",
        "at most 100 items",
    ),
    _of(
        "more than the API server reads",
        aws(tags={"a": "b" * 4_000_000}),
        "Request entity too large",
        "limit is 3145728",
    ),
)

INJECTED = (
    *(
        _of(f"a name that is {what}", aws(clusterName=name), "spec.clusterName", NAME)
        for what, name in (
            ("a command", "tiny;reboot"),
            ("a substitution of a shell", "$(reboot)"),
            ("a path", "../../etc/passwd"),
            ("a substitution of CloudFormation", "${AWS::AccountId}"),
            ("a template", "{{.Values}}"),
            ("a flag", "--all"),
            ("a pattern", "tiny*"),
            ("an ARN", "arn:aws:eks:us-west-2:111122223333:cluster/tiny"),
        )
    ),
    _of(
        "a region that is a host of somebody",
        aws(region="us-west-2.evil.example"),
        "spec.region",
        REGION,
    ),
    _of("a region that hides a host", aws(region="us-west-2@evil.example"), "spec.region", REGION),
    _of(
        "every policy of AWS",
        aws(aws={"additionalPolicies": ["arn:aws:iam::aws:policy/*"]}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    _of(
        "a policy that ends the JSON that it stands in",
        aws(aws={"additionalPolicies": [POLICY + '"],"Effect":["Allow']}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    _of(
        "a policy on two lines",
        aws(aws={"additionalPolicies": [POLICY + "\narn:aws:iam::aws:policy/AdministratorAccess"]}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    _of(
        "a policy of EKS for one of IAM",
        aws(
            aws={
                "additionalPolicies": ["arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"]
            }
        ),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    *(
        _of(
            f"a principal that is {what}",
            aws(access={"principals": [arn]}),
            "spec.access.principals[0]",
            PRINCIPAL,
        )
        for what, arn in (
            ("everybody", "*"),
            ("every account", "arn:aws:iam::*:root"),
            ("every role", "arn:aws:iam::111122223333:role/*"),
            ("a service", "ec2.amazonaws.com"),
            ("a variable", "arn:aws:iam::111122223333:user/${aws:username}"),
            ("a group", "arn:aws:iam::111122223333:group/admins"),
        )
    ),
    *(
        _of(f"an image {what}", aws(autoscaler={"image": image}), "spec.autoscaler.image", IMAGE)
        for what, image in (
            ("with its tag", "registry.example.com/cluster-autoscaler:v1"),
            ("with its digest", "registry.example.com/cluster-autoscaler@sha256:00"),
            ("by URL", "https://registry.example.com/cluster-autoscaler"),
            ("with arguments", "registry.example.com/cluster-autoscaler --cloud-provider=x"),
        )
    ),
    _of(
        "a version with a flag",
        aws(autoscaler={"version": "v1.34.0 --privileged"}),
        "spec.autoscaler.version",
        TAG,
    ),
    _of(
        "a delay with a flag",
        aws(autoscaler={"scaleDownDelay": "1m -v9"}),
        "spec.autoscaler.scaleDownDelay",
        "must be a number of seconds, minutes or hours",
    ),
    _of(
        "an expander of two",
        aws(autoscaler={"expander": "random,priority"}),
        "spec.autoscaler.expander",
        "supported values",
    ),
    *(
        _of(
            f"a quota {what}",
            aws(training={"quota": {"cpu": quantity}}),
            "spec.training.quota",
            QUANTITY,
        )
        for what, quantity in (
            ("below nothing", "-1"),
            ("with an exponent", "1e3"),
            ("without end", "\u221e"),
            ("with a blank", "8 "),
            ("in hexadecimal", "0x10"),
            ("of nothing", ""),
        )
    ),
    _of(
        "a quota of several lines",
        aws(training={"quota": {"cpu: 1\n  evil": "1"}}),
        "spec.training.quota",
        "must have keys that are resources",
    ),
    _of(
        "a label that is two",
        aws(cpu=pool(labels={"a": "b,c=d"})),
        "spec.cpu.labels",
        "must have values of 1 to 63",
    ),
    _of(
        "a taint with its effect",
        aws(cpu=pool(taints=[{"key": "a", "value": "b:NoSchedule", "effect": "NoSchedule"}])),
        "spec.cpu.taints[0].value",
        "must have 1 to 63",
    ),
    _of(
        "a tag that ends the XML that it stands in",
        aws(tags={"a": "</Value></Tag>"}),
        "spec.tags",
        TAG_VALUES,
    ),
    *(
        _of(
            f"a block {what}",
            aws(endpointAccess={"publicCidrs": [block]}),
            "spec.endpointAccess.publicCidrs[0]",
            BLOCK,
        )
        for what, block in (
            ("of IPv6", "::/0"),
            ("of too many bits", "203.0.113.0/33"),
            ("beyond an octet", "256.1.1.1/8"),
            ("with leading zeros", "010.0.0.0/8"),
        )
    ),
    _of(
        "a network with more behind it",
        aws(network={"cidr": "10.20.0.0/16 "}),
        "spec.network.cidr",
        CIDR,
    ),
    _of(
        "a network of the world",
        aws(network={"cidr": "0.0.0.0/0"}),
        "spec.network.cidr",
        "0.0.0.0/0",
    ),
    _of(
        "a key by its id",
        aws(secretsEncryption={"kmsKeyArn": KEY.rpartition("/")[2]}),
        "spec.secretsEncryption.kmsKeyArn",
        KMS,
    ),
    _of(
        "any key of an account",
        aws(secretsEncryption={"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/*"}),
        "spec.secretsEncryption.kmsKeyArn",
        KMS,
    ),
    _of("an add-on by a path", aws(addons=[{"name": "../coredns"}]), "spec.addons[0].name", ADDON),
    _of(
        "a subnet in capitals",
        aws(network={"subnetIds": ["subnet-0123456789ABCDEF0", "subnet-0123456789abcdef1"]}),
        "spec.network.subnetIds[0]",
        SUBNET,
    ),
    _of(
        "a Secret of another namespace",
        aws(aws={"credentialsSecretRef": {"name": "kube-system/keys"}}),
        "spec.aws.credentialsSecretRef.name",
        SECRET,
    ),
    _of(
        "a Secret by a path",
        custom(custom={"kubeconfigSecretRef": {"name": "../mine"}}),
        "spec.custom.kubeconfigSecretRef.name",
        SECRET,
    ),
    _of(
        "a policy of access by a pattern",
        aws(access={"entries": [{**ENTRY, "policy": "AmazonEKS*Policy"}]}),
        "spec.access.entries[0].policy",
        "must be the name of one of EKS's access policies",
    ),
    _of(
        "a kubeconfig into another namespace",
        aws(access={"kubeconfigSecretRef": {"name": "argocd/mine"}}),
        "spec.access.kubeconfigSecretRef.name",
        SECRET,
    ),
)

FIELDS = (
    _of(
        "node_pools as in Terraform",
        aws(node_pools=[dict(POOL)]),
        'unknown field "spec.node_pools"',
        "strict decoding",
    ),
    _of(
        "a field as in cluster.yml",
        aws(kubernetes_version="1.34"),
        'unknown field "spec.kubernetes_version"',
        "strict decoding",
    ),
    _of(
        "a field in other capitals",
        aws(cpu={**POOL, "instancetype": "t3.large"}),
        'unknown field "spec.cpu.instancetype"',
        "strict decoding",
    ),
    _of(
        "a field of a pool beside the pools",
        aws(minNodes=1),
        'unknown field "spec.minNodes"',
        "strict decoding",
    ),
    _of(
        "keys in the spec",
        aws(aws={"aws_secret_access_key": "hush"}),
        'unknown field "spec.aws.aws_secret_access_key"',
        "strict decoding",
    ),
    _of(
        "a kubeconfig in the spec",
        custom(custom={"kubeconfigSecretRef": {"name": "mine"}, "kubeconfig": "hush"}),
        'unknown field "spec.custom.kubeconfig"',
        "strict decoding",
    ),
    _of(
        "a key of a prototype",
        aws(__proto__={"admin": True}),
        'unknown field "spec.__proto__"',
        "strict decoding",
    ),
    _yaml(
        "a field twice",
        _with("", "paused: false\n  paused: true"),
        'key "paused" already set',
        "line",
    ),
    _yaml(
        "a pool twice",
        _with("", "cpu: {instanceType: t3.large, minNodes: 1, maxNodes: 1}"),
        'key "cpu" already set',
        "line",
    ),
)

YAML = (
    _yaml(
        "a version without quotes",
        _with("", "kubernetesVersion: 1.30"),
        "spec.kubernetesVersion",
        "must be of type string",
    ),
    _yaml(
        "a word for a boolean in a text",
        _with("", "clusterName: on"),
        "spec.clusterName",
        "must be of type string",
    ),
    _yaml(
        "a number in base 60 or a text", _with("", "clusterName: 12:30"), "spec.clusterName", NAME
    ),
    _yaml(
        "a tag called no, with a number of YAML",
        _with("", "tags: {until: 2026-12-31, no: 1_000}"),
        "spec.tags.false",
        "must be of type string",
    ),
    _yaml("a number that is none", _with("", "paused: .nan"), "NaN", "unsupported value"),
    _yaml(
        "infinitely many nodes",
        _with("", "gpu: {instanceType: g5.xlarge, minNodes: 0, maxNodes: .inf}"),
        "Inf",
        "unsupported value",
    ),
    _yaml(
        "an object of Python",
        _with("", "clusterName: !!python/object/apply:os.system [reboot]"),
        "spec.clusterName",
        "must be of type string",
    ),
    _yaml(
        "a merge of what breaks the rules",
        _with(
            "base: &base {minNodes: 3, maxNodes: 1}\n", "gpu: {instanceType: g5.xlarge, <<: *base}"
        ),
        "base",
        "unknown",
    ),
    _yaml("an alias of nothing", _with("", "tags: *nothing"), "nothing", "unknown anchor"),
    _yaml(
        "an alias of what it is part of",
        _with("", "tags: &t {a: *t}"),
        "t",
        "value contains itself",
    ),
    _yaml(
        "aliases that would fill the memory",
        _with(
            "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n"
                for n in range(8)
            ),
            "region: us-west-2",
        ),
        "document",
        "excessive aliasing",
    ),
    _yaml(
        "a tab for blanks",
        _with("", "cpu2:\n\tminNodes: 0"),
        "line",
        "found character that cannot start any token",
    ),
    _yaml(
        "text in Latin-1", _with("", "clusterName: t\u00efny").encode("latin-1"), "yaml", "invalid"
    ),
    _yaml("nothing at all", "", "Kind", "missing"),
    _yaml("a list of manifests", yaml.safe_dump([aws()]), "array", "cannot unmarshal"),
)

METADATA = (
    _of("a name in capitals", _meta(name="Tiny"), "metadata.name", "must consist of lower case"),
    _of(
        "a name with a blank",
        _meta(name="tiny cluster"),
        "metadata.name",
        "must consist of lower case",
    ),
    _of(
        "a name of 254 letters", _meta(name="c" * 254), "metadata.name", "must be no more than 253"
    ),
    _of(
        "a name with a slash",
        _meta(name="tiny/status"),
        "metadata.name",
        "must consist of lower case",
    ),
    _of("a name that leads up", _meta(name=".."), "metadata.name", "must consist of lower case"),
    _of("no name", _meta(name=""), "metadata.name", "name or generateName is required"),
    _of(
        "another namespace than it is sent to",
        _meta(namespace="kube-system"),
        "namespace",
        "does not match",
    ),
    _of(
        "labels that are none", _meta(labels={"my team": "a b"}), "metadata.labels", "Invalid value"
    ),
    _of(
        "annotations of 300 kB",
        _meta(annotations={"a": "b" * 300_000}),
        "metadata.annotations",
        "may not be more than 262144 bytes",
    ),
    _of(
        "annotations that are numbers",
        _meta(annotations={"n": 1}),
        "annotations",
        "cannot unmarshal number",
    ),
    _of(
        "a finalizer without a domain",
        _meta(finalizers=["keep me"]),
        "metadata.finalizers",
        "name part must consist of",
    ),
    _of(
        "an owner without a uid",
        _meta(ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": ""}]),
        "metadata.ownerReferences.uid",
        "must not be empty",
    ),
    _of(
        "another version of the API",
        {**aws(), "apiVersion": "orchestrate.sigopt.com/v1"},
        'version "v1"',
        "cannot be handled as a SigOptCluster",
    ),
    _of("another kind", {**aws(), "kind": "SigoptCluster"}, "kind", "SigOptCluster"),
)

BAD_MANIFESTS = (*TYPES, *TEXT, *SIZE, *INJECTED, *FIELDS, *YAML, *METADATA)
