"""What the operator puts into the cluster itself, and what workloads leave behind."""
