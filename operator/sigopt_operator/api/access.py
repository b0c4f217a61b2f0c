"""Who may use the cluster: the role that people assume, and access entries of EKS beyond it."""

from typing import Annotated

from pydantic import Field, StrictBool

from sigopt_operator.api.fields import IAM_PRINCIPAL, NOT_A_SESSION, PrincipalArn, SecretName
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import Unique, UniqueBy, matches

EntryPrincipal = Annotated[
    str,
    Field(max_length=600),
    NOT_A_SESSION,
    matches(
        rf"arn:aws[a-z-]*:(sts:.*|iam::[0-9]{{12}}:{IAM_PRINCIPAL})",
        "must be the ARN of an IAM user or a role, such as"
        " arn:aws:iam::111122223333:role/data-science or arn:aws:iam::111122223333:user/ann",
    ),
]

AccessPolicy = Annotated[
    str,
    Field(max_length=100),
    matches(
        "[A-Z][A-Za-z0-9]*Policy",
        "must be the name of one of EKS's access policies (not its ARN), such as"
        " AmazonEKSViewPolicy; `aws eks list-access-policies` has them all",
    ),
]

Namespace = Annotated[
    str,
    Field(max_length=63),
    matches(
        r"[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?",
        "must be the name of a namespace, such as team-a, or names with '*', such as team-*",
    ),
]


class AccessEntrySpec(SpecModel):
    """What one user or role may do in the cluster, by one of EKS's access policies."""

    principal: EntryPrincipal
    """ARN of an IAM user or role."""
    policy: AccessPolicy
    """Name of an access policy of EKS, such as AmazonEKSViewPolicy."""
    namespaces: (
        Annotated[tuple[Namespace, ...], Field(min_length=1, max_length=50), Unique()] | None
    ) = None
    """The namespaces in which it holds, "*" standing for any letters; the whole cluster if
    omitted."""


class KubeconfigTarget(SpecModel):
    """A Secret in the resource's own namespace that the operator makes."""

    name: SecretName
    """Name of the Secret."""


class AccessSpec(SpecModel):
    """Who else may use the cluster."""

    # IAM's quota for a trust policy is 2,048 characters, at most 4,096.
    principals: Annotated[tuple[PrincipalArn, ...], Field(max_length=50), Unique()] | None = None
    """ARNs of IAM users, roles or account roots that may assume the role
    <clusterName>-k8s-access-role: exactly these, and whoever manages the cluster. If omitted, the
    role is made for whoever makes the cluster, and then left to who edits its trust in IAM."""
    entries: Annotated[
        tuple[AccessEntrySpec, ...],
        Field(max_length=100),
        UniqueBy(("principal", "policy")),
    ] = ()
    """What single users and roles may do in the cluster as themselves, without the access role.
    Items for the access role itself take the place of its cluster-admin."""
    kubeconfig_secret_ref: KubeconfigTarget | None = None
    """Where a kubeconfig is written that has no credentials in it: the Secret <name>-kubeconfig in
    the resource's namespace if omitted."""
    argocd: StrictBool = False
    """Whether the cluster is a target for the Argo CD of the management cluster; false if
    omitted."""
