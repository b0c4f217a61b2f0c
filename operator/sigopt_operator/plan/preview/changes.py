"""What becomes of a snapshot by changes in place: tags, settings, repairs, and what is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sigopt_operator.plan import actions
from sigopt_operator.plan.actions import (
    ApplySecret,
    AssociatePodIdentity,
    DeleteSecret,
    DissociatePodIdentity,
    InstallComponent,
    MendRole,
    ReleaseSecret,
    RemoveObjects,
    Retag,
    TagScalingGroup,
    TakeOver,
    UpdateClusterSetting,
)
from sigopt_operator.plan.control_plane.setting import (
    DeletionProtection,
    EndpointAccess,
    Logging,
    SecretsEncryption,
)
from sigopt_operator.plan.kubeconfig.secret import FoundSecret
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.preview.routes import ROUTES
from sigopt_operator.plan.snapshot import Cluster, NodeGroup, PodIdentity, Snapshot
from sigopt_operator.plan.workload.components.objects import id_of


def _taken_over(seen: Snapshot, action: TakeOver, _moment: Moment) -> Snapshot:
    return _tagged(seen, action.id, action.tags, {})


def _retagged(seen: Snapshot, action: Retag, _moment: Moment) -> Snapshot:
    return _tagged(seen, action.id, action.put, action.remove)


def _tagged(
    seen: Snapshot, id_: str, put: Mapping[str, str], remove: Mapping[str, str]
) -> Snapshot:
    """The one thing of that id, or ARN, with other tags."""

    def one(thing: Any) -> Any:
        if thing is None or id_ not in (getattr(thing, "arn", None), getattr(thing, "id", None)):
            return thing
        return replace(thing, tags=_with(thing.tags or {}, put, remove))

    return replace(
        seen,
        stack=one(seen.stack),
        cluster=one(seen.cluster),
        pod_identity=one(seen.pod_identity),
        node_groups=tuple(one(group) for group in seen.node_groups),
        addons=tuple(one(addon) for addon in seen.addons),
        access_entries=tuple(one(entry) for entry in seen.access_entries),
        launch_templates=tuple(one(template) for template in seen.launch_templates),
    )


def _with(
    tags: Mapping[str, str], put: Mapping[str, str], remove: Mapping[str, str]
) -> dict[str, str]:
    return {**{key: value for key, value in tags.items() if key not in remove}, **put}


def _group_tagged(seen: Snapshot, action: TagScalingGroup, _moment: Moment) -> Snapshot:
    def one(group: NodeGroup) -> NodeGroup:
        if group.name != action.name or group.scaling is None:
            return group
        put = {**action.propagated, **action.own}
        tags = _with(group.scaling.tags, put, action.remove)
        return replace(group, scaling=replace(group.scaling, tags=tags))

    return replace(seen, node_groups=tuple(one(group) for group in seen.node_groups))


def _set(seen: Snapshot, action: UpdateClusterSetting, _moment: Moment) -> Snapshot:
    return replace(seen, cluster=_with_setting(seen.cluster, action) if seen.cluster else None)


def _with_setting(cluster: Cluster, action: UpdateClusterSetting) -> Cluster:
    match action.setting:
        case EndpointAccess() as access:
            return replace(cluster, endpoint_access=access)
        case Logging(types=types):
            return replace(cluster, logging=types)
        case SecretsEncryption(kms_key_arn=key):
            return replace(cluster, kms_key_arn=key)
        case DeletionProtection(on=on):
            return replace(cluster, deletion_protection=on)


def _mended(seen: Snapshot, action: MendRole, _moment: Moment) -> Snapshot:
    """As if it had not been looked at: there is nothing more to find."""
    return replace(seen, roles={k: role for k, role in seen.roles.items() if k != action.name})


def _object_gone(seen: Snapshot, action: actions.DeleteObject, _moment: Moment) -> Snapshot:
    if seen.workload is None:
        return seen
    kept = tuple(
        o
        for o in seen.workload.objects
        if (o.kind, o.namespace, o.name) != (action.kind, action.namespace, action.name)
    )
    return replace(seen, workload=replace(seen.workload, objects=kept))


def _installed(seen: Snapshot, action: InstallComponent, _moment: Moment) -> Snapshot:
    if seen.installed is None:
        return seen
    objects = {**seen.installed.objects, **{id_of(each): each for each in action.objects}}
    return replace(seen, installed=replace(seen.installed, objects=objects))


def _uninstalled(seen: Snapshot, action: RemoveObjects, _moment: Moment) -> Snapshot:
    if seen.installed is None:
        return seen
    objects = {k: v for k, v in seen.installed.objects.items() if k not in action.objects}
    return replace(seen, installed=replace(seen.installed, objects=objects))


def _associated(seen: Snapshot, action: AssociatePodIdentity, _moment: Moment) -> Snapshot:
    made = PodIdentity(action.present or action.name, action.role_arn, tags=action.tags)
    return replace(seen, pod_identity=made)


def _gone(of: str, key: str = "name") -> Callable[[Snapshot, Any, Moment], Snapshot]:
    """An effect: one of the things of this kind that were left is there no more."""

    def effect(seen: Snapshot, action: Any, _moment: Moment) -> Snapshot:
        if seen.left is None:
            return seen
        told = getattr(action, "id", None) or action.name
        things = getattr(seen.left, of)
        kept = tuple(thing for thing in things if getattr(thing, key) != told)
        return replace(seen, left=replace(seen.left, **{of: kept}))

    return effect


def _secret_written(seen: Snapshot, action: ApplySecret, _moment: Moment) -> Snapshot:
    found = FoundSecret(action.uid or "new", action.secret)
    return replace(seen, secrets={**(seen.secrets or {}), action.secret.place: found})


def _secret_gone(seen: Snapshot, action: DeleteSecret | ReleaseSecret, _moment: Moment) -> Snapshot:
    return replace(seen, secrets={**(seen.secrets or {}), action.place: None})


CHANGES: Mapping[type, Callable[[Snapshot, Any, Moment], Snapshot]] = {
    TakeOver: _taken_over,
    Retag: _retagged,
    TagScalingGroup: _group_tagged,
    UpdateClusterSetting: _set,
    MendRole: _mended,
    **ROUTES,
    ApplySecret: _secret_written,
    DeleteSecret: _secret_gone,
    ReleaseSecret: _secret_gone,
    InstallComponent: _installed,
    RemoveObjects: _uninstalled,
    AssociatePodIdentity: _associated,
    DissociatePodIdentity: lambda seen, _action, _moment: replace(seen, pod_identity=None),
    actions.DeleteObject: _object_gone,
    actions.DeleteLoadBalancer: _gone("load_balancers"),
    actions.DeleteTargetGroup: _gone("target_groups"),
    actions.DeleteSecurityGroup: _gone("security_groups", "id"),
    actions.DeleteVolume: _gone("volumes", "id"),
    actions.DeleteInterface: _gone("interfaces", "id"),
}
