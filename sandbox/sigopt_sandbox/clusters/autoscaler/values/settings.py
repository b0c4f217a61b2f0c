"""What the arguments of cluster-autoscaler ask for, as far as it is simulated."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True)
class Settings:
    """The flags that count here, with the defaults of 1.36; durations in seconds."""

    discovery: tuple[tuple[str, str], ...] = ()
    """Tags that a group must have: key, and value or ""."""
    expanders: tuple[str, ...] = ("least-waste",)
    namespace: str = "kube-system"
    status_config_map: str = "cluster-autoscaler-status"
    write_status: bool = True
    leader_elect: bool = True
    lease_name: str = "cluster-autoscaler"
    scan_interval: float = 10.0
    max_nodes_total: int = 0
    max_nodes_per_scale_up: int = 1000
    expendable_priority: int = -10
    new_pod_delay: float = 0.0
    provision_time: float = 15 * MINUTE
    startup_time: float = 15 * MINUTE
    first_backoff: float = 5 * MINUTE
    longest_backoff: float = 30 * MINUTE
    backoff_reset: float = 180 * MINUTE
    scale_down: bool = True
    unneeded_time: float = 10 * MINUTE
    unready_time: float = 20 * MINUTE
    scale_down_unready: bool = True
    delay_after_add: float = 10 * MINUTE
    delay_after_delete: float = 0.0
    delay_after_failure: float = 3 * MINUTE
    utilization: float = 0.5
    gpu_utilization: float = 0.5
    ignore_daemon_sets: bool = False
    skip_system_pods: bool = True
    system_pods_block_for: float = 60 * MINUTE
    """Longer than this, pods of kube-system do not hold a node (newer releases)."""
    skip_local_storage: bool = True
    skip_custom_controllers: bool = True
    parallel_deletions: int = 10
    parallel_drains: int = 1
    eviction_time: float = 2 * MINUTE
    longest_termination: float = 10 * MINUTE
    delay_after_taint: float = 5.0
    cordon: bool = True
    soft_taints: int = 10
