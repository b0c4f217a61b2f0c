"""`make bench-scale` runs, whatever it measures: a tiny one, whose figures nobody reads."""

import subprocess
import sys
from pathlib import Path

from bench.report import BEGIN, END

ROOT = Path(__file__).parents[2]
TINY = (
    *("--sizes", "2", "--others", "1", "--speed", "1200"),
    *("--together", "1200", "--fast", "1200"),
    *("--window", "6", "--profile", "1"),
)


def test_the_benchmark_measures_edits_creations_and_clusters_that_stand(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    done = subprocess.run(
        [sys.executable, "-m", "bench.scale", *TINY, "--write", str(page)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = page.read_text()
    for told in (
        "time to Ready by AWS's own, one alone",
        "while 1 are created",
        "first act in AWS",
        "\n| 2 |",
        "where the CPU goes",
    ):
        assert told in report, report
