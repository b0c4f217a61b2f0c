"""The command line of cluster-autoscaler, read as its own program would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigopt_sandbox.clusters.autoscaler.rules.expanders import FILTERS, NOT_SIMULATED
from sigopt_sandbox.clusters.autoscaler.rules.flag_names import OTHER_FLAGS
from sigopt_sandbox.clusters.autoscaler.values.groups import discovery_filters
from sigopt_sandbox.clusters.autoscaler.values.settings import Settings

PROGRAM = "cluster-autoscaler"
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_BOOLS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


class FlagsError(Exception):
    """The program would not run with these arguments; the message says why."""


@dataclass(frozen=True)
class CommandLine:
    """What a container's command line says."""

    settings: Settings
    without_effect: tuple[str, ...]
    """Flags that the real program knows and this one does not act upon."""


def duration(text: str) -> float:
    """A Go duration in seconds: "10m", "1h30m", "0". Raises ValueError."""
    if text == "0":
        return 0.0
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f'time: invalid duration "{text}"')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def truth(text: str) -> bool:
    """A Go boolean. Raises ValueError."""
    if text.lower() not in _BOOLS:
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    return _BOOLS[text.lower()]


_Reader = Callable[[str], Any]
# Flags that are acted upon: the field of the settings, and how its value is read.
_SIMULATED: dict[str, tuple[str, _Reader]] = {
    "namespace": ("namespace", str),
    "status-config-map-name": ("status_config_map", str),
    "write-status-configmap": ("write_status", truth),
    "leader-elect": ("leader_elect", truth),
    "leader-elect-resource-name": ("lease_name", str),
    "scan-interval": ("scan_interval", duration),
    "max-nodes-total": ("max_nodes_total", int),
    "max-nodes-per-scaleup": ("max_nodes_per_scale_up", int),
    "expendable-pods-priority-cutoff": ("expendable_priority", int),
    "new-pod-scale-up-delay": ("new_pod_delay", duration),
    "max-node-provision-time": ("provision_time", duration),
    "max-node-startup-time": ("startup_time", duration),
    "initial-node-group-backoff-duration": ("first_backoff", duration),
    "max-node-group-backoff-duration": ("longest_backoff", duration),
    "node-group-backoff-reset-timeout": ("backoff_reset", duration),
    "scale-down-enabled": ("scale_down", truth),
    "scale-down-unneeded-time": ("unneeded_time", duration),
    "scale-down-unready-time": ("unready_time", duration),
    "scale-down-unready-enabled": ("scale_down_unready", truth),
    "scale-down-delay-after-add": ("delay_after_add", duration),
    "scale-down-delay-after-delete": ("delay_after_delete", duration),
    "scale-down-delay-after-failure": ("delay_after_failure", duration),
    "scale-down-utilization-threshold": ("utilization", float),
    "scale-down-gpu-utilization-threshold": ("gpu_utilization", float),
    "ignore-daemonsets-utilization": ("ignore_daemon_sets", truth),
    "skip-nodes-with-system-pods": ("skip_system_pods", truth),
    "blocking-system-pod-distruption-timeout": ("system_pods_block_for", duration),
    "skip-nodes-with-local-storage": ("skip_local_storage", truth),
    "skip-nodes-with-custom-controller-pods": ("skip_custom_controllers", truth),
    "max-scale-down-parallelism": ("parallel_deletions", int),
    "max-drain-parallelism": ("parallel_drains", int),
    "max-pod-eviction-time": ("eviction_time", duration),
    "max-graceful-termination-sec": ("longest_termination", float),
    "node-delete-delay-after-taint": ("delay_after_taint", duration),
    "cordon-node-before-terminating": ("cordon", truth),
    "max-bulk-soft-taint-count": ("soft_taints", int),
}
_READ_HERE = frozenset({"cloud-provider", "node-group-auto-discovery", "expander"})
_BOOLEAN = frozenset(name for name, (_, read) in _SIMULATED.items() if read is truth)


def read_command_line(container: Mapping[str, Any]) -> CommandLine:
    """The settings of a container of the autoscaler.

    Raises FlagsError where the program would end with an error, and where what it is asked to do
    is not simulated and nothing useful would come of acting without it.
    """
    words = [_expanded(word, container) for word in _arguments(container)]
    given = _given(words)
    if given.get("cloud-provider", [""])[-1] != "aws":
        raise FlagsError("--cloud-provider=aws is missing: no other cloud is simulated")
    if "nodes" in given:
        raise FlagsError("--nodes is not simulated: use --node-group-auto-discovery")
    fields: dict[str, Any] = {
        "discovery": _discovery(given.get("node-group-auto-discovery", [])),
        "expanders": _expanders(given.get("expander", ["least-waste"])[-1]),
    }
    for name, values in given.items():
        if name in _SIMULATED:
            field, read = _SIMULATED[name]
            fields[field] = _read(name, read, values[-1])
    return CommandLine(
        Settings(**fields),
        tuple(sorted(given.keys() - _SIMULATED.keys() - _READ_HERE)),
    )


def _arguments(container: Mapping[str, Any]) -> Sequence[str]:
    """What follows the program's name; the image's entry point is the program."""
    command, arguments = container.get("command") or (), container.get("args") or ()
    if command and command[0].rpartition("/")[2].split(".")[0] != PROGRAM:
        raise FlagsError(f"the command {command[0]!r} is not {PROGRAM}: what it does is not known")
    return [*command[1:], *arguments]


def _expanded(word: str, container: Mapping[str, Any]) -> str:
    """The word with $(NAME) replaced from the container's environment, as the kubelet does."""
    environment = {one["name"]: one.get("value", "") for one in container.get("env") or ()}
    return re.sub(r"\$\(([\w.-]+)\)", lambda found: environment.get(found[1], found[0]), word)


def _given(words: Sequence[str]) -> dict[str, list[str]]:
    """The values of each flag. Raises FlagsError for a flag that the program does not know."""
    given: dict[str, list[str]] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.lstrip("-").partition("=")
        name = name.replace("_", "-")
        if not word.startswith("-"):
            raise FlagsError(f"unexpected argument: {word}")
        if not (name in _SIMULATED or name in _READ_HERE or name in OTHER_FLAGS):
            raise FlagsError(f"unknown flag: --{name}")
        if not equals:
            boolean = name in _BOOLEAN or OTHER_FLAGS.get(name, False)
            if not boolean and not left:
                raise FlagsError(f"flag needs an argument: --{name}")
            value = "true" if boolean else left.pop(0)
        given.setdefault(name, []).append(value)
    return given


def _read(name: str, read: _Reader, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise FlagsError(f'invalid argument "{text}" for "--{name}" flag: {error}') from error


def _discovery(specifications: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The tags of all specifications together, as the AWS provider joins them."""
    if not specifications:
        raise FlagsError(
            "--node-group-auto-discovery is missing: without it no group would ever be found"
        )
    try:
        return tuple(pair for one in specifications for pair in discovery_filters(one))
    except ValueError as error:
        raise FlagsError(f"Failed to create AWS Manager: {error}") from error


def _expanders(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name in NOT_SIMULATED:
            raise FlagsError(f"the expander {name} is not simulated")
        if name not in FILTERS:
            raise FlagsError(f"Expander {name} not supported")
    if len(set(names)) < len(names):
        raise FlagsError(f"an expander was specified multiple times: {text}")
    return names
