"""What is where in a sandbox's directory, and the lock that says whether it runs."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sigopt_sandbox.launcher.errors import SandboxError


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
    def lock(self) -> Path:
        """Locked, and holding the supervisor's pid, while the supervisor runs."""
        return self.directory / "lock"

    def holder(self) -> int | None:
        """The pid of the supervisor that runs here, None if none does.

        A state.json proves nothing: a killed supervisor leaves it, but the kernel drops its lock.
        """
        try:
            with self.lock.open() as lock:
                if _try_lock(lock, fcntl.LOCK_SH):
                    return None
                return int(lock.read() or 0)
        except FileNotFoundError:
            return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for this process; SandboxError when another one does."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.lock.open("a+") as lock:
            if not _try_lock(lock, fcntl.LOCK_EX):
                raise SandboxError(f"a sandbox is running or being started in {self.directory}")
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def remove_secrets(self) -> None:
        """Remove what is of no use once the sandbox ended: all but the logs."""
        self.state.unlink(missing_ok=True)
        self.kubeconfig.unlink(missing_ok=True)
        for directory in (self.etcd, self.management, self.aws, self.directory / "clusters"):
            shutil.rmtree(directory, ignore_errors=True)

    def clear(self) -> None:
        """Remove what an earlier sandbox left here."""
        self.remove_secrets()
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir()


def _try_lock(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
