"""Statuses that nobody wrote but somebody may: the subresource is patched by who has the right."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from tests.generated.schema import values
from tests.generated.specs import SCHEMA

statuses: Final[st.SearchStrategy[dict[str, Any]]] = values(SCHEMA["properties"]["status"])
"""As the schema admits them."""
