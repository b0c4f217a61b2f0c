"""The SigOptCluster resource: spec, status, rules, the CRD made from them, and cluster.yml."""
