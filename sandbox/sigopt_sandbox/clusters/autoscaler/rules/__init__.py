"""What the autoscaler decides: where pods fit, which group grows, which nodes are not needed."""
