"""What the autoscaler looks at, as values: settings, pods, nodes, groups, quantities."""
