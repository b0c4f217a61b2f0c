"""Starting and ending a sandbox, and the handle of one that runs."""

from sigopt_sandbox.launcher.errors import SandboxError
from sigopt_sandbox.launcher.sandbox import Sandbox
from sigopt_sandbox.launcher.start import running, up

__all__ = ["Sandbox", "SandboxError", "running", "up"]
