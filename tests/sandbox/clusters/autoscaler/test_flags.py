"""The command line, as cluster-autoscaler would read it."""

from typing import Any

import pytest

from sigopt_sandbox.clusters.autoscaler.rules.flags import (
    FlagsError,
    duration,
    read_command_line,
)

DISCOVERY = (
    "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,"
    "k8s.io/cluster-autoscaler/demo"
)
ENOUGH = ("--cloud-provider=aws", DISCOVERY)


def container(*arguments: str, **more: Any) -> dict[str, Any]:
    return {"command": ["./cluster-autoscaler", *arguments], **more}


def test_the_flags_of_the_upstream_example_suffice() -> None:
    line = read_command_line(
        container(
            "--v=4",
            "--stderrthreshold=info",
            "--cloud-provider=aws",
            "--skip-nodes-with-local-storage=false",
            "--expander=least-waste",
            DISCOVERY,
        )
    )
    assert line.settings.discovery == (
        ("k8s.io/cluster-autoscaler/enabled", ""),
        ("k8s.io/cluster-autoscaler/demo", ""),
    )
    assert not line.settings.skip_local_storage
    assert line.settings.skip_system_pods
    assert line.without_effect == ("stderrthreshold", "v")


@pytest.mark.parametrize(
    ("arguments", "field", "expected"),
    [
        (("--scale-down-unneeded-time=90s",), "unneeded_time", 90),
        (("--scale-down-unneeded-time", "1h30m"), "unneeded_time", 5400),
        (("--scale-down-delay-after-add=5m",), "delay_after_add", 300),
        (("--scale_down_delay_after_add=5m",), "delay_after_add", 300),
        (("--skip-nodes-with-system-pods=false",), "skip_system_pods", False),
        (("--ignore-daemonsets-utilization",), "ignore_daemon_sets", True),
        (("--expander=most-pods,least-waste",), "expanders", ("most-pods", "least-waste")),
        (("--scale-down-utilization-threshold=0.7",), "utilization", 0.7),
        (("--leader-elect=false",), "leader_elect", False),
        ((), "unneeded_time", 600),
        ((), "expanders", ("least-waste",)),
    ],
)
def test_settings(arguments: tuple[str, ...], field: str, expected: Any) -> None:
    line = read_command_line(container(*ENOUGH, *arguments))
    assert getattr(line.settings, field) == expected


def test_arguments_may_follow_the_images_entry_point() -> None:
    line = read_command_line({"args": list(ENOUGH)})
    assert line.settings.discovery


def test_variables_of_the_containers_environment_are_replaced() -> None:
    discovery = "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/$(CLUSTER)"
    environment = [{"name": "CLUSTER", "value": "demo"}]
    line = read_command_line(container("--cloud-provider=aws", discovery, env=environment))
    assert line.settings.discovery == (("k8s.io/cluster-autoscaler/demo", ""),)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((DISCOVERY,), "--cloud-provider=aws is missing"),
        (("--cloud-provider=gce", DISCOVERY), "--cloud-provider=aws is missing"),
        (("--cloud-provider=aws",), "--node-group-auto-discovery is missing"),
        ((*ENOUGH, "--nodes=0:3:group"), "--nodes is not simulated"),
        ((*ENOUGH, "--scale-down-unneded-time=1m"), "unknown flag: --scale-down-unneded-time"),
        (
            (*ENOUGH, "--scale-down-unneeded-time=1 minute"),
            'invalid argument "1 minute" for "--scale-down-unneeded-time" flag',
        ),
        ((*ENOUGH, "--scale-down-unneeded-time"), "flag needs an argument"),
        ((*ENOUGH, "--expander=cheapest"), "Expander cheapest not supported"),
        ((*ENOUGH, "--expander=priority"), "the expander priority is not simulated"),
        ((*ENOUGH, "--expander=random,random"), "specified multiple times"),
        ((*ENOUGH, "now"), "unexpected argument: now"),
        (
            ("--cloud-provider=aws", "--node-group-auto-discovery=asg:tag="),
            "Failed to create AWS Manager: tag value not supplied",
        ),
    ],
)
def test_what_cannot_be_run_is_said(arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(FlagsError, match=why):
        read_command_line(container(*arguments))


def test_another_program_is_not_taken_for_it() -> None:
    with pytest.raises(FlagsError, match="the command '/bin/sh' is not cluster-autoscaler"):
        read_command_line({"command": ["/bin/sh", "-c", "cluster-autoscaler"]})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600), ("1h30m", 5400), ("1.5s", 1.5), ("250ms", 0.25), ("0", 0)],
)
def test_durations_are_gos(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "10 m", "10m!", "1d"])
def test_other_durations_are_errors(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        duration(text)
