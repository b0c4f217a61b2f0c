"""The flags of cluster-autoscaler 1.36 that the stand-in knows and does not act upon."""

from __future__ import annotations

_BOOLEAN = """
    add-dir-header alsologtostderr async-node-groups aws-use-static-instance-list
    balance-similar-node-groups bulk-mig-instances-listing-enabled
    capacity-buffer-controller-enabled capacity-buffer-pod-dry-run-enabled
    capacity-buffer-pod-injection-enabled capacity-quotas-enabled check-capacity-batch-processing
    clusterapi-cloud-config-authoritative daemonset-eviction-for-empty-nodes
    daemonset-eviction-for-occupied-nodes debugging-snapshot-enabled
    dynamic-node-delete-delay-after-taint-enabled emit-per-nodegroup-metrics
    enable-csi-node-aware-scheduling enable-dynamic-resource-allocation enable-graceful-degradation
    enable-inter-pod-affinity-hostname-fast-path enable-proactive-scaleup
    enable-provisioning-requests enforce-node-group-min-size fastpath-binpacking-enabled
    force-delete-failed-nodes force-delete-unregistered-nodes force-ds frequent-loops-enabled
    ignore-mirror-pods-utilization legacy-stderr-threshold-behavior log-json-split-stream
    logtostderr max-node-skip-eval-time-tracker-enabled node-removal-latency-tracking-enabled
    one-output parallel-scale-up profiling record-duplicated-events regional salvo-scale-up
    scale-down-delay-type-local scale-from-unschedulable scale-up-from-zero
    scaleup-simulation-for-skipped-node-groups-enabled skip-headers skip-log-headers
""".split()
_WITH_VALUE = """
    address allowed-scheduler-names balancing-ignore-label balancing-label bypassed-scheduler-names
    check-capacity-processor-instance check-capacity-provisioning-request-batch-timebox
    check-capacity-provisioning-request-max-batch-size cloud-config cluster-name
    cluster-snapshot-parallelism cores-total drain-priority-config estimator feature-gates
    gce-concurrent-refreshes gce-mig-instances-min-refresh-wait-time gpu-total grpc-expander-cert
    grpc-expander-url ignore-taint kube-api-content-type kube-client-burst kube-client-qps
    kubeconfig kubernetes leader-elect-lease-duration leader-elect-renew-deadline
    leader-elect-resource-lock leader-elect-resource-namespace leader-elect-retry-period
    log-backtrace-at log-dir log-file log-file-max-size log-flush-frequency
    log-json-info-buffer-size logging-format max-allocatable-difference-ratio max-binpacking-time
    max-bulk-soft-taint-time max-failing-time max-free-difference-ratio max-inactivity
    max-nodegroup-binpacking-duration max-startup-time max-total-unready-percentage
    memory-difference-ratio memory-total min-replica-count node-deletion-batcher-interval
    node-deletion-candidate-ttl node-deletion-delay-timeout node-info-cache-expire-time nodes
    ok-total-unready-count pending-pods-batching-timeout pod-injection-limit predicate-parallelism
    provisioning-request-initial-backoff-time provisioning-request-max-backoff-cache-size
    provisioning-request-max-backoff-time salvo-scale-up-budget scale-down-candidates-pool-min-count
    scale-down-candidates-pool-ratio scale-down-non-empty-candidates-count
    scale-down-simulation-timeout scheduler-config-file scheduler-verbosity startup-taint
    startup-taint-prefix status-taint stderrthreshold unremovable-node-recheck-timeout user-agent v
    vmodule
""".split()

OTHER_FLAGS = dict.fromkeys(_BOOLEAN, True) | dict.fromkeys(_WITH_VALUE, False)
"""Name to whether it is a boolean, which needs no value."""
