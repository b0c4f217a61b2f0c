"""How long AWS takes, in seconds at speed 1. Each figure says where it comes from.

"Logs" are public Terraform and CI logs quoted by users; "assumed" is our own guess where nobody
published one.
"""

from __future__ import annotations

# Ten Terraform logs: 8m23s to 11m23s until a control plane is ACTIVE.
CREATE_CLUSTER = 600.0
# The security group and the network interfaces appear early, and are shown only when ACTIVE
# (aws-cdk issue 18746); when exactly is assumed.
CLUSTER_INTERFACES = 150.0
# Nine logs: 1m09s to 8m42s.
DELETE_CLUSTER = 180.0
# The interfaces go late in a deletion; a VPC deletion started too early is blocked. Assumed.
DELETE_INTERFACES = 140.0
# ACK end-to-end tests and AWS re:Post: 10 to 25 minutes for a small cluster.
UPDATE_CLUSTER_VERSION = 720.0
# "A few minutes" (the API model on logging, endpoint and access updates); typical value assumed.
UPDATE_CLUSTER_CONFIG = 150.0
# Deletion protection and upgrade policy change nothing that runs. Assumed.
UPDATE_CLUSTER_SETTING = 20.0
# "A few minutes" (user guide); during it the status does not show UPDATING (code of ACK).
ASSOCIATE_ENCRYPTION = 240.0
# A role, its trust and its policy are believed by EKS only after a while (Terraform's provider
# retries five texts for two minutes); used only when the switch says so.
ROLE_PROPAGATION = 10.0
# "Several seconds" (user guide) for access entries, policies and pod identity associations.
ACCESS_PROPAGATION = 5.0
# Waiting for a condition: the endpoint reported, instances in service. Only a polling step.
LOOK = 2.0

# Seven Terraform logs: 1m28s to 3m21s until a node group is ACTIVE, of which the instances take
# the most (their own delay belongs to Auto Scaling); these are the steps around it.
NODEGROUP_GROUP = 15.0  # until the auto scaling group exists (assumed)
NODEGROUP_JOIN = 45.0  # from InService to Ready in Kubernetes (assumed)
# Without nodes to wait for: no measurement found, 1 to 2 minutes assumed.
NODEGROUP_EMPTY = 75.0
# A failing create ends after 20 to 25 minutes (terraform-aws-eks issues 1910, 1843, 3283).
NODEGROUP_GIVE_UP = 1200.0
# Configuration of a node group: labels and sizes; assumed from "UPDATING shows a little after".
UPDATE_NODEGROUP_CONFIG = 20.0
# Logs: 4 to 9 minutes to delete a group; drain, then instances, then what is left.
DELETE_NODEGROUP_DRAIN = 120.0
DELETE_NODEGROUP_REST = 60.0
# An AMI or version update is about half an hour even for small groups (containers-roadmap 1560):
# the set-up, then each node 60 s after its drain (user guide), then the scale-down.
NODEGROUP_UPDATE_SETUP = 300.0
NODEGROUP_UPDATE_NODE = 180.0
NODEGROUP_UPDATE_REST = 300.0
# Each new node must join within 15 minutes (awsdocs issue 842).
NODE_JOIN_LIMIT = 900.0

# Thirty seconds to a minute for an add-on whose pods can run (logs).
CREATE_ADDON = 40.0
UPDATE_ADDON = 40.0
DELETE_ADDON = 20.0
# An add-on that needs nodes is DEGRADED without them; the minute of the change was not found.
ADDON_DEGRADED = 120.0
# Created before its nodes, coredns turns ACTIVE only some 15 minutes later though its pods are
# healthy (eks-blueprints 642, provider-aws 1310: 15 m 29 s).
ADDON_RECHECK = 900.0

# StartInsightsRefresh: assumed; the daily refresh is every 24 hours (user guide).
INSIGHTS_REFRESH = 120.0
# Rollbacks are offered within 7 days of an upgrade (user guide, rollback-cluster).
ROLLBACK_WINDOW = 7 * 24 * 3600.0
