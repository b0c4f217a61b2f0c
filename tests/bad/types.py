"""What is of another type than it should be."""

from __future__ import annotations

from tests.bad.manifest import ENTRY, Refused, of, raw
from tests.crd_cases import KEY, ROLE
from tests.resources import POOL, aws, pool

TYPES = (
    of(
        "the spec is a list",
        {**aws(), "spec": [aws()["spec"]]},
        "spec[0].cpu",
        "strict decoding error: unknown field",
    ),
    of(
        "the spec is a text",
        {**aws(), "spec": "aws"},
        "spec: Invalid value",
        "must be of type object",
    ),
    of("the spec is null", {**aws(), "spec": None}, "spec: Required", "Required value"),
    of(
        "there is no spec",
        {k: v for k, v in aws().items() if k != "spec"},
        "spec: Required",
        "Required value",
    ),
    of("the provider is a list", aws(provider=["aws"]), "spec.provider", "must be of type string"),
    Refused(
        "the provider is null", raw(aws(provider="@"), "null"), "spec.provider", "Required value"
    ),
    of("a pool is its type", aws(cpu="t3.medium"), "spec.cpu", "must be of type object"),
    of(
        "a pool is a list of pools",
        aws(cpu=[dict(POOL)]),
        "spec.cpu[0].instanceType",
        "strict decoding error: unknown field",
    ),
    of("minNodes is a word", aws(cpu=pool(minNodes=True)), "spec.cpu.minNodes", "type integer"),
    of("half a node", aws(cpu=pool(minNodes=0.5)), "spec.cpu.minNodes", "type integer"),
    Refused(
        "more nodes than there are numbers",
        raw(aws(cpu=pool(maxNodes="@")), "1e400"),
        "number 1e400",
        "cannot unmarshal",
    ),
    Refused(
        "a node more than 64 bits hold",
        raw(aws(cpu=pool(maxNodes="@")), "9223372036854775808"),
        "spec.cpu.maxNodes",
        "type integer",
    ),
    of(
        "a size with its unit",
        aws(cpu=pool(nodeVolumeSize="100Gi")),
        "spec.cpu.nodeVolumeSize",
        "type integer",
    ),
    of("labels as a list", aws(cpu=pool(labels=["team=a"])), "spec.cpu.labels", "type object"),
    of(
        "a label that is a number",
        aws(cpu=pool(labels={"n": 1})),
        "spec.cpu.labels.n",
        "type string",
    ),
    of(
        "a label that is true",
        aws(cpu=pool(labels={"n": True})),
        "spec.cpu.labels.n",
        "type string",
    ),
    of(
        "taints as a mapping",
        aws(cpu=pool(taints={"team": "a"})),
        "spec.cpu.taints.team",
        "strict decoding error: unknown field",
    ),
    of(
        "more types as a text",
        aws(cpu=pool(instanceTypes="m5.large", capacityType="Spot")),
        "spec.cpu.instanceTypes",
        "type array",
    ),
    of("an add-on that is its name", aws(addons=["coredns"]), "spec.addons[0]", "type object"),
    of(
        "add-ons by name",
        aws(addons={"coredns": {}}),
        "spec.addons.coredns",
        "strict decoding error: unknown field",
    ),
    of(
        "an add-on's settings as a text, as EKS has them",
        aws(addons=[{"name": "coredns", "configuration": "{}"}]),
        "spec.addons[0].configuration",
        "type object",
    ),
    of(
        "an add-on's settings as a list",
        aws(addons=[{"name": "coredns", "configuration": []}]),
        "spec.addons[0].configuration",
        "type object",
    ),
    of(
        "an add-on's version as a number",
        aws(addons=[{"name": "coredns", "version": 1.12}]),
        "spec.addons[0].version",
        "type string",
    ),
    of(
        "one principal for a list",
        aws(access={"principals": ROLE}),
        "spec.access.principals",
        "type array",
    ),
    of(
        "a principal as in a policy",
        aws(access={"principals": [{"AWS": ROLE}]}),
        "spec.access.principals[0].AWS",
        "strict decoding error: unknown field",
    ),
    of(
        "entries by principal",
        aws(access={"entries": {ROLE: "view"}}),
        "spec.access.entries.arn",
        "strict decoding error: unknown field",
    ),
    of(
        "one namespace for a list",
        aws(access={"entries": [{**ENTRY, "namespaces": "team-a"}]}),
        "spec.access.entries[0].namespaces",
        "type array",
    ),
    of(
        "a quota that is a number",
        aws(training={"quota": {"cpu": 8}}),
        "spec.training.quota.cpu",
        "type string",
    ),
    of(
        "a quota that is a list",
        aws(training={"quota": [{"cpu": "8"}]}),
        "spec.training.quota[0].cpu",
        "strict decoding error: unknown field",
    ),
    of("paused as a quoted word", aws(paused="true"), "spec.paused", "type boolean"),
    of("paused as a number", aws(paused=1), "spec.paused", "type boolean"),
    of("all logs by a word", aws(logging="all"), "spec.logging", "type array"),
    of("all logs by true", aws(logging=True), "spec.logging", "type array"),
    of(
        "tags as CloudFormation has them",
        aws(tags=[{"Key": "a", "Value": "b"}]),
        "spec.tags[0].Key",
        "strict decoding error: unknown field",
    ),
    of(
        "a tag of tags",
        aws(tags={"a": {"b": "c"}}),
        "spec.tags.a.b",
        "strict decoding error: unknown field",
    ),
    of(
        "a tag that is a number",
        aws(tags={"cost-centre": 4711}),
        "spec.tags.cost-centre",
        "type string",
    ),
    of("several regions", aws(region=["us-west-2"]), "spec.region", "type string"),
    of(
        "the version without its dot",
        aws(kubernetesVersion=134),
        "spec.kubernetesVersion",
        "type string",
    ),
    of("a name that is a number", aws(clusterName=12345), "spec.clusterName", "type string"),
    of("aws as the name of a profile", aws(aws="default"), "spec.aws", "type object"),
    of(
        "a Secret by its name alone",
        aws(aws={"credentialsSecretRef": "keys"}),
        "spec.aws.credentialsSecretRef",
        "type object",
    ),
    of(
        "several blocks for a network",
        aws(network={"cidr": ["10.20.0.0/16"]}),
        "spec.network.cidr",
        "type string",
    ),
    of("no endpoint at all", aws(endpointAccess=False), "spec.endpointAccess", "type object"),
    of(
        "one block for a list",
        aws(endpointAccess={"publicCidrs": "203.0.113.0/24"}),
        "spec.endpointAccess.publicCidrs",
        "type array",
    ),
    of(
        "a key for an encryption",
        aws(secretsEncryption=KEY),
        "spec.secretsEncryption",
        "type object",
    ),
    of("no autoscaler by false", aws(autoscaler=False), "spec.autoscaler", "type object"),
    of(
        "a delay in seconds",
        aws(autoscaler={"scaleDownDelay": 600}),
        "spec.autoscaler.scaleDownDelay",
        "type string",
    ),
    of("training by true", aws(training=True), "spec.training", "type object"),
    Refused(
        "as many nodes as only a float holds",
        raw(aws(cpu=pool(maxNodes="@")), "1e21"),
        "spec.cpu.maxNodes",
        "type integer",
    ),
    of("nothing among the logs", aws(logging=[None]), "spec.logging[0]", "null"),
    of(
        "a quota that is nothing",
        aws(training={"quota": {"cpu": []}}),
        "spec.training.quota.cpu",
        "type string",
    ),
)
