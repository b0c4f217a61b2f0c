"""Add-ons: versions and configurations, those that the spec names, those that it no longer does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.actions import CreateAddon, UpdateAddon
from sigopt_operator.plan.addons.versions import unsettled
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.snapshot import Addon, AddonOffer, Snapshot, Update
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import AddonWish, Wish

OLD, DEFAULT, NEWEST = "v1.9.9-eksbuild.12", "v1.10.2-eksbuild.1", "v1.10.2-eksbuild.10"
OFFER = AddonOffer(DEFAULT, (NEWEST, DEFAULT))
CNI = w.addon("vpc-cni")


def seen_with(addon: Addon, *others: Addon, offer: AddonOffer = OFFER) -> Snapshot:
    """A finished cluster in which one add-on is like this."""
    seen = w.finished()
    rest = (one for one in seen.addons if one.name != addon.name)
    return replace(seen, addons=(*rest, addon, *others), addon_offers={addon.name: offer})


def wishing(*addons: AddonWish, version: str = "1.34") -> Wish:
    return replace(w.WANT, addons=addons, version=version)


def part(want: Wish, seen: Snapshot) -> Step:
    plan = decide(want, seen, w.MOMENT)
    return next(p.step for p in plan.parts if p.part.condition is ConditionType.ADDONS_READY)


def told(want: Wish, seen: Snapshot) -> list[str]:
    return [str(action) for action in part(want, seen).actions]


@pytest.mark.parametrize(
    ("present", "pin", "goes_to"),
    [
        pytest.param(OLD, None, DEFAULT, id="below the default: raised to it"),
        pytest.param(DEFAULT, None, None, id="at the default: nothing"),
        pytest.param(NEWEST, None, None, id="above the default: left there"),
        pytest.param("v9.0.0-eksbuild.1", None, DEFAULT, id="does not fit the cluster: default"),
        pytest.param(DEFAULT, NEWEST, NEWEST, id="pinned above the default: the pin"),
        pytest.param(DEFAULT, OLD, OLD, id="pinned below the default: the pin"),
        pytest.param(OLD, OLD, None, id="at its pin: nothing, whatever the default"),
    ],
)
def test_an_addon_has_the_pinned_version_or_else_the_default(
    present: str, pin: str | None, goes_to: str | None
) -> None:
    want = wishing(AddonWish("vpc-cni", pin)) if pin else w.WANT
    expected = [f"update add-on vpc-cni from {present} to {goes_to}"] if goes_to else []
    step = part(want, seen_with(replace(CNI, version=present)))
    assert [str(action) for action in step.actions] == expected
    assert step.ready is not bool(expected)


def test_addons_follow_after_the_node_groups() -> None:
    seen = seen_with(replace(CNI, version=OLD))
    assert seen.cluster is not None
    seen = replace(seen, cluster=replace(seen.cluster, version="1.35"))
    want = replace(w.WANT, version="1.35")
    assert told(want, seen) == []
    assert "after the node groups" in part(want, seen).message
    groups = tuple(replace(group, version="1.35") for group in seen.node_groups)
    under_way = Update("u-1", "VersionUpdate", "InProgress", w.ago(minutes=5), "1.35")
    busy = replace(groups[0], status="UPDATING", last_update=under_way)
    assert told(want, replace(seen, node_groups=(busy, *groups[1:]))) == []
    assert told(want, replace(seen, node_groups=groups)) != []


def test_no_addon_is_changed_while_the_control_plane_updates() -> None:
    seen = seen_with(CNI)
    seen = replace(seen, cluster=w.cluster(status="UPDATING"))
    want = wishing(AddonWish("vpc-cni", configuration={"env": {"A": "1"}}))
    assert told(want, seen) == []
    assert not part(want, seen).ready


def test_a_pin_need_not_fit_the_versions_on_the_way() -> None:
    pin = AddonWish("vpc-cni", "v1.12.0-eksbuild.1")
    seen = seen_with(CNI)
    assert told(wishing(pin, version="1.36"), seen) == []
    assert told(wishing(pin), seen) == [
        f"update add-on vpc-cni from {DEFAULT} to v1.12.0-eksbuild.1"
    ]


CONFIGURED = {"env": {"ENABLE_PREFIX_DELEGATION": "true"}, "replicas": 2}


@pytest.mark.parametrize(
    ("have", "wanted", "sent"),
    [
        pytest.param("", {}, None, id="none and none"),
        pytest.param("{}", {}, None, id="none, in words"),
        pytest.param(json.dumps(CONFIGURED, indent=4), CONFIGURED, None, id="other spaces"),
        pytest.param(
            "replicas: 2\nenv: {ENABLE_PREFIX_DELEGATION: 'true'}\n", CONFIGURED, None, id="YAML"
        ),
        pytest.param("", CONFIGURED, CONFIGURED, id="not yet there"),
        pytest.param('{"replicas": 3}', CONFIGURED, CONFIGURED, id="changed by hand"),
        pytest.param('{"replicas": 3}', {}, {}, id="no longer wanted"),
        pytest.param("{[", CONFIGURED, CONFIGURED, id="not readable"),
    ],
)
def test_configurations_are_compared_by_meaning(
    have: str, wanted: dict[str, object], sent: dict[str, object] | None
) -> None:
    want = wishing(AddonWish("vpc-cni", configuration=wanted))
    actions = part(want, seen_with(replace(CNI, configuration=have))).actions
    if sent is None:
        assert actions == ()
        return
    (action,) = actions
    assert isinstance(action, UpdateAddon)
    assert json.loads(action.configuration or "null") == sent
    assert action.version == CNI.version


EXTRA = AddonWish("metrics-server", configuration={"replicas": 1})


def test_an_addon_that_the_spec_names_is_installed_with_its_configuration() -> None:
    (action,) = part(wishing(EXTRA), w.finished()).actions
    assert isinstance(action, CreateAddon)
    assert (action.name, action.version) == ("metrics-server", None)
    assert json.loads(action.configuration) == EXTRA.configuration


def test_an_addon_that_the_spec_names_waits_for_nodes() -> None:
    system, cpu = w.finished().node_groups
    seen = replace(w.finished(), node_groups=(replace(system, status="CREATING"), cpu))
    assert told(wishing(EXTRA), seen) == []


UPGRADE = "upgrade control plane tiny from Kubernetes 1.34 to 1.35, then 1.36"
INSTALL = "install add-on metrics-server"


@pytest.mark.parametrize(
    ("version", "offered", "expected"),
    [
        pytest.param("1.36", "coredns", [UPGRADE], id="on the way: not before EKS lists it"),
        pytest.param("1.36", "metrics-server", [INSTALL], id="on the way, and EKS lists it"),
        pytest.param("1.34", "coredns", [INSTALL], id="at the end: EKS judges it"),
    ],
)
def test_an_addon_that_only_a_later_version_has_does_not_hold_the_upgrade_to_it(
    version: str, offered: str, expected: list[str]
) -> None:
    want = wishing(EXTRA, version=version)
    seen = replace(w.finished(), addon_offers={offered: OFFER}, insights=())
    plan = decide(want, seen, w.MOMENT)
    assert [str(action) for _, action in plan.actions] == expected
    assert not plan.done
    put_off = "metrics-server comes later, on the way to Kubernetes 1.36"
    assert (put_off in part(want, seen).message) is (expected == [UPGRADE])


def test_without_nodes_only_what_is_absent_waits_for_them_and_conflicts_are_told() -> None:
    theirs = replace(w.addon("coredns"), tags=w.FOREIGN)
    seen = replace(w.finished(), node_groups=(), addons=(*w.finished().addons[:-1], theirs))
    blocked = part(wishing(AddonWish("coredns", NEWEST)), seen).blocked
    assert blocked is not None
    assert blocked.reason == "NameConflict"


def test_an_addon_that_nodes_need_is_never_put_off() -> None:
    seen = replace(w.finished(), addons=(), addon_offers={"coredns": OFFER})
    assert "install add-on vpc-cni" in told(wishing(version="1.36"), seen)


LARGER_SYSTEM = replace(w.SYSTEM, instance_type="m5.large")


@pytest.mark.parametrize("status", ["CREATING", "CREATE_FAILED"])
def test_while_the_system_pool_is_replaced_its_old_nodes_serve_add_ons(status: str) -> None:
    wishes = (EXTRA, AddonWish("coredns", NEWEST))
    want = replace(w.WANT, pools=(LARGER_SYSTEM, w.CPU), addons=wishes)
    groups = (*w.finished().node_groups, w.group(LARGER_SYSTEM, status=status))
    seen = replace(w.finished(), node_groups=groups)
    assert told(want, seen) == [
        f"update add-on coredns from {DEFAULT} to {NEWEST}",
        INSTALL,
    ]
    system, *others = groups
    lost = replace(seen, node_groups=(replace(system, tags=w.FOREIGN), *others))
    assert told(want, lost) == [f"update add-on coredns from {DEFAULT} to {NEWEST}"]
    assert "metrics-server waits for nodes of the system pool" in part(want, lost).message


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param(w.WANT.tags, ["remove add-on metrics-server"], id="ours: removed"),
        pytest.param(w.FOREIGN, [], id="somebody else's: left alone"),
    ],
)
def test_an_addon_that_the_spec_no_longer_names_goes(
    tags: dict[str, str], expected: list[str]
) -> None:
    seen = seen_with(CNI, replace(w.addon("metrics-server"), tags=tags))
    assert told(w.WANT, seen) == expected


def test_somebody_elses_addon_is_not_changed() -> None:
    theirs = replace(CNI, version=OLD, tags=w.FOREIGN)
    assert part(w.WANT, seen_with(theirs)).ready
    named = part(wishing(AddonWish("vpc-cni", NEWEST)), seen_with(theirs))
    assert named.actions == ()
    assert named.blocked is not None
    assert named.blocked.reason == "NameConflict"


def failed(version: str, minutes: float, configuration: str = "") -> Update:
    why = ("ConfigurationConflict: canary of a conflict",)
    began = w.ago(minutes=minutes)
    return Update("u-7", "AddonUpdate", "Failed", began, version, configuration, why)


@pytest.mark.parametrize(
    ("update", "again"),
    [
        pytest.param(failed(DEFAULT, 5), False, id="just now: told, not repeated"),
        pytest.param(failed(DEFAULT, 61), True, id="an hour ago: tried again"),
        pytest.param(failed(NEWEST, 5), True, id="to another version: this one is new"),
    ],
)
def test_a_failed_update_is_told_and_retried_slowly(update: Update, again: bool) -> None:
    addon = replace(CNI, status="UPDATE_FAILED", version=OLD, last_update=update)
    step = part(w.WANT, seen_with(addon))
    assert bool(step.actions) is again
    if not again:
        assert step.blocked is not None
        assert step.blocked.reason == "AddonUpdateFailed"
        assert "canary of a conflict" in step.blocked.message


TWO, THREE = '{"replicas": 2}', '{"replicas": 3}'


@pytest.mark.parametrize(
    ("update", "has", "wished"),
    [
        pytest.param(failed(NEWEST, 5), "", {}, id="a version"),
        pytest.param(failed(DEFAULT, 5, THREE), TWO, {"replicas": 2}, id="a configuration"),
        pytest.param(failed(DEFAULT, 5, THREE), "", {}, id="a configuration, and there was none"),
        pytest.param(failed(DEFAULT, 5, "{}"), TWO, {"replicas": 2}, id="none in its place"),
        pytest.param(failed(DEFAULT, 5, THREE), "", {"replicas": 2}, id="for another"),
        pytest.param(failed(DEFAULT, 5), TWO, {}, id="for none"),
    ],
)
def test_a_wish_taken_back_after_a_failed_update_heals_at_once(
    update: Update, has: str, wished: dict[str, object]
) -> None:
    addon = replace(CNI, status="UPDATE_FAILED", configuration=has, last_update=update)
    want = wishing(AddonWish("vpc-cni", configuration=wished))
    assert len(part(want, seen_with(addon)).actions) == 1


@pytest.mark.parametrize(
    ("asked", "has"),
    [
        pytest.param(THREE, TWO, id="a configuration"),
        pytest.param(THREE, THREE, id="one that EKS shows already"),
        pytest.param("", THREE, id="a version, with the configuration that it has"),
    ],
)
def test_a_wish_that_failed_and_stays_is_not_tried_again_at_once(asked: str, has: str) -> None:
    update = failed(DEFAULT, 5, asked)
    addon = replace(CNI, status="UPDATE_FAILED", configuration=has, last_update=update)
    step = part(wishing(AddonWish("vpc-cni", configuration={"replicas": 3})), seen_with(addon))
    assert step.actions == ()
    assert step.blocked is not None
    assert step.blocked.reason == "AddonUpdateFailed"


@pytest.mark.parametrize(
    ("addon", "expected"),
    [
        pytest.param(CNI, False, id="as wished"),
        pytest.param(replace(CNI, version=OLD), True, id="a version is due"),
        pytest.param(replace(CNI, status="UPDATING"), True, id="updating"),
        pytest.param(replace(CNI, version=OLD, tags=w.FOREIGN), False, id="somebody else's"),
    ],
)
def test_updates_are_looked_at_only_where_there_may_be_one(addon: Addon, expected: bool) -> None:
    assert unsettled(w.WANT, seen_with(addon), AddonWish("vpc-cni"), addon) is expected
