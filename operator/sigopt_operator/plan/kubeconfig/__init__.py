"""The Secrets by which others use the cluster."""
