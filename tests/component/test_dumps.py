"""The memory of the operator, which holds the keys of every tenant, is nobody else's to read."""

import subprocess
import sys

ASKED = """
import ctypes, resource
from sigopt_operator.runtime import dumps
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
dumps.forbid()
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_no_core_is_dumped_and_no_process_of_its_user_looks_into_it() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0", "0", "0"]
