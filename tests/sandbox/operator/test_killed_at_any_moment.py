"""An operator killed at any moment and started again goes on where AWS is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.sandbox.operator.people import SPEC, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import NAME, Installed
from sigopt_sandbox.processes import Child, stop

CLUSTER = "often-killed"


@contextmanager
def running(installed: Installed, person: Person) -> Iterator[Child]:
    """An operator for a while; the lease of one that was killed does not hold up the next."""
    person.kubectl.must("delete", "leases", "--all", "-n", NAME)
    child = installed.run()
    try:
        yield child
    finally:
        stop([child])


def test_a_creation_and_a_deletion_survive_kill_9_at_every_step(
    installed: Installed, person: Person
) -> None:
    person.apply(CLUSTER, SPEC)
    for step in (1, 2, 3, 5):
        with running(installed, person) as operator:
            _wait_for_parts(person, step)
            operator.process.kill()
    with running(installed, person) as operator:
        person.waits_until_ready(CLUSTER)
        person.delete(CLUSTER)
        person.waits(CLUSTER, lambda s: s["phase"] == "Deleting", "the deletion began")
        operator.process.kill()
    with running(installed, person) as operator:
        person.waits_until_gone(CLUSTER)
        operator.process.terminate()
        assert operator.process.wait(10) == 0
        assert "Traceback" not in operator.log.read_text()
    assert person.left_in_aws(CLUSTER) == []


def _wait_for_parts(person: Person, count: int) -> None:
    def done() -> bool:
        return int(person.status(CLUSTER).get("progress", {}).get("done", 0)) >= count

    eventually(done, lambda: f"{count} parts: {person.status(CLUSTER)}", within=120)
