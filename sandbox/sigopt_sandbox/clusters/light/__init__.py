"""Endpoints that are light: stand-ins of API servers in this process, for hundreds at once.

They authenticate and authorize as the real ones do, store whatever they are given, and answer for
workloads what the cluster's nodes would make of them. No controllers run, there are no pods, and
RBAC is stored but not judged: only access policies give rights.
"""
