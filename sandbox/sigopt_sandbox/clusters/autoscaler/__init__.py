"""A stand-in for cluster-autoscaler: what it does for a cluster while a Pod of it runs there.

The real program (kubernetes/autoscaler) cannot be built from the Go module proxy, and pods do not
run in a simulated cluster. So this acts in its place, by the rules of version 1.36, read from its
code (cluster-autoscaler/cloudprovider/aws and kubernetes-sigs/cluster-autoscaler, August 2026).
It has the Pod's arguments, the Pod's service account on the cluster's API server, and what EKS Pod
Identity would give the Pod in AWS; where the real one would fail, it fails, and its log says why.

`values/` and `rules/` are pure: no I/O and no clock. `acts/` talks to AWS and to Kubernetes.
Durations are in seconds of AWS's time, which passes `speed` times as fast as ours.
"""
