"""What every part of the simulated AWS is given: its settings, its clock, its armed failures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sigopt_sandbox.aws.clock import Clock
from sigopt_sandbox.aws.failures import Failures

Endpoints = Literal["real", "light", "none"]


@dataclass(frozen=True)
class Settings:
    """How this simulated AWS was started."""

    port: int
    """The TCP port on 127.0.0.1."""
    speed: float
    """How many times faster than AWS; 60 makes a minute of AWS a second."""
    directory: Path
    """The sandbox's directory."""
    endpoints: Endpoints
    """Who answers for simulated EKS clusters: `none` means nobody, and a placeholder is told."""


@dataclass(frozen=True)
class World:
    """Handed to each `install(world)`: of every mend, and of the EKS lifecycle."""

    settings: Settings
    clock: Clock
    failures: Failures
