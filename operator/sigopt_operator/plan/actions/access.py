"""The actions on who may use the cluster's API, and assume the role that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.access.policies import Policies, told
from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class GrantAccess:
    """Let a principal into the cluster's API with exactly these of EKS's access policies."""

    cluster: str
    principal_arn: str
    policies: Policies
    """Those to be associated: what it lacks, or has for other namespaces."""
    tags: Mapping[str, str]
    revoke: tuple[str, ...] = ()
    """Names of policies to be taken from it."""
    create: bool = False
    """Whether it has no entry yet, or one that lets nobody in."""
    anew: bool = False
    """Whether an entry that lets nobody in any more is deleted before."""
    of_spec: bool = False
    """Whether `spec.access.entries` names it."""
    always: bool = False
    """Whether it has an entry whatever the spec says: the operator, and the access role. Whose
    entry another's is, its tags say."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        done = [f"grant {told(self.policies)} to {self.principal_arn}"] if self.policies else []
        done += [f"take {', '.join(self.revoke)} from {self.principal_arn}"] if self.revoke else []
        done += ["its access entry made anew"] if self.anew else []
        return ", ".join(done)


@dataclass(frozen=True)
class RemoveAccess:
    """Take away the access entry of a principal that is to have none any more."""

    cluster: str
    principal_arn: str
    uid: str
    """Of the resource that it was made for."""

    def __str__(self) -> str:
        return f"remove the access entry of {self.principal_arn}"


@dataclass(frozen=True)
class TrustPrincipals:
    """Let exactly these and the operator assume the access role; whoever IAM knows is let in."""

    name: str
    """The role."""
    principals: tuple[str, ...]
    """ARNs, sorted."""
    operator: str
    """The ARN behind the operator's credentials."""
    present: tuple[str, ...] | None = None
    """Who may assume it now, sorted; None: its trust says more than that, or less."""
    completes: bool = False
    """Whether exactly these may assume it already, and only their session tags are not taken."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        if self.completes:
            return f"let those whom IAM role {self.name} trusts bring session tags (sts:TagSession)"
        return f"let {', '.join(self.principals) or 'nobody else'} assume IAM role {self.name}"


AccessAction = GrantAccess | RemoveAccess | TrustPrincipals
