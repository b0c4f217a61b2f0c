"""What only AWS knows is answered before anything is created, all problems at once."""

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish


def preflight(plan: Plan) -> Step:
    return next(p.step for p in plan.parts if p.part.name == "Preflight")


def judged(want: Wish, seen: Snapshot = w.EMPTY) -> tuple[str, str]:
    plan = decide(want, seen, w.MOMENT)
    blocked = preflight(plan).blocked
    assert blocked
    assert plan.actions == ()
    return blocked.reason, blocked.message


def cpu(instance_type: str) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, replace(w.CPU, instance_type=instance_type)))


def gpu(instance_type: str) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, replace(w.GPU, instance_type=instance_type)))


@pytest.mark.parametrize(
    ("want", "reason", "words"),
    [
        pytest.param(
            replace(w.WANT, version="1.20"),
            "VersionNotOnOffer",
            ["spec.kubernetesVersion", "1.20", "1.36, 1.35, 1.34"],
            id="a version that is no longer on offer: those that are",
        ),
        pytest.param(
            cpu("zz9.huge"), "UnknownInstanceType", ["spec.cpu.instanceType", "zz9.huge"], id="typo"
        ),
        pytest.param(
            cpu("x9.nowhere"), "InstanceTypeNotSold", ["no zone of us-west-2"], id="sold nowhere"
        ),
        pytest.param(
            cpu("mac1.metal"), "UnsupportedArchitecture", ["x86_64_mac"], id="no image for it"
        ),
        pytest.param(
            gpu("t3.large"), "NoNvidiaGpu", ["spec.gpu.instanceType", "g5"], id="gpu without GPU"
        ),
        pytest.param(
            gpu("p2.xlarge"), "GpuNotSupported", ["K80", "g4dn"], id="GPU too old for the image"
        ),
        pytest.param(
            gpu("g7.2xlarge"), "GpuNotSupported", ["newer driver", "g6e"], id="GPU too new for it"
        ),
    ],
)
def test_a_wish_that_aws_cannot_fulfil_is_refused(
    want: Wish, reason: str, words: list[str]
) -> None:
    told, message = judged(want)
    assert told == reason
    assert [word for word in words if word not in message] == []


def test_all_problems_are_said_at_once() -> None:
    want = replace(cpu("zz9.huge"), version="1.20")
    _, message = judged(want)
    assert "1.20" in message
    assert "zz9.huge" in message


def test_a_cpu_pool_with_a_gpu_is_warned_about_and_made() -> None:
    plan = decide(cpu("g5.xlarge"), w.EMPTY, w.MOMENT)
    assert preflight(plan).ready
    assert "you pay for it idle" in preflight(plan).message


def test_the_version_of_a_cluster_that_stands_is_not_judged_again() -> None:
    want = replace(w.WANT, version="1.20")
    seen = replace(w.finished(), facts=w.FACTS)
    assert preflight(decide(want, seen, w.MOMENT)).ready


def test_without_facts_it_passed_before() -> None:
    assert preflight(decide(w.WANT, w.finished(), w.MOMENT)).ready
