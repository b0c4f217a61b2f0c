"""What is where in a sandbox's directory, and the lock that says whether it runs."""

from __future__ import annotations

import fcntl
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.launcher.errors import SandboxError

_FLOCK = struct.Struct("hhqqi4x")
"""Linux's `struct flock` with 64 bits: type, whence, start, length, pid."""


@dataclass(frozen=True)
class Layout:
    """The paths of one sandbox."""

    directory: Path
    """Absolute: the supervisor does not stay in the directory that it was started from."""

    @classmethod
    def of(cls, directory: Path | str) -> Layout:
        """The layout of a sandbox in `directory`."""
        return cls(Path(directory).absolute())

    @property
    def state(self) -> Path:
        """Everything that others need, mode 0600; there while the sandbox is ready."""
        return self.directory / "state.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's of the management cluster, for users to change as they like."""
        return self.directory / "kubeconfig"

    @property
    def logs(self) -> Path:
        """A log file per program; they stay when the sandbox ends."""
        return self.directory / "logs"

    @property
    def etcd(self) -> Path:
        """The data of etcd."""
        return self.directory / "etcd"

    @property
    def management(self) -> Path:
        """Certificates and keys of the management cluster."""
        return self.directory / "management"

    @property
    def aws(self) -> Path:
        """Where the simulated AWS runs."""
        return self.directory / "aws"

    @property
    def clusters(self) -> Path:
        """The programs' files of simulated EKS clusters."""
        return self.directory / "clusters"

    @property
    def lock(self) -> Path:
        """Locked while the supervisor runs; where it is, this directory is a sandbox's."""
        return self.directory / "supervisor.lock"

    def holder(self) -> int | None:
        """The pid of the supervisor that runs here, None if none does.

        The kernel is asked, who drops the lock of a process that ends: what a killed supervisor
        left in files proves nothing. Not for the supervisor itself, which would lose its lock.
        """
        try:
            with self.lock.open("rb") as lock:
                found = fcntl.fcntl(lock, fcntl.F_GETLK, _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
        except FileNotFoundError:
            return None
        kind, _, _, _, pid = _FLOCK.unpack(found)
        return None if kind == fcntl.F_UNLCK else int(pid)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for this process.

        SandboxError when another one does, or when the directory has files of somebody else's.
        """
        self._make()
        with self.lock.open("ab") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError) as error:
                raise SandboxError(
                    f"a sandbox is running or being started in {self.directory}"
                ) from error
            yield

    def remove_secrets(self) -> None:
        """Remove what is of no use once the sandbox ended: all but the logs."""
        if not self.lock.exists():
            return
        self.state.unlink(missing_ok=True)
        self.kubeconfig.unlink(missing_ok=True)
        for directory in (self.etcd, self.management, self.aws, self.clusters):
            shutil.rmtree(directory, ignore_errors=True)

    def clear(self) -> None:
        """Remove what an earlier sandbox left here."""
        self.remove_secrets()
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir()

    def _make(self) -> None:
        """Make the directory; what it has from an earlier sandbox may be removed, and only that."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.lock.exists() and any(self.directory.iterdir()):
            raise SandboxError(
                f"{self.directory} has files that are no sandbox's: name another directory"
            )
