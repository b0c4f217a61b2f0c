"""How a resource becomes a wish: defaults filled in, names made, order taken out of lists."""

from __future__ import annotations

from typing import Any

from sigopt_operator.api.access import AccessSpec
from sigopt_operator.api.pools import CapacityType, PoolSpec
from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import ClusterSpec, ManagementPolicy, Provider
from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.control_plane.setting import EndpointAccess
from sigopt_operator.plan.kubeconfig.secret import Noted, Place, fitting
from sigopt_operator.plan.node_pools.taint import Taint, eks_effect
from sigopt_operator.plan.wish import (
    AddonWish,
    AutoscalerWish,
    DevicePluginWish,
    Pool,
    SecretKey,
    TrainingWish,
    Wish,
)

DEFAULT_VOLUME_GIB = 50
"""EKS's own default of 20 GiB is filled by two training images; GPU images alone have 10 GiB."""
ARGOCD_NAMESPACE = "argocd"
"""Argo CD's own default."""


def wish_of(
    resource: SigOptCluster, default_region: str, argocd_namespace: str = ARGOCD_NAMESPACE
) -> Wish:
    """The wish that a resource expresses; `default_region` serves until one is begun.

    Where Argo CD is, the operator's administrator says, never a resource.
    """
    spec = resource.spec
    custom = spec.custom.kubeconfig_secret_ref if spec.custom else None
    status = resource.status
    stood = status is not None and status.fulfilled_generation is not None
    return Wish(
        uid=resource.uid,
        namespace=resource.namespace,
        name=resource.name,
        generation=resource.generation,
        cluster_name=resource.cluster_name,
        region="" if custom else resource.region or default_region,
        version=spec.kubernetes_version,
        pools=tuple(_pool(name, pool) for name, pool in spec.pools.items()),
        principals=(
            None if spec.access.principals is None else tuple(sorted(set(spec.access.principals)))
        ),
        entries=_entries(spec.access),
        additional_policies=tuple(sorted(set(spec.aws.additional_policies))),
        spec_tags=dict(spec.tags),
        endpoint_access=EndpointAccess(
            public=spec.endpoint_access.public,
            private=spec.endpoint_access.private,
            public_cidrs=tuple(sorted(spec.endpoint_access.public_cidrs)),
        ),
        logging=tuple(sorted(spec.logging)),
        kms_key_arn=spec.secrets_encryption.kms_key_arn if spec.secrets_encryption else None,
        deletion_protection=spec.deletion_protection,
        vpc_cidr=spec.network.cidr if spec.network else None,
        subnet_ids=tuple(sorted((spec.network.subnet_ids or ()) if spec.network else ())),
        addons=tuple(
            AddonWish(addon.name, addon.version, addon.configuration)
            for addon in sorted(spec.addons, key=lambda addon: addon.name)
        ),
        **_components(spec),
        **_secrets(resource, argocd_namespace),
        adopt=spec.adopt,
        deleting=resource.deleting,
        deleting_since=resource.deleting_since,
        removal_since=status.removal_since if status else None,
        account=resource.status.account if resource.status else None,
        operator_arn=resource.status.operator_arn if resource.status else None,
        # Also of an earlier spec of a cluster that never was Ready.
        leftovers=resource.generation > 1 or stood,
        stood=stood,
        fulfilled=(
            resource.status is not None
            and resource.status.fulfilled_generation == resource.generation
        ),
        observed=spec.management_policy is ManagementPolicy.OBSERVE,
        planned=spec.management_policy is ManagementPolicy.PLAN,
        paused=spec.paused,
        kubeconfig=SecretKey(custom.name, custom.key) if custom else None,
        training_put_at=status.training_endpoint if status else None,
    )


def _secrets(resource: SigOptCluster, argocd_namespace: str) -> dict[str, Any]:
    """A dot stands in no namespace's name: so no two resources have the same place."""
    access, status = resource.spec.access, resource.status
    if resource.spec.provider is not Provider.AWS:
        return {}
    named = access.kubeconfig_secret_ref
    name = named.name if named else fitting(f"{resource.name}-kubeconfig")
    target = Place(argocd_namespace, fitting(f"{resource.namespace}.{resource.name}"))
    written = status.kubeconfig_secret if status else None
    listed = status.argocd_secret if status else None
    return {
        "kubeconfig_secret": Place(resource.namespace, name),
        "argocd_secret": target if access.argocd else None,
        "noted": Noted(
            kubeconfig=Place(resource.namespace, written) if written else None,
            argocd=Place.parse(listed) if listed else None,
        ),
    }


def _components(spec: ClusterSpec) -> dict[str, Any]:
    scaling, plugin, training = spec.autoscaler, spec.device_plugin, spec.training
    aws = spec.provider is Provider.AWS
    told: dict[str, Any] = {"autoscaler": None, "device_plugin": None, "training": None}
    if aws and scaling.enabled:
        told["autoscaler"] = AutoscalerWish(
            scaling.scale_down_delay, scaling.expander.value, scaling.image, scaling.version
        )
    if aws and plugin.enabled:
        told["device_plugin"] = DevicePluginWish(plugin.image, plugin.version)
    if training.enabled or (training.enabled is None and aws):
        told["training"] = TrainingWish(
            dict(training.quota), dict(training.default_requests), dict(training.default_limits)
        )
    return told


def _entries(access: AccessSpec) -> dict[str, Policies]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in access.entries:
        found.setdefault(item.principal, {})[item.policy] = tuple(sorted(item.namespaces or ()))
    return dict(found)


def _pool(name: str, pool: PoolSpec) -> Pool:
    return Pool(
        name=name,
        instance_type=pool.instance_type,
        min_nodes=pool.min_nodes,
        max_nodes=pool.max_nodes,
        volume_size=pool.node_volume_size or DEFAULT_VOLUME_GIB,
        more_types=tuple(sorted(set(pool.instance_types) - {pool.instance_type})),
        spot=pool.capacity_type is CapacityType.SPOT,
        labels=dict(pool.labels),
        taints=tuple(
            sorted(Taint(each.key, each.value, eks_effect(each.effect)) for each in pool.taints)
        ),
    )
