"""The access policies that EKS offers: names only; what they grant is the endpoints' affair."""

from __future__ import annotations

from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Doc, Place

PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
CLUSTER_ADMIN = f"{PREFIX}AmazonEKSClusterAdminPolicy"

# The newest list found (33 names, 2026; the CLI's examples have 19 of them).
_AMAZON_EKS = (
    "ACK Admin AdminView ArgoCDCluster ArgoCD AutoNode BlockStorageCluster BlockStorage "
    "ClusterAdmin ComputeCluster Compute Edit Event Hybrid KRO LoadBalancingCluster LoadBalancing "
    "NetworkingCluster Networking PodIdentity SecretAdmin SecretReader View"
).split()
_HYPERPOD = "Cluster Controller Space SpaceTemplate SystemNamespace UserCluster".split()
NAMES = (
    "AIDevOpsAgentAccessPolicy",
    "AmazonAIOpsAssistantPolicy",
    "AmazonARCRegionSwitchScalingPolicy",
    *(f"AmazonEKS{name}Policy" for name in _AMAZON_EKS),
    "AmazonEMRJobPolicy",
    *(f"AmazonSagemakerHyperpod{name}Policy" for name in _HYPERPOD),
)
# Refused for ordinary principals (observed by users).
FOR_SERVICE_LINKED_ROLES = frozenset(
    {f"{PREFIX}AmazonEKSBlockStorageClusterPolicy", f"{PREFIX}AmazonEKSComputeClusterPolicy"}
)


def known(policy_arn: str) -> str:
    """The ARN itself when EKS offers such a policy to ordinary principals, or a refusal."""
    if policy_arn in FOR_SERVICE_LINKED_ROLES:
        raise invalid_parameter("policyArn can only be associated with service-linked roles")
    if policy_arn.removeprefix(PREFIX) not in NAMES or not policy_arn.startswith(PREFIX):
        # Verbatim not found.
        raise invalid_parameter(f"The specified policyArn is invalid: {policy_arn}")
    return policy_arn


def list_access_policies(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListAccessPolicies."""
    del eks, at
    policies = [{"name": name, "arn": f"{PREFIX}{name}"} for name in NAMES]
    return page(policies, params, member="accessPolicies")
