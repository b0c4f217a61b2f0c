"""What the autoscaler does: in AWS, on the cluster's API server, in its log."""
