"""Where the files of simulated clusters are, under the sandbox's directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sigopt_sandbox.clusters.wanted import ClusterKey


@dataclass(frozen=True)
class ClusterDirectories:
    """A sandbox's directory, as this process divides it by cluster."""

    root: Path

    def cluster(self, key: ClusterKey) -> Path:
        """DIR/clusters/<account>-<region>-<name>: keys and kubeconfig, for the owner only."""
        directory = self.root / "clusters" / key.directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return directory

    def logs(self, key: ClusterKey) -> Path:
        """DIR/logs/clusters/<account>-<region>-<name>: a file for each program."""
        directory = self.root / "logs" / "clusters" / key.directory
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def log_authenticator(self, key: ClusterKey, line: str) -> None:
        """Add a line to what EKS calls the cluster's authenticator log."""
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        with (self.logs(key) / "authenticator.log").open("a") as file:
            file.write(f"time={when} {line}\n")
