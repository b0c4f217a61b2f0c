"""Reading from files what goes wrong.

Of microburst's rules with the mistakes that it would pass over in silence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sigopt_sandbox.launcher.errors import SandboxError

KEYS = frozenset(
    "service operation region resource headers body"  # which requests
    " rate sequence probability deterministic times ttl_s active_at until"  # how many of them
    " error latency timeout timeout_ms reset respond response request corrupt".split()
)
"""What a rule for HTTP may say (https://pypi.org/project/microburst/, 0.10)."""


def read_rules(path: Path) -> list[dict[str, Any]]:
    """The rules of a YAML or JSON file: a list, or a microburst configuration with `rules`.

    Raises SandboxError, among others for a key that microburst does not know: it would apply the
    rest of the rule, to requests that were not meant.
    """
    content = _content(path)
    rules = content.get("rules") if isinstance(content, dict) else content
    if not isinstance(rules, list):
        raise SandboxError(f"{path} has no list of rules")
    return [_checked(rule, f"{path}: rule {number}") for number, rule in enumerate(rules, start=1)]


def read_climate(path: Path) -> Any:
    """The climate of a YAML or JSON file, which the sandbox itself checks; SandboxError."""
    return _content(path)


def _content(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SandboxError(f"cannot read {path}: {error}") from error


def _checked(rule: Any, where: str) -> dict[str, Any]:
    if not isinstance(rule, dict):
        raise SandboxError(f"{where} is no mapping")
    unknown = sorted(str(key) for key in rule if key not in KEYS)
    if unknown:
        raise SandboxError(f"{where} has {', '.join(unknown)}, which no rule has")
    return rule
