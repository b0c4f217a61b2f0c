"""What the launcher raises."""

from __future__ import annotations


class SandboxError(Exception):
    """A sandbox cannot be started, found or ended; the message says why, and what to do."""
