"""One laboratory for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.reliability.lab import Lab, laboratory


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A sandbox with light endpoints, ten minutes of AWS's a second; runs go side by side."""
    with laboratory(tmp_path_factory.mktemp("lab")) as opened:
        yield opened
