"""What a kubeconfig is refused with."""

from __future__ import annotations

from sigopt_operator.plan.connection.fault import Fault


class KubeconfigError(Exception):
    """A kubeconfig that cannot be used. The text is for people and quotes nothing secret."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
        """The same as data."""


class AddressRefusedError(ConnectionError):
    """An address to which no kubeconfig may lead.

    An OSError, so that whoever deals with a server that does not answer deals with this too.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
        """The same as data."""
