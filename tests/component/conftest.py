"""What component tests share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.component.rounds import Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    """One resource, one reconciler, one AWS in memory."""
    with ThreadPoolExecutor(8) as executor:
        yield Rig(executor)
