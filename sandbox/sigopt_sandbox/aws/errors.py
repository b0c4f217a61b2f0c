"""The one error of the simulated AWS that reaches a caller."""

from __future__ import annotations


class AwsError(Exception):
    """A refusal with AWS's code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Refuse with a code and the text that AWS gives."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
