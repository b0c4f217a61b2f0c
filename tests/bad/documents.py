"""Fields that are none, YAML that is another thing than it seems, and metadata."""

from __future__ import annotations

import yaml
from tests.bad.manifest import NAME, in_yaml, meta, of, with_
from tests.resources import POOL, aws, custom

FIELDS = (
    of(
        "node_pools as in Terraform",
        aws(node_pools=[dict(POOL)]),
        'unknown field "spec.node_pools"',
        "strict decoding",
    ),
    of(
        "a field as in cluster.yml",
        aws(kubernetes_version="1.34"),
        'unknown field "spec.kubernetes_version"',
        "strict decoding",
    ),
    of(
        "a field in other capitals",
        aws(cpu={**POOL, "instancetype": "t3.large"}),
        'unknown field "spec.cpu.instancetype"',
        "strict decoding",
    ),
    of(
        "a field of a pool beside the pools",
        aws(minNodes=1),
        'unknown field "spec.minNodes"',
        "strict decoding",
    ),
    of(
        "keys in the spec",
        aws(aws={"aws_secret_access_key": "hush"}),
        'unknown field "spec.aws.aws_secret_access_key"',
        "strict decoding",
    ),
    of(
        "a kubeconfig in the spec",
        custom(custom={"kubeconfigSecretRef": {"name": "mine"}, "kubeconfig": "hush"}),
        'unknown field "spec.custom.kubeconfig"',
        "strict decoding",
    ),
    of(
        "a key of a prototype",
        aws(__proto__={"admin": True}),
        'unknown field "spec.__proto__"',
        "strict decoding",
    ),
    in_yaml(
        "a field twice",
        with_("", "paused: false\n  paused: true"),
        'key "paused" already set',
        "line",
    ),
    in_yaml(
        "a pool twice",
        with_("", "cpu: {instanceType: t3.large, minNodes: 1, maxNodes: 1}"),
        'key "cpu" already set',
        "line",
    ),
)

CPU = "{instanceType: t3.medium, minNodes: 0, maxNodes: 2}"
HEAD = yaml.safe_dump({**aws(), "spec": {"provider": "aws"}})

YAML = (
    in_yaml(
        "a version without quotes",
        with_("", "kubernetesVersion: 1.30"),
        "spec.kubernetesVersion",
        "must be of type string",
    ),
    in_yaml(
        "a word for a boolean in a text",
        with_("", "clusterName: on"),
        "spec.clusterName",
        "must be of type string",
    ),
    in_yaml(
        "a number in base 60 or a text", with_("", "clusterName: 12:30"), "spec.clusterName", NAME
    ),
    in_yaml(
        "a tag called no, with a number of YAML",
        with_("", "tags: {until: 2026-12-31, no: 1_000}"),
        "spec.tags.false",
        "must be of type string",
    ),
    in_yaml("a number that is none", with_("", "paused: .nan"), "NaN", "unsupported value"),
    in_yaml(
        "infinitely many nodes",
        with_("", "gpu: {instanceType: g5.xlarge, minNodes: 0, maxNodes: .inf}"),
        "Inf",
        "unsupported value",
    ),
    in_yaml(
        "an object of Python",
        with_("", "clusterName: !!python/object/apply:os.system [reboot]"),
        "spec.clusterName",
        "must be of type string",
    ),
    in_yaml(
        "a merge with another value beside it",
        f"{HEAD}  cpu: &cpu {CPU}\n  gpu: {{<<: *cpu, minNodes: 3}}\n",
        'key "minNodes" already set',
        "line 9",
    ),
    in_yaml(
        "a merge of fields that have no place there",
        f"{HEAD}  cpu: &cpu {CPU}\n  training: {{<<: *cpu}}\n",
        'unknown field "spec.training.instanceType"',
        "strict decoding",
    ),
    in_yaml(
        "a merge of a list",
        f"{HEAD}  cpu: {{<<: [t3.medium]}}\n",
        "map merge",
        "requires map or sequence of maps",
    ),
    in_yaml(
        "a merge of itself", f"{HEAD}  cpu: &cpu {{<<: *cpu}}\n", "anchor 'cpu'", "contains itself"
    ),
    in_yaml(
        "a number that begins with 0, which is octal",
        f"{HEAD}  cpu: {{instanceType: t3.medium, minNodes: 010, maxNodes: 7}}\n",
        "spec.cpu.maxNodes",
        "must not be below minNodes",
    ),
    in_yaml(
        "a number that is called a text",
        f"{HEAD}  cpu: {{instanceType: t3.medium, minNodes: 0, maxNodes: !!str 7}}\n",
        "spec.cpu.maxNodes",
        "type integer",
    ),
    in_yaml(
        "a text that is called a number",
        with_("", "clusterName: !!int tiny"),
        "`tiny`",
        "cannot decode",
    ),
    in_yaml(
        "bytes that are no text", with_("", "clusterName: !!binary gIGC"), "spec.clusterName", NAME
    ),
    in_yaml(
        "a name as a block of text", with_("", "clusterName: |\n    tiny"), "spec.clusterName", NAME
    ),
    in_yaml("a list for a key", with_("", "tags: {[a, b]: c}"), "map key", "invalid"),
    in_yaml(
        "a day for a version",
        with_("", "kubernetesVersion: 2026-01-01"),
        "spec.kubernetesVersion",
        "may not be more than 8",
    ),
    in_yaml("an alias of nothing", with_("", "tags: *nothing"), "nothing", "unknown anchor"),
    in_yaml(
        "an alias of what it is part of",
        with_("", "tags: &t {a: *t}"),
        "anchor 't'",
        "value contains itself",
    ),
    in_yaml(
        "aliases that would fill the memory",
        with_(
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
    in_yaml(
        "a tab for blanks",
        with_("", "cpu2:\n\tminNodes: 0"),
        "line",
        "found character that cannot start any token",
    ),
    in_yaml(
        "text in Latin-1", with_("", "clusterName: t\u00efny").encode("latin-1"), "yaml", "invalid"
    ),
    in_yaml("nothing at all", "", "Kind", "missing"),
    in_yaml("a list of manifests", yaml.safe_dump([aws()]), "array", "cannot unmarshal"),
)

OWNER = {"apiVersion": "v1", "kind": "ConfigMap"}

METADATA = (
    of("a name in capitals", meta(name="Tiny"), "metadata.name", "must consist of lower case"),
    of(
        "a name with a blank",
        meta(name="tiny cluster"),
        "metadata.name",
        "must consist of lower case",
    ),
    of("a name of 254 letters", meta(name="c" * 254), "metadata.name", "must be no more than 253"),
    of(
        "a name with a slash",
        meta(name="tiny/status"),
        "metadata.name",
        "must consist of lower case",
    ),
    of("a name that leads up", meta(name=".."), "metadata.name", "must consist of lower case"),
    of("no name", meta(name=""), "metadata.name", "name or generateName is required"),
    of(
        "another namespace than it is sent to",
        meta(namespace="kube-system"),
        "namespace",
        "does not match",
    ),
    of("labels that are none", meta(labels={"my team": "a b"}), "metadata.labels", "Invalid value"),
    of(
        "annotations of 300 kB",
        meta(annotations={"a": "b" * 300_000}),
        "metadata.annotations",
        "may not be more than 262144 bytes",
    ),
    of(
        "annotations that are numbers",
        meta(annotations={"n": 1}),
        "annotations",
        "cannot unmarshal number",
    ),
    of(
        "a finalizer without a domain",
        meta(finalizers=["keep me"]),
        "metadata.finalizers",
        "name part must consist of",
    ),
    of(
        "an owner without a uid",
        meta(ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": ""}]),
        "metadata.ownerReferences.uid",
        "must not be empty",
    ),
    of(
        "two owners that both control it",
        meta(
            ownerReferences=[
                {**OWNER, "name": name, "uid": name, "controller": True} for name in "ab"
            ]
        ),
        "metadata.ownerReferences",
        "Only one reference can have Controller set to true",
    ),
    of("a time in words", meta(creationTimestamp="yesterday"), "yesterday", "parsing time"),
    of(
        "a name that is made of capitals",
        {**aws(), "metadata": {"generateName": "Tiny-", "namespace": "default"}},
        "metadata.generateName",
        "must consist of lower case",
    ),
    of(
        "a label of 64 letters",
        meta(labels={"team": "b" * 64}),
        "metadata.labels",
        "must be no more than 63",
    ),
    of(
        "an annotation's key that is a path",
        meta(annotations={"a/b/c": ""}),
        "metadata.annotations",
        "with an optional DNS subdomain prefix",
    ),
    of("no metadata but a list", {**aws(), "metadata": []}, "ObjectMeta", "cannot unmarshal array"),
    of(
        "another version of the API",
        {**aws(), "apiVersion": "orchestrate.sigopt.com/v1"},
        'version "v1"',
        "cannot be handled as a SigOptCluster",
    ),
    of("another kind", {**aws(), "kind": "SigoptCluster"}, "kind", "SigOptCluster"),
)
