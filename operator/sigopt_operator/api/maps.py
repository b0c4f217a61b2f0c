"""Maps of text to text, which the resource has for labels and tags, each with its rules."""

import re
from typing import Annotated, Final

from pydantic import Field

from sigopt_operator.api.rules import Rule

NAME: Final = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
"""What Kubernetes wants of the name of a label, and of its value where there is one."""
QUALIFIED_NAME: Final = f"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{NAME}"
LONGEST_KEY: Final = 63
"""Of a label or a taint, with its prefix: Kubernetes admits 317 characters, EKS these (EKS API
Reference, CreateNodegroup and Taint)."""
MAX_LABELS: Final = 40
"""EKS admits 50 for each node group; the operator and EKS have some of their own."""
MAX_TAGS: Final = 20
"""AWS admits 50 for each thing, and an instance gets those of its auto scaling group and of its
launch template, merged: the latter has the tags of when the node group was made, the former the
present ones. The operator and EKS have ten of their own on it."""

KUBELET_MAY: Final = ("node.kubernetes.io/", "kubelet.kubernetes.io/")
"""The namespaces of Kubernetes in which a kubelet may label its own node."""
RESERVED_LABELS: Final = (
    r"(([-a-z0-9.]+\.)?(kubernetes|k8s)\.io|eks\.amazonaws\.com|orchestrate\.sigopt\.com)/"
)
RESERVED_TAGS: Final = (
    r"((?i:aws):|eks:|orchestrate\.sigopt\.com/|([-a-z0-9.]+\.)?(kubernetes|k8s)\.io/)"
)


def every_key(pattern: str, message: str) -> Rule:
    """Every key of the map must match as a whole."""
    compiled = re.compile(pattern)
    return Rule(
        cel=f"self.all(key, key.matches(r'^({pattern})$'))",
        message=message,
        holds=lambda held: all(compiled.fullmatch(key) for key in held),
    )


def every_value(pattern: str, message: str) -> Rule:
    """Every value of the map must match as a whole."""
    compiled = re.compile(pattern)
    return Rule(
        cel=f"self.all(key, self[key].matches(r'^({pattern})$'))",
        message=message,
        holds=lambda held: all(compiled.fullmatch(value) for value in held.values()),
    )


def no_key_begins(pattern: str, message: str, but: tuple[str, ...] = ()) -> Rule:
    """No key of the map may begin so, unless it begins with one of `but`."""
    compiled = re.compile(pattern)
    exceptions = "".join(f" || key.startsWith('{prefix}')" for prefix in but)
    return Rule(
        cel=f"self.all(key, !key.matches(r'^{pattern}'){exceptions})",
        message=message,
        holds=lambda held: not any(compiled.match(key) and not key.startswith(but) for key in held),
    )


Labels = Annotated[
    dict[str, Annotated[str, Field(max_length=63)]],
    Field(max_length=MAX_LABELS),
    every_key(
        QUALIFIED_NAME,
        "must have keys as Kubernetes wants them: at most 63 letters, digits, '-', '_' and '.',"
        " if need be after a domain and '/', such as team or example.com/team",
    ),
    Rule(
        cel=f"self.all(key, size(key) <= {LONGEST_KEY})",
        message=f"must have keys of at most {LONGEST_KEY} characters, prefix included: EKS takes"
        " no longer ones",
        holds=lambda held: all(len(key) <= LONGEST_KEY for key in held),
    ),
    no_key_begins(
        # EKS takes some of them, and then no node joins: kubelet refuses to start with them.
        RESERVED_LABELS,
        "must not use the prefixes of Kubernetes, EKS and this operator (kubernetes.io/, k8s.io/"
        " and what ends so, such as node-role.kubernetes.io/; eks.amazonaws.com/;"
        " orchestrate.sigopt.com/): kubelet does not start with them; choose a prefix of your own",
        but=KUBELET_MAY,
    ),
    every_value(
        # EKS wants values of one character at least.
        NAME,
        "must have values of 1 to 63 letters, digits, '-', '_' and '.', with a letter or digit at"
        " both ends",
    ),
]

Tags = Annotated[
    dict[str, Annotated[str, Field(max_length=256)]],
    Field(max_length=MAX_TAGS),
    every_key(
        "[A-Za-z0-9 _.:/=+@-]{1,128}",
        "must have keys of 1 to 128 letters, digits, spaces and _ . : / = + - @",
    ),
    no_key_begins(
        RESERVED_TAGS,
        "must not have keys that begin with aws:, eks:, kubernetes.io/, k8s.io/ (or what ends so)"
        " or orchestrate.sigopt.com/: these belong to AWS, Kubernetes and this operator; choose"
        " another key",
    ),
    every_value(
        "[A-Za-z0-9 _.:/=+@-]*",
        "must have values of letters, digits, spaces and _ . : / = + - @",
    ),
]
