"""Refusals of the management cluster, in one line."""

import pytest

from sigopt_operator.runtime.errors import explained, told


@pytest.mark.parametrize(
    ("body", "line"),
    [
        pytest.param(
            '{"kind":"Status","message":"not\\nallowed"}', "403 Forbidden: not allowed", id="Status"
        ),
        pytest.param(b'{"message":"no"}', "403 Forbidden: no", id="bytes"),
        pytest.param(
            "<html>\n  bad gateway</html>", "403 Forbidden: <html> bad gateway</html>", id="a proxy"
        ),
        pytest.param(None, "403 Forbidden", id="nothing"),
        pytest.param("[]", "403 Forbidden: []", id="JSON of another form"),
    ],
)
def test_explained(body: str | bytes | None, line: str) -> None:
    assert explained(403, "Forbidden", body) == line


def test_an_error_without_words_is_told_by_its_name() -> None:
    """As asyncio's are when a time is over."""
    assert told(TimeoutError()) == "TimeoutError"
