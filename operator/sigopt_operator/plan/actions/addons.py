"""The actions on managed add-ons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigopt_operator.plan.difference import Difference


@dataclass(frozen=True)
class CreateAddon:
    """Install a managed add-on."""

    cluster: str
    name: str
    tags: Mapping[str, str]
    token: str
    version: str | None = None
    """None: the one that AWS calls default."""
    configuration: str = ""
    """JSON; empty: AWS's defaults."""
    differences: tuple[Difference, ...] = field(default=(), compare=False)
    """What was found otherwise than wished, which this mends."""

    def __str__(self) -> str:
        return f"install add-on {self.name}"


@dataclass(frozen=True)
class UpdateAddon:
    """Bring an add-on to another version, another configuration, or both."""

    cluster: str
    name: str
    present: str
    version: str
    configuration: str | None
    """JSON; None: stays as it is."""
    token: str

    def __str__(self) -> str:
        moves = "" if self.present == self.version else f" from {self.present} to {self.version}"
        return f"{'update' if moves else 'configure'} add-on {self.name}{moves}"


@dataclass(frozen=True)
class DeleteAddon:
    """Take away an add-on: one that failed, to be made again, or one that nobody wants any more."""

    cluster: str
    name: str

    def __str__(self) -> str:
        return f"remove add-on {self.name}"


AddonsAction = CreateAddon | UpdateAddon | DeleteAddon
