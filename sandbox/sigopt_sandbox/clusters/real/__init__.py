"""Endpoints that are real: an API server with controllers, a scheduler and simulated nodes."""
