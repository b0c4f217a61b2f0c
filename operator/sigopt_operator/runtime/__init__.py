"""What turns wishes into rounds: the queue and its workers, the lease, probes, logs, settings."""
