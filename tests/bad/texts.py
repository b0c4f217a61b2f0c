"""Letters that look right, and too much of what is right."""

from __future__ import annotations

from tests.bad.manifest import ENTRY, NAME, PRINCIPAL, REGION, SECRET, TAG_KEYS, TYPE, VERSION, of
from tests.crd_cases import ROLE
from tests.resources import aws, pool

TEXT = (
    of("a name with a Cyrillic letter", aws(clusterName="t\u0456ny"), "spec.clusterName", NAME),
    of(
        "a name that turns what follows around",
        aws(clusterName="tiny\u202egnp"),
        "spec.clusterName",
        NAME,
    ),
    of("a name with a joiner of no width", aws(clusterName="ti\u200dny"), "spec.clusterName", NAME),
    of("a name with a combining accent", aws(clusterName="ti\u0301ny"), "spec.clusterName", NAME),
    of("a name with a NUL", aws(clusterName="tiny\x00"), "spec.clusterName", NAME),
    of("a name with a line break", aws(clusterName="tiny\n"), "spec.clusterName", NAME),
    of(
        "a name with half of a surrogate pair",
        aws(clusterName="tiny\ud83d"),
        "spec.clusterName",
        NAME,
    ),
    of("a name that is empty", aws(clusterName=""), "spec.clusterName", NAME),
    of("a region in digits of full width", aws(region="us-west-\uff12"), "spec.region", REGION),
    of("a region with a blank after it", aws(region="us-west-2 "), "spec.region", REGION),
    of(
        "a version in other digits",
        aws(kubernetesVersion="1.\u0663\u0664"),
        "spec.kubernetesVersion",
        VERSION,
    ),
    of(
        "a version with a line break",
        aws(kubernetesVersion="1.34\n"),
        "spec.kubernetesVersion",
        VERSION,
    ),
    of(
        "an instance type with another dot",
        aws(cpu=pool(instanceType="t3\u2024medium")),
        "spec.cpu.instanceType",
        TYPE,
    ),
    of(
        "a label with a picture",
        aws(cpu=pool(labels={"team": "\U0001f680"})),
        "spec.cpu.labels",
        "must have values of 1 to 63",
    ),
    of(
        "a label's key with a Greek letter",
        aws(cpu=pool(labels={"te\u03b1m": "a"})),
        "spec.cpu.labels",
        "must have keys as Kubernetes wants them",
    ),
    of(
        "a tag's key with a blank that does not break",
        aws(tags={"cost\u00a0centre": "a"}),
        "spec.tags",
        TAG_KEYS,
    ),
    of(
        "a principal with a blank of no width",
        aws(access={"principals": [ROLE + "\u200b"]}),
        "spec.access.principals[0]",
        PRINCIPAL,
    ),
    of(
        "a Secret's name with a line break",
        aws(aws={"credentialsSecretRef": {"name": "keys\n"}}),
        "spec.aws.credentialsSecretRef.name",
        SECRET,
    ),
)

SIZE = (
    of(
        "a name of a million letters",
        aws(clusterName="c" * 1_000_000),
        "spec.clusterName",
        "may not be more than 100",
    ),
    of(
        "more principals than a trust policy holds",
        aws(access={"principals": [f"{ROLE}-{n}" for n in range(51)]}),
        "spec.access.principals",
        "at most 50 items",
    ),
    of(
        "a principal of 700 letters",
        aws(access={"principals": [ROLE + "a" * 700]}),
        "spec.access.principals[0]",
        "may not be more than 600",
    ),
    of(
        "more add-ons than there are",
        aws(addons=[{"name": f"a-{n}"} for n in range(31)]),
        "spec.addons",
        "at most 30 items",
    ),
    of(
        "more types than EKS takes",
        aws(cpu=pool(capacityType="Spot", instanceTypes=[f"m{n}.large" for n in range(20)])),
        "spec.cpu.instanceTypes",
        "at most 19 items",
    ),
    of(
        "more blocks than EKS takes",
        aws(endpointAccess={"publicCidrs": [f"203.0.113.{n}/32" for n in range(41)]}),
        "spec.endpointAccess.publicCidrs",
        "at most 40 items",
    ),
    of(
        "more subnets than a cluster takes",
        aws(network={"subnetIds": [f"subnet-{n:017x}" for n in range(17)]}),
        "spec.network.subnetIds",
        "at most 16 items",
    ),
    of(
        "more tags than AWS takes",
        aws(tags={f"t{n}": "a" for n in range(21)}),
        "spec.tags",
        "at most 20 items",
    ),
    of(
        "a tag's value of 257 letters",
        aws(tags={"a": "b" * 257}),
        "spec.tags.a",
        "may not be more than 256",
    ),
    of("a tag's key of 129 letters", aws(tags={"a" * 129: "b"}), "spec.tags", TAG_KEYS),
    of(
        "a label's value of 64 letters",
        aws(cpu=pool(labels={"a": "b" * 64})),
        "spec.cpu.labels.a",
        "may not be more than 63",
    ),
    of(
        "41 quotas",
        aws(training={"quota": {f"count/a{n}": "1" for n in range(41)}}),
        "spec.training.quota",
        "at most 40 items",
    ),
    of(
        "a quota of 33 digits",
        aws(training={"quota": {"cpu": "9" * 33}}),
        "spec.training.quota.cpu",
        "may not be more than 32",
    ),
    of(
        "an add-on of 101 settings",
        aws(addons=[{"name": "coredns", "configuration": {f"s{n}": n for n in range(101)}}]),
        "spec.addons[0].configuration",
        "at most 100 items",
    ),
    of(
        "an image of 256 letters",
        aws(autoscaler={"image": "a.example/" + "b" * 246}),
        "spec.autoscaler.image",
        "may not be more than 255",
    ),
    of(
        "a delay of weeks",
        aws(autoscaler={"scaleDownDelay": "1000000s"}),
        "spec.autoscaler.scaleDownDelay",
        "may not be more than 6",
    ),
    of(
        "more namespaces than EKS takes",
        aws(access={"entries": [{**ENTRY, "namespaces": [f"n{n}" for n in range(51)]}]}),
        "spec.access.entries[0].namespaces",
        "at most 50 items",
    ),
    of(
        "101 entries",
        aws(access={"entries": [{**ENTRY, "principal": f"{ROLE}-{n}"} for n in range(101)]}),
        "spec.access.entries",
        "at most 100 items",
    ),
    of(
        "more than the API server reads",
        aws(tags={"a": "b" * 4_000_000}),
        "Request entity too large",
        "limit is 3145728",
    ),
)
