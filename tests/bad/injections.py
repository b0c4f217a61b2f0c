"""What would be something else where it ends up: a command, a pattern, another's thing."""

from __future__ import annotations

from tests.bad.manifest import (
    ADDON,
    BLOCK,
    CIDR,
    ENTRY,
    IAM_POLICY,
    IMAGE,
    KMS,
    NAME,
    PRINCIPAL,
    QUANTITY,
    REGION,
    SECRET,
    SUBNET,
    TAG,
    TAG_VALUES,
    of,
)
from tests.crd_cases import KEY, POLICY
from tests.resources import aws, custom, pool

INJECTED = (
    *(
        of(f"a name that is {what}", aws(clusterName=name), "spec.clusterName", NAME)
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
    of(
        "a region that is a host of somebody",
        aws(region="us-west-2.evil.example"),
        "spec.region",
        REGION,
    ),
    of("a region that hides a host", aws(region="us-west-2@evil.example"), "spec.region", REGION),
    of(
        "every policy of AWS",
        aws(aws={"additionalPolicies": ["arn:aws:iam::aws:policy/*"]}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    of(
        "a policy that ends the JSON that it stands in",
        aws(aws={"additionalPolicies": [POLICY + '"],"Effect":["Allow']}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    of(
        "a policy on two lines",
        aws(aws={"additionalPolicies": [POLICY + "\narn:aws:iam::aws:policy/AdministratorAccess"]}),
        "spec.aws.additionalPolicies[0]",
        IAM_POLICY,
    ),
    of(
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
        of(
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
        of(f"an image {what}", aws(autoscaler={"image": image}), "spec.autoscaler.image", IMAGE)
        for what, image in (
            ("with its tag", "registry.example.com/cluster-autoscaler:v1"),
            ("with its digest", "registry.example.com/cluster-autoscaler@sha256:00"),
            ("by URL", "https://registry.example.com/cluster-autoscaler"),
            ("with arguments", "registry.example.com/cluster-autoscaler --cloud-provider=x"),
        )
    ),
    of(
        "a version with a flag",
        aws(autoscaler={"version": "v1.34.0 --privileged"}),
        "spec.autoscaler.version",
        TAG,
    ),
    of(
        "a delay with a flag",
        aws(autoscaler={"scaleDownDelay": "1m -v9"}),
        "spec.autoscaler.scaleDownDelay",
        "must be a number of seconds, minutes or hours",
    ),
    of(
        "an expander of two",
        aws(autoscaler={"expander": "random,priority"}),
        "spec.autoscaler.expander",
        "supported values",
    ),
    *(
        of(
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
    of(
        "a quota of several lines",
        aws(training={"quota": {"cpu: 1\n  evil": "1"}}),
        "spec.training.quota",
        "must have keys that are resources",
    ),
    of(
        "a label that is two",
        aws(cpu=pool(labels={"a": "b,c=d"})),
        "spec.cpu.labels",
        "must have values of 1 to 63",
    ),
    of(
        "a taint with its effect",
        aws(cpu=pool(taints=[{"key": "a", "value": "b:NoSchedule", "effect": "NoSchedule"}])),
        "spec.cpu.taints[0].value",
        "must have 1 to 63",
    ),
    of(
        "a tag that ends the XML that it stands in",
        aws(tags={"a": "</Value></Tag>"}),
        "spec.tags",
        TAG_VALUES,
    ),
    *(
        of(
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
    of(
        "a network with more behind it",
        aws(network={"cidr": "10.20.0.0/16 "}),
        "spec.network.cidr",
        CIDR,
    ),
    of(
        "a network of the world",
        aws(network={"cidr": "0.0.0.0/0"}),
        "spec.network.cidr",
        "0.0.0.0/0",
    ),
    of(
        "a key by its id",
        aws(secretsEncryption={"kmsKeyArn": KEY.rpartition("/")[2]}),
        "spec.secretsEncryption.kmsKeyArn",
        KMS,
    ),
    of(
        "any key of an account",
        aws(secretsEncryption={"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/*"}),
        "spec.secretsEncryption.kmsKeyArn",
        KMS,
    ),
    of("an add-on by a path", aws(addons=[{"name": "../coredns"}]), "spec.addons[0].name", ADDON),
    of(
        "a subnet in capitals",
        aws(network={"subnetIds": ["subnet-0123456789ABCDEF0", "subnet-0123456789abcdef1"]}),
        "spec.network.subnetIds[0]",
        SUBNET,
    ),
    of(
        "a Secret of another namespace",
        aws(aws={"credentialsSecretRef": {"name": "kube-system/keys"}}),
        "spec.aws.credentialsSecretRef.name",
        SECRET,
    ),
    of(
        "a Secret by a path",
        custom(custom={"kubeconfigSecretRef": {"name": "../mine"}}),
        "spec.custom.kubeconfigSecretRef.name",
        SECRET,
    ),
    of(
        "a policy of access by a pattern",
        aws(access={"entries": [{**ENTRY, "policy": "AmazonEKS*Policy"}]}),
        "spec.access.entries[0].policy",
        "must be the name of one of EKS's access policies",
    ),
    of(
        "a kubeconfig into another namespace",
        aws(access={"kubeconfigSecretRef": {"name": "argocd/mine"}}),
        "spec.access.kubeconfigSecretRef.name",
        SECRET,
    ),
)
