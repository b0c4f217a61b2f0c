"""Where a simulated cluster's logs are: DIR/logs/clusters/<account>-<region>-<name>/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sigopt_sandbox.clusters.wanted import ClusterKey


@dataclass(frozen=True)
class ClusterLogs:
    """The log files of simulated clusters, under the sandbox's directory."""

    root: Path
    """DIR/logs/clusters."""

    def directory(self, key: ClusterKey) -> Path:
        """The cluster's own directory, made if need be."""
        directory = self.root / key.directory
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def authenticator(self, key: ClusterKey, line: str) -> None:
        """Add a line to what EKS calls the cluster's authenticator log."""
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        with (self.directory(key) / "authenticator.log").open("a") as file:
            file.write(f"time={when} {line}\n")
