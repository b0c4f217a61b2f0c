"""How a lifecycle reads a failure that was armed for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One failure to play: the state to reach, and what EKS would say.

    The message may begin with an issue code of EKS, as in `NodeCreationFailure: Instances failed`.
    """

    status: str
    message: str

    def code(self, default: str) -> str:
        """The issue code of the message, or `default`."""
        head, colon, _ = self.message.partition(": ")
        return head if colon and head.isalnum() else default

    @property
    def text(self) -> str:
        """The message without its issue code."""
        return self.message.partition(": ")[2] if self.code("") else self.message

    def issue(self, default_code: str, resource_ids: list[str]) -> dict[str, object]:
        """The failure as a health issue."""
        return {
            "code": self.code(default_code),
            "message": self.text,
            "resourceIds": resource_ids,
        }
