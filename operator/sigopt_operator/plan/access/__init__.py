"""Who gets into the cluster: the access role's trust and EKS's access entries."""
