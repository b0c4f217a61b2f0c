"""The image: there is no container engine here, so its recipe is read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sigopt_sandbox.installed import IN_THE_IMAGE

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_it_does_not_run_as_root_and_says_so_with_a_number() -> None:
    (user,) = re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_its_base_has_a_version_and_can_be_named_by_a_digest() -> None:
    (default,) = re.findall(r"^ARG PYTHON_IMAGE=(.*)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim", default)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_nothing_secret_is_in_it() -> None:
    """No key as an argument or a variable of the image: both stay in its layers."""
    assert re.findall(r"(?im)^(?:ARG|ENV) .*(?:key|secret|token|password)", DOCKERFILE) == []


def test_the_bases_pip_is_taken_from_the_last_stage_and_what_would_unpack_another() -> None:
    """By root, and by the base's `python`: that of the operator has no pip to take away."""
    last = re.sub(r"\s*\\\n\s*", " ", DOCKERFILE).rpartition("\nFROM ")[2]
    as_root, _, _ = last.partition("\nUSER ")
    taken = "RUN python -m pip uninstall --yes pip && rm -rf /usr/local/lib/python3*/ensurepip\n"
    assert taken in as_root
    assert "ENV " not in as_root


def test_the_operator_in_the_sandbox_runs_with_what_the_image_sets() -> None:
    for name, value in IN_THE_IMAGE.items():
        assert re.search(rf"^(?:ENV|   ) .*{name}={value}\b", DOCKERFILE, re.MULTILINE)


def test_every_library_is_pinned_with_its_hash() -> None:
    commands = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    installs = re.findall(r"pip install .*?(?:$| && )", commands, re.MULTILINE)
    assert installs
    for install in installs:
        assert "--require-hashes" in install or "--no-deps /wheels/" in install


@pytest.mark.parametrize("source", re.findall(r"^COPY ((?!--from)\S.*) \S+$", DOCKERFILE, re.M))
def test_what_it_copies_is_not_ignored(source: str) -> None:
    kept = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    assert set(source.split()) <= set(kept)
