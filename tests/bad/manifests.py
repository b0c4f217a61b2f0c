"""Manifests that are wrong, each in another way, and that the API server refuses by itself.

They are beside the rules' own cases (`tests/crd_cases.py`, `tests/crd_edits.py`), not the same
again: what people and machines get wrong about types, text, size, YAML and metadata, and what
somebody would write who wants more than is theirs.
"""

from tests.bad.documents import FIELDS, METADATA, YAML
from tests.bad.injections import INJECTED
from tests.bad.texts import SIZE, TEXT
from tests.bad.types import TYPES

BAD_MANIFESTS = (*TYPES, *TEXT, *SIZE, *INJECTED, *FIELDS, *YAML, *METADATA)
