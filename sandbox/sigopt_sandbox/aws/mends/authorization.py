"""What IAM enforcement lacks in ministack: tags of resources and requests, PassRole, the texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import autoscaling, ec2, iam, tagging

from sigopt_sandbox.aws import wire
from sigopt_sandbox.aws.mends import elb
from sigopt_sandbox.aws.mends.autoscaling import records as group_records
from sigopt_sandbox.aws.mends.ec2_arns import resource_arn
from sigopt_sandbox.aws.mends.iam import trust

TagsOf = Callable[[str], Mapping[str, str] | None]


@dataclass(frozen=True)
class Asked:
    """The request that is being judged."""

    service: str
    action: str
    flat: Mapping[str, str]
    """The parameters of a query-protocol request."""
    body: Mapping[str, Any]
    """The body of a JSON request."""


_ASKED: ContextVar[Asked | None] = ContextVar("authorization_asked", default=None)
_DENIED: ContextVar[tuple[str, str] | None] = ContextVar("authorization_denied", default=None)
"""The action and resource that were denied, where they are not the request's own."""

PASSED = {
    # action: the role it hands on, and to whom
    "eks:CreateCluster": ("roleArn", "eks.amazonaws.com"),
    "eks:CreateNodegroup": ("nodeRole", "eks.amazonaws.com"),
    "eks:CreatePodIdentityAssociation": ("roleArn", "pods.eks.amazonaws.com"),
    "eks:UpdatePodIdentityAssociation": ("roleArn", "pods.eks.amazonaws.com"),
    "eks:CreateAddon": ("serviceAccountRoleArn", "eks.amazonaws.com"),
    "eks:UpdateAddon": ("serviceAccountRoleArn", "eks.amazonaws.com"),
    "eks:CreateFargateProfile": ("podExecutionRoleArn", "eks-fargate-pods.amazonaws.com"),
    "cloudformation:CreateStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "cloudformation:UpdateStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "cloudformation:DeleteStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "iam:AddRoleToInstanceProfile": ("RoleName", "ec2.amazonaws.com"),
}

_TAG = re.compile(r"TagSpecification\.\d+\.Tag\.\d+\.Key|Tag\.\d+\.Key|Tags\.member\.\d+\.Key")


def install(eks_tags: TagsOf) -> None:
    """Complete ministack's enforcement; `eks_tags` knows the tags of EKS's resources by ARN."""
    theirs = iam_evaluator.enforce
    _with_contexts()
    _with_tags(eks_tags)

    def enforce(key: str, action: str, service: str, region: str, **more: Any) -> Any:
        denied = theirs(key, action, service, region, **more)
        asked = _ASKED.get()
        if asked is None or asked.action != action:
            return denied
        if denied is not None and action == "sts:AssumeRole":
            return None if _trusted_directly(key, denied, asked) else denied
        for other, arn, context in () if denied is not None else _also(asked):
            refused = theirs(
                key,
                other,
                other.partition(":")[0],
                region,
                resource_arn=arn,
                service_context=context,
            )
            if refused is not None:
                _DENIED.set((other, arn))
                return refused
        return denied

    iam_evaluator.enforce = enforce
    _with_texts()


def _with_contexts() -> None:
    """Remember each request, name EC2's and EKS's resources, and give tags as condition keys."""
    their_arn, their_tags = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def arn(
        service: str, method: str, path: str, headers: Any, body: bytes, params: Any, *where: str
    ) -> str:
        _DENIED.set(None)
        flat = wire.form(b"", params)
        if service == "ec2":
            return resource_arn(flat, *where)
        found = str(their_arn(service, method, path, headers, body, params, *where))
        if service == "elasticloadbalancing" and "LoadBalancerName" in flat:
            return ":".join(
                (f"arn:aws:{service}", *where, f"loadbalancer/{flat['LoadBalancerName']}")
            )
        if service == "autoscaling":
            return _group_arn(flat, where, found)
        return _of_eks(path, where) or found if service == "eks" else found

    def tags(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        flat = wire.form(b"", params)
        _ASKED.set(Asked(service, action, flat, _json(body)))
        given = dict(their_tags(service, action, body, params))
        found = {flat[k]: flat.get(k[:-3] + "Value", "") for k in flat if _TAG.fullmatch(k)}
        if found:
            given |= {f"aws:requesttag/{k.lower()}": v for k, v in found.items()}
            given["aws:TagKeys"] = list(found)
        about = ""
        if service == "ec2":
            about = resource_arn(flat, get_region(), get_account_id())
        elif service == "autoscaling":
            about = _group_arn(flat, (get_region(), get_account_id()), "")
        there = tagging.resource_tags(about) if about else None
        given |= {f"{service}:resourcetag/{k.lower()}": v for k, v in (there or {}).items()}
        return given

    iam_actions.extract_resource_arn, iam_actions.request_tag_context = arn, tags


def _of_eks(path: str, where: tuple[str, ...]) -> str | None:
    """What a request to EKS is about, where it is not the cluster; None where it is."""
    if path.startswith("/tags/"):
        return unquote(path.removeprefix("/tags/"))
    entry = re.fullmatch(r"/clusters/([^/]+)/access-entries/(arn:.+)", unquote(path))
    if entry:
        return _of_entry(entry[1], entry[2].partition("/access-policies")[0], where)
    nested = re.fullmatch(r"/clusters/([^/]+)/(node-groups|addons)/([^/]+).*", path)
    if not nested:
        return None
    kind = {"node-groups": "nodegroup", "addons": "addon"}[nested[2]]
    return f"arn:aws:eks:{where[0]}:{where[1]}:{kind}/{nested[1]}/{nested[3]}/*"


def _of_entry(cluster: str, principal: str, where: tuple[str, ...]) -> str | None:
    """An access entry, whatever its last part is (service authorization reference of EKS)."""
    found = re.fullmatch(r"arn:[^:]*:iam::(\d+):(user|role)/(?:.*/)?([^/]+)", principal)
    if not found:
        return None
    account, kind, name = found.groups()
    return f"arn:aws:eks:{where[0]}:{where[1]}:access-entry/{cluster}/{kind}/{account}/{name}/*"


def _group_arn(flat: Mapping[str, str], where: tuple[str, ...], otherwise: str) -> str:
    """The auto scaling group that a request is about: by its name, a tag's or an instance's.

    Describe operations know no resources (service authorization reference of EC2 Auto Scaling).
    """
    if flat.get("Action", "").startswith("Describe"):
        return "*"
    name = flat.get("AutoScalingGroupName") or flat.get("Tags.member.1.ResourceId")
    if not name and "InstanceId" in flat:
        found = group_records.of_instance(flat["InstanceId"])
        name = found[0]["AutoScalingGroupName"] if found else None
    if not name:
        return otherwise
    return ":".join(
        ("arn:aws:autoscaling", *where, f"autoScalingGroup:*:autoScalingGroupName/{name}")
    )


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_tags(eks_tags: TagsOf) -> None:
    """Let ministack find the tags of resources of EC2, EKS, Auto Scaling and IAM."""
    theirs = tagging.resource_tags

    def resource_tags(arn: str) -> Mapping[str, str] | None:
        parts = arn.split(":", 5)
        service = parts[2] if len(parts) == 6 else ""
        name = arn.rsplit("/", 1)[-1]
        if service == "eks":
            return eks_tags(arn)
        if service == "ec2":
            return {t["Key"]: t.get("Value", "") for t in ec2._tags.get(name) or []}
        if service == "elasticloadbalancing":
            return elb.tags(arn)
        if service == "autoscaling":
            group = autoscaling._asgs.get(name) or {}
            return {t["Key"]: t.get("Value", "") for t in group.get("Tags", [])}
        if service == "iam":
            store = iam._users if ":user/" in arn else iam._roles
            return {t["Key"]: t["Value"] for t in (store.get(name) or {}).get("Tags", [])}
        found: Mapping[str, str] | None = theirs(arn)
        return found

    tagging.resource_tags = resource_tags


def _also(asked: Asked) -> list[tuple[str, str, dict[str, Any]]]:
    """What else must be allowed: handing on a role, and tagging what is made."""
    member, service = PASSED.get(asked.action, ("", ""))
    given = asked.body.get(member) or asked.flat.get(member)
    wanted = []
    if given:
        is_arn = str(given).startswith("arn:")
        arn = str(given) if is_arn else f"arn:aws:iam::{get_account_id()}:role/{given}"
        wanted.append(("iam:PassRole", arn, {"iam:passedtoservice": service}))
    if asked.service == "ec2" and any(k.startswith("TagSpecification.") for k in asked.flat):
        arn = resource_arn(asked.flat, get_region(), get_account_id())
        action = asked.action.partition(":")[2]
        context: dict[str, Any] = {"ec2:createaction": action}
        found = {k: v for k, v in asked.flat.items() if _TAG.fullmatch(k)}
        for name, key in found.items():
            context[f"aws:requesttag/{key.lower()}"] = asked.flat.get(name[:-3] + "Value", "")
        wanted.append(("ec2:CreateTags", arn, context))
    tags = asked.body.get("tags")
    if asked.service == "eks" and ":Create" in asked.action and isinstance(tags, dict) and tags:
        put = {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
        wanted.append(("eks:TagResource", _made_in_eks(asked), put))
    return wanted


def _made_in_eks(asked: Asked) -> str:
    """What is to be tagged before it is there: EKS has named an add-on `/createaddon` then."""
    operation = asked.action.partition(":")[2]
    is_cluster = operation == "CreateCluster"
    made = f"cluster/{asked.body.get('name')}" if is_cluster else f"/{operation.lower()}"
    return f"arn:aws:eks:{get_region()}:{get_account_id()}:{made}"


def _trusted_directly(key: str, denied: Any, asked: Asked) -> bool:
    """A role of the same account whose trust names the caller needs no policy of the caller's."""
    if getattr(denied, "decision", "") != "ImplicitDeny":
        return False
    match = trust.ENTITY.fullmatch(asked.flat.get("RoleArn", ""))
    principal = iam_evaluator.resolve_principal(key, get_account_id())
    if match is None or not isinstance(principal, iam_evaluator.PrincipalInfo):
        return False
    role = iam._roles.get_scoped(match["account"], None, match["name"].rsplit("/", 1)[-1])
    same = match["account"] == principal.account
    return bool(same and role and trust.names_directly(role, principal.arn))


def _with_texts() -> None:
    """Denials name the action and the resource that were denied, in the words of each service."""
    theirs = iam_actions.access_denied_response

    def response(
        service: str, action: str, principal: str, request_id: str, **more: Any
    ) -> tuple[Any, ...]:
        if not more.get("error_code") and not more.get("message"):
            other = _DENIED.get()
            action, arn = other or (action, more.get("resource_arn", "*"))
            explicit = bool(more.get("explicit_deny"))
            text = iam_actions.identity_denial_message(action, principal, arn, explicit)
            if service == "ec2":
                text = f"You are not authorized to perform this operation. {text}. Encoded "
                text += f"authorization failure message: {request_id.replace('-', '')}"
            more["message"] = text
        answer: tuple[Any, ...] = theirs(service, action, principal, request_id, **more)
        return answer

    iam_actions.access_denied_response = response
