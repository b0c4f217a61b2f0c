"""How a patch changes an object: JSON merge patch, and server-side apply as a merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]


def merged(target: object, patch: object) -> Any:
    """RFC 7386: maps are merged, null removes, everything else (lists too) is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    base = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            base.pop(name, None)
        else:
            base[name] = merged(base.get(name), value)
    return base


def applied(target: Object, before: Object, now: Object) -> Object:
    """`target` after a manager that had applied `before` applies `now`.

    Fields it no longer applies are removed; lists belong to it as a whole.
    """
    result: Object = merged(_without(target, before, now), now)
    return result


def _without(target: Object, before: Object, now: Object) -> Object:
    kept: Object = {}
    for name, value in target.items():
        if name not in before:
            kept[name] = value
        elif name in now:
            nested = all(isinstance(one, dict) for one in (value, before[name], now[name]))
            kept[name] = _without(value, before[name], now[name]) if nested else value
        elif isinstance(value, dict) and isinstance(before[name], dict):
            rest = _without(value, before[name], {})
            kept |= {name: rest} if rest else {}
    return kept
