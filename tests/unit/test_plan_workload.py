"""What the operator puts into the cluster: what is wished, and nothing of somebody else's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.actions import (
    AssociatePodIdentity,
    DissociatePodIdentity,
    InstallComponent,
    RemoveObjects,
    TakeOver,
)
from sigopt_operator.plan.ownership import ownership_tags
from sigopt_operator.plan.snapshot import Installed, PodIdentity, Snapshot, Unavailable
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import AutoscalerWish, TrainingWish, Wish
from sigopt_operator.plan.workload.components.objects import Manifest, ObjectId, id_of
from sigopt_operator.plan.workload.part import components, workload

GPUS = replace(w.WANT, pools=(w.SYSTEM, w.CPU, w.GPU))
DEPLOYMENT = ObjectId("Deployment", "kube-system", "cluster-autoscaler")
DAEMON_SET = ObjectId("DaemonSet", "kube-system", "nvidia-device-plugin")
NAMESPACE = ObjectId("Namespace", "", "orchestrate")
ROLE = ObjectId("Role", "orchestrate", "orchestrate:controller")
QUOTA = ObjectId("ResourceQuota", "orchestrate", "training")


def step(want: Wish = w.WANT, seen: Snapshot | None = None) -> Step:
    return workload(want, seen or w.finished(want), w.MOMENT)


def told(want: Wish, seen: Snapshot) -> list[str]:
    return [str(action) for action in step(want, seen).actions]


def with_object(id_: ObjectId, change: Callable[[Any], None], want: Wish = w.WANT) -> Snapshot:
    """A finished cluster in which one object was changed."""
    objects: dict[ObjectId, Manifest] = dict(w.installed(want).objects)
    objects[id_] = copy.deepcopy(objects[id_])
    change(objects[id_])
    return replace(w.finished(want), installed=Installed(objects))


def without(*ids: ObjectId, want: Wish = w.WANT) -> Snapshot:
    kept = {id_: o for id_, o in w.installed(want).objects.items() if id_ not in ids}
    return replace(w.finished(want), installed=Installed(kept))


def test_all_of_it_stands_and_runs() -> None:
    found = step(GPUS)
    assert found.ready
    assert found.message == "cluster-autoscaler v1.34.5, nvidia-device-plugin v0.20.0, training"


@pytest.mark.parametrize(
    ("want", "expected"),
    [
        pytest.param(w.WANT, {"cluster-autoscaler", "training"}, id="no gpu pool: no plugin"),
        pytest.param(
            GPUS,
            {"cluster-autoscaler", "nvidia-device-plugin", "training"},
            id="a gpu pool: the plugin too",
        ),
        pytest.param(
            replace(GPUS, device_plugin=None), {"cluster-autoscaler", "training"}, id="plugin off"
        ),
        pytest.param(replace(w.WANT, autoscaler=None), {"training"}, id="autoscaler off"),
        pytest.param(replace(w.WANT, training=None), {"cluster-autoscaler"}, id="training off"),
    ],
)
def test_what_is_wished_is_what_is_installed(want: Wish, expected: set[str]) -> None:
    assert {component.name for component in components(want, w.finished(want))} == expected


def test_the_namespace_comes_before_what_lives_in_it() -> None:
    seen = replace(w.finished(), installed=Installed())
    install = next(
        a
        for a in step(seen=seen).actions
        if isinstance(a, InstallComponent) and a.name == "training"
    )
    assert [id_of(each).kind for each in install.objects][:1] == ["Namespace"]


@pytest.mark.parametrize(
    ("kubernetes", "wish", "version"),
    [
        pytest.param("1.33", AutoscalerWish(), "v1.33.6", id="the newest of the cluster's minor"),
        pytest.param("1.39", AutoscalerWish(), "v1.39.0", id="a minor newer than this operator"),
        pytest.param("1.33", AutoscalerWish(version="v9"), "v9", id="a version of the spec"),
    ],
)
def test_the_autoscaler_is_of_the_clusters_minor_version(
    kubernetes: str, wish: AutoscalerWish, version: str
) -> None:
    seen = replace(w.finished(), cluster=replace(w.cluster(), version=kubernetes))
    found = components(replace(w.WANT, autoscaler=wish), seen)
    assert found[0].version == version


def pod(want: Wish, name: str) -> Any:
    component = next(c for c in components(want, w.finished(want)) if c.name == name)
    manifest = next(each for each in component.objects if "template" in each.get("spec", {}))
    return manifest["spec"]["template"]["spec"]


def test_two_settings_of_the_autoscaler_and_its_image_are_the_persons() -> None:
    wish = AutoscalerWish("3m", "most-pods", "registry.example.com/ca", "v1")
    container = pod(replace(w.WANT, autoscaler=wish), "cluster-autoscaler")["containers"][0]
    assert container["image"] == "registry.example.com/ca:v1"
    assert {
        "--expander=most-pods",
        "--scale-down-unneeded-time=3m",
        "--scale-down-delay-after-add=3m",
        "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,"
        "k8s.io/cluster-autoscaler/tiny",
    } <= set(container["args"])


def test_the_autoscaler_runs_on_the_system_pool_with_the_identity_of_its_association() -> None:
    seen = w.finished()
    deployment = w.installed().objects[DEPLOYMENT]
    assert pod(w.WANT, "cluster-autoscaler")["nodeSelector"] == {
        "orchestrate.sigopt.com/node-group-type": "system"
    }
    other = replace(seen, pod_identity=replace(w.ASSOCIATION, id="a-2"))
    (install,) = step(seen=other).actions
    assert isinstance(install, InstallComponent)
    assert [id_of(each) for each in install.objects] == [DEPLOYMENT]
    assert deployment["metadata"]["labels"]["orchestrate.sigopt.com/cluster-uid"] == w.WANT.uid


def test_the_device_plugin_runs_on_gpu_nodes_only_and_tolerates_their_taints() -> None:
    spec = pod(GPUS, "nvidia-device-plugin")
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms["nodeSelectorTerms"][0]["matchExpressions"][0]["key"] == "nvidia.com/gpu.present"
    assert spec["tolerations"] == [{"operator": "Exists"}]


def _nothing(_: Any) -> None:
    pass


def _scaled(deployment: Any) -> None:
    deployment["spec"]["replicas"] = 0


def _defaulted(deployment: Any) -> None:
    deployment["status"] = {"replicas": 1}
    deployment["spec"]["revisionHistoryLimit"] = 10
    deployment["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"})
    deployment["metadata"]["labels"]["theirs"] = "stays"


def _rewritten(deployment: Any) -> None:
    limits = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
    limits["cpu"] = "0.1"


def _unlabelled(deployment: Any) -> None:
    del deployment["metadata"]["labels"]["orchestrate.sigopt.com/cluster-uid"]
    deployment["metadata"]["managedFields"] = [{"manager": "sigopt-operator"}]


def _other_arguments(deployment: Any) -> None:
    deployment["spec"]["template"]["spec"]["containers"][0]["args"].append("--scan-interval=1h")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        pytest.param(_nothing, [], id="nothing"),
        pytest.param(_defaulted, [], id="what the API server and others add is no difference"),
        pytest.param(_rewritten, [], id="a quantity in another spelling is no difference"),
        pytest.param(_scaled, ["spec.replicas of "], id="scaled to zero by hand"),
        pytest.param(
            _other_arguments,
            ["spec.template.spec.containers[cluster-autoscaler].args of "],
            id="other arguments",
        ),
        pytest.param(
            _unlabelled,
            ["metadata.labels.orchestrate.sigopt.com/cluster-uid of "],
            id="stripped of its mark, and known by its field manager",
        ),
    ],
)
def test_what_somebody_changes_of_ours_is_put_back_and_told(
    change: Callable[[Any], None], fields: list[str]
) -> None:
    found = step(seen=with_object(DEPLOYMENT, change))
    differences = [d for a in found.actions for d in getattr(a, "differences", ())]
    assert [d.field for d in differences] == [f"{field}{DEPLOYMENT}" for field in fields]
    assert found.ready is not bool(fields)


def test_what_was_deleted_by_hand_returns_and_only_that() -> None:
    (install,) = step(seen=without(ROLE)).actions
    assert isinstance(install, InstallComponent)
    assert [id_of(each) for each in install.objects] == [ROLE]
    assert str(install.differences[0]) == f"{ROLE}: found none, wanted as it was installed"


def test_a_change_of_the_wish_is_no_repair() -> None:
    want = replace(w.WANT, autoscaler=AutoscalerWish(expander="random"))
    (install,) = step(want, w.finished()).actions
    assert isinstance(install, InstallComponent)
    assert install.differences == ()


def _theirs(found: Any) -> None:
    found["metadata"]["labels"] = {"app": "theirs"}
    found["metadata"]["managedFields"] = [{"manager": "helm"}]


def _of_another_resource(found: Any) -> None:
    found["metadata"]["labels"]["orchestrate.sigopt.com/cluster-uid"] = "another"
    found["metadata"]["managedFields"] = [{"manager": "sigopt-operator"}]


@pytest.mark.parametrize(
    ("change", "adopt", "blocked"),
    [
        pytest.param(_theirs, False, True, id="somebody else's"),
        pytest.param(_theirs, True, True, id="somebody else's, also where a cluster is adopted"),
        pytest.param(_of_another_resource, False, True, id="another resource's"),
        pytest.param(_of_another_resource, True, False, id="a former resource's, adopted"),
    ],
)
def test_an_object_of_a_wanted_name_that_is_not_ours_is_not_touched(
    change: Callable[[Any], None], *, adopt: bool, blocked: bool
) -> None:
    found = step(replace(w.WANT, adopt=adopt), with_object(DEPLOYMENT, change))
    assert bool(found.blocked) is blocked
    if found.blocked:
        assert found.blocked.reason == "NameConflict"
        assert str(DEPLOYMENT) in found.blocked.message
        assert "spec.autoscaler.enabled: false" in found.blocked.message
    assert bool(found.actions) is not blocked


@pytest.mark.parametrize(
    ("want", "gone", "stays"),
    [
        pytest.param(
            replace(GPUS, autoscaler=None), DEPLOYMENT, DAEMON_SET, id="the autoscaler is off"
        ),
        pytest.param(w.WANT, DAEMON_SET, DEPLOYMENT, id="the gpu pool is gone"),
        pytest.param(
            replace(GPUS, training=None), ROLE, NAMESPACE, id="training off: the namespace stays"
        ),
    ],
)
def test_what_is_no_longer_wished_is_removed(want: Wish, gone: ObjectId, stays: ObjectId) -> None:
    found = step(want, w.finished(GPUS))
    removed = {id_ for a in found.actions if isinstance(a, RemoveObjects) for id_ in a.objects}
    assert gone in removed
    assert stays not in removed


def test_what_others_put_beside_ours_is_not_removed() -> None:
    theirs = {"kind": "Role", "metadata": {"name": "theirs", "namespace": "orchestrate"}}
    objects = {**w.installed().objects, id_of(theirs): theirs}
    assert step(seen=replace(w.finished(), installed=Installed(objects))).ready


def test_a_quota_and_defaults_are_there_when_wished() -> None:
    training = TrainingWish({"requests.nvidia.com/gpu": "8"}, {"cpu": "500m"}, {"memory": "1Gi"})
    found = components(replace(w.WANT, training=training), w.finished())[-1]
    by_kind = {manifest["kind"]: manifest for manifest in found.objects}
    assert by_kind["ResourceQuota"]["spec"] == {"hard": {"requests.nvidia.com/gpu": "8"}}
    assert by_kind["LimitRange"]["spec"]["limits"] == [
        {"type": "Container", "defaultRequest": {"cpu": "500m"}, "default": {"memory": "1Gi"}}
    ]
    assert told(w.WANT, w.finished(replace(w.WANT, training=training))) == [
        "remove LimitRange orchestrate/training, ResourceQuota orchestrate/training from the "
        "cluster",
    ]


def stopped(minutes: float, why: str = "ImagePullBackOff") -> Snapshot:
    unavailable = {DEPLOYMENT: Unavailable(why, w.ago(minutes=minutes))}
    return replace(w.finished(), installed=replace(w.installed(), unavailable=unavailable))


def test_an_autoscaler_that_does_not_run_is_waited_for_and_then_needs_a_person() -> None:
    early, late = step(seen=stopped(2)), step(seen=stopped(11))
    assert early.blocked is None
    assert "ImagePullBackOff" in early.waiting[0].what
    assert late.blocked is not None
    assert late.blocked.reason == "WorkloadUnavailable"
    assert "spec.autoscaler.image" in late.blocked.message


def test_in_a_rehearsal_pods_start_no_sooner_than_anywhere() -> None:
    """It is a real server that starts them, and AWS alone is faster."""
    rehearsal = replace(w.MOMENT, speed=60.0)
    early, late = (workload(w.WANT, stopped(minutes), rehearsal) for minutes in (2, 11))
    assert early.blocked is None
    assert late.blocked is not None


def test_a_cluster_that_was_ready_stays_so_while_its_autoscaler_starts_anew() -> None:
    found = step(replace(w.WANT, fulfilled=True), stopped(11))
    assert found.ready
    assert "ImagePullBackOff" in found.degraded


def test_the_autoscaler_waits_for_its_identity_and_for_nodes() -> None:
    new = replace(w.finished(), installed=Installed(), pod_identity=None)
    assert [type(a) for a in step(seen=new).actions] == [AssociatePodIdentity, InstallComponent]
    nodeless = replace(w.finished(), installed=Installed(), node_groups=())
    (only,) = step(seen=nodeless).actions
    assert isinstance(only, InstallComponent)
    assert only.name == "training"
    assert "waits for nodes of the system pool" in step(seen=nodeless).message


def test_the_autoscaler_goes_on_with_the_old_nodes_while_the_system_pool_is_replaced() -> None:
    larger = replace(w.SYSTEM, instance_type="m5.large")
    want = replace(w.WANT, pools=(larger, w.CPU))
    groups = (*w.finished().node_groups, w.group(larger, status="CREATE_FAILED"))
    seen = replace(w.finished(), node_groups=groups)
    assert step(want, seen).ready
    edited = replace(want, autoscaler=AutoscalerWish(expander="random"))
    assert [type(action) for action in step(edited, seen).actions] == [InstallComponent]


@pytest.mark.parametrize(
    ("found", "want", "expected"),
    [
        pytest.param(w.ASSOCIATION, w.WANT, [], id="as wished"),
        pytest.param(None, w.WANT, [AssociatePodIdentity], id="none: made"),
        pytest.param(
            replace(w.ASSOCIATION, role_arn="another"),
            w.WANT,
            [AssociatePodIdentity],
            id="with another role: ours again",
        ),
        pytest.param(
            w.ASSOCIATION,
            replace(w.WANT, autoscaler=None),
            [DissociatePodIdentity],
            id="not wanted any more: taken away",
        ),
        pytest.param(
            replace(w.ASSOCIATION, tags=w.FOREIGN),
            replace(w.WANT, autoscaler=None),
            [],
            id="somebody else's and not wanted: stays",
        ),
        pytest.param(
            replace(w.ASSOCIATION, tags=ownership_tags("former", "ml", "tiny")),
            replace(w.WANT, adopt=True),
            [TakeOver],
            id="a namesake's, adopted",
        ),
        pytest.param(
            replace(w.ASSOCIATION, tags=ownership_tags("former", "ml", "tiny")),
            replace(w.WANT, adopt=True, autoscaler=None),
            [DissociatePodIdentity],
            id="a namesake's, adopted and not wanted: taken away",
        ),
    ],
)
def test_the_autoscaler_has_the_role_of_the_stack(
    found: PodIdentity | None, want: Wish, expected: list[type]
) -> None:
    actions = step(want, replace(w.finished(), pod_identity=found)).actions
    identities = (AssociatePodIdentity, DissociatePodIdentity, TakeOver)
    assert [type(a) for a in actions if isinstance(a, identities)] == expected


@pytest.mark.parametrize(
    ("change", "adopt", "gone"),
    [
        pytest.param(_of_another_resource, True, True, id="a former resource's, adopted"),
        pytest.param(_of_another_resource, False, False, id="another resource's"),
        pytest.param(_theirs, True, False, id="somebody else's"),
    ],
)
def test_what_a_former_resource_put_in_goes_where_it_is_not_wanted_any_more(
    change: Callable[[Any], None], *, adopt: bool, gone: bool
) -> None:
    want = replace(w.WANT, adopt=adopt, autoscaler=None)
    removed = [
        id_
        for action in step(want, with_object(DEPLOYMENT, change)).actions
        if isinstance(action, RemoveObjects)
        for id_ in action.objects
    ]
    assert (DEPLOYMENT in removed) is gone


def test_training_of_another_resource_stays_whatever_is_adopted() -> None:
    """A custom cluster may be this very one."""
    want = replace(GPUS, adopt=True, training=None)
    removed = [
        id_
        for action in step(want, with_object(ROLE, _of_another_resource, GPUS)).actions
        if isinstance(action, RemoveObjects)
        for id_ in action.objects
    ]
    assert ROLE not in removed


def test_somebody_elses_identity_of_the_autoscaler_is_a_conflict() -> None:
    theirs = replace(w.ASSOCIATION, tags=w.FOREIGN)
    found = step(seen=replace(w.finished(), pod_identity=theirs))
    assert found.blocked is not None
    assert found.blocked.reason == "NameConflict"


@pytest.mark.parametrize(
    "installed",
    [
        pytest.param(None, id="not asked yet"),
        pytest.param(Installed(problem="it does not answer"), id="it does not answer"),
    ],
)
def test_without_an_answer_nothing_is_installed(installed: Installed | None) -> None:
    found = step(seen=replace(w.finished(), installed=installed))
    assert not found.ready
    assert found.actions == ()
