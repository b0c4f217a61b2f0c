"""The Kubernetes programs: found in KUBEBUILDER_ASSETS or a cache, or built from Go modules."""

from sigopt_sandbox.programs.catalogue import ALL, ProgramsError
from sigopt_sandbox.programs.find import Programs, find

__all__ = ["ALL", "Programs", "ProgramsError", "find"]
