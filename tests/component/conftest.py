"""What component tests share."""

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.component.rounds import Rig

from sigopt_operator.runtime import logging as logs


@pytest.fixture
def rig() -> Iterator[Rig]:
    """One resource, one reconciler, one AWS in memory."""
    with ThreadPoolExecutor(8) as executor:
        yield Rig(executor)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs may be sent for one test."""
    root, levels = logging.getLogger(), {}
    handlers, level = list(root.handlers), root.level
    known = (*logs._AT_LEAST, logs.OURS)
    levels = {name: logging.getLogger(name).level for name in known}
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
