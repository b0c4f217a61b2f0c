"""What is remembered of a cluster is what was read, and much smaller."""

from __future__ import annotations

import tracemalloc

from tests.fakes import world as w

from sigopt_operator.observe.packed import Packed
from sigopt_operator.plan.snapshot import Snapshot


def test_what_is_unpacked_is_what_was_packed() -> None:
    seen = w.finished()
    assert seen.installed
    assert seen.stack
    assert Packed.of(seen).unpacked() == seen


def test_it_takes_a_small_part_of_what_it_took() -> None:
    packed = Packed.of(w.finished())
    assert len(packed.data) < _memory_of(packed) / 4


def _memory_of(packed: Packed) -> int:
    """Bytes."""
    tracemalloc.start()
    try:
        seen: Snapshot = packed.unpacked()
        assert seen.installed
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
