"""state.json: everything that others need of a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sigopt_sandbox.kubernetes.kubeconfig import write_private

REGION = "us-west-2"
ACCOUNT = "111122223333"


@dataclass(frozen=True)
class State:
    """What state.json holds, under these names."""

    aws_url: str
    """The simulated AWS directly, with its admin API."""
    endpoint_url: str
    """The simulated AWS through microburst: what AWS_ENDPOINT_URL is set to."""
    etcd_url: str
    kubeconfig: str
    """A file: the administrator of the management cluster."""
    admin_kubeconfig: str
    """The same, which no user's command changes."""
    access_key_id: str
    secret_access_key: str = field(repr=False)
    """Of the IAM user sandbox-admin."""
    speed: float
    """How many times faster than AWS."""
    endpoints: str
    """"real", "light" or "none"."""
    programs: str
    """The directories of the Kubernetes programs, as PATH is written."""
    pids: Mapping[str, int]
    """The supervisor's and its children's, by name."""
    region: str = REGION
    account: str = ACCOUNT

    def write(self, path: Path) -> None:
        """Write the file with mode 0600, at once."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> State:
        """What `write` wrote."""
        content: dict[str, Any] = json.loads(path.read_text())
        return cls(**content)
