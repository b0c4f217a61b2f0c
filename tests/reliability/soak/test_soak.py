"""A few lives under all faults at once; `make soak` lives two hundred."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.lab import laboratory
from tests.reliability.soak.figures import BUG
from tests.reliability.soak.lives import life
from tests.reliability.soak.soak import soaking

SEED = 12
LIVES = (3, 5, 7, 10, 14, 17)
SPEED = 120.0


def test_lives_under_all_faults_end_as_wished_and_leave_nothing(tmp_path: Path) -> None:
    lives = [life(SEED, number) for number in LIVES]
    with (
        laboratory(tmp_path, SPEED) as lab,
        soaking(lab, len(lives), SEED, say=lambda _: None) as soak,
    ):
        soak.run(lives)
        met = soak.met()
    assert {each.life.name: each.faults for each in soak.lived if each.faults} == {}
    assert all(each.converged for each in soak.lived)
    assert len(soak.lived) == len(lives)
    for fault in ("throttled", "failed", "lost", "reset", "truncated"):
        assert met[f"AWS: {fault}"]
        assert met[f"Kubernetes: {fault}"]
    (sample,) = soak.samples
    assert (sample.queued, sample.running, sample.resources) == (0, 0, 0)
    assert BUG not in soak.operator.log.read_text()
