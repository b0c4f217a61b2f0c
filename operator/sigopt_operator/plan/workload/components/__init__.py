"""What the operator puts into a cluster: components, each of some Kubernetes objects."""
