"""No core dump of this process: its memory holds the keys of every tenant.

Nor may another process of the same user look into it, or read its environment (proc(5), ptrace(2)).
"""

import ctypes
import resource
import sys
from typing import Final

PR_SET_DUMPABLE: Final = 4
"""prctl(2). A limit of zero alone does not do: a kernel that hands dumps to a program (a pipe in
core_pattern, as systemd has it) does not ask for it (core(5))."""


def forbid() -> None:
    """From now on, until the process ends; where the system is no Linux, the limit alone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
