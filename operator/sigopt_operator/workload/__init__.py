"""What the operator asks of, and puts into, the cluster that it made."""
