"""Where the Kubernetes programs come from: KUBEBUILDER_ASSETS, the cache, or a build."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sandbox.fake_go import FakeGo

from sigopt_sandbox.processes import wait_until
from sigopt_sandbox.programs import ALL, ProgramsError, find
from sigopt_sandbox.programs.build import cache_directory


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    """A go command that writes what it was asked into a file; an empty cache; no assets."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    fake = FakeGo.install(tmp_path / "go")
    monkeypatch.setenv("PATH", str(fake.directory))
    return fake


def put_programs(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_text("#!/bin/sh\n")
        (directory / name).chmod(0o755)
    return directory


def test_assets_that_have_everything_are_used_and_nothing_is_built(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = put_programs(tmp_path / "assets", *ALL)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    found = find()
    assert {path.parent for path in found.paths.values()} == {assets}
    assert go.built == []


def test_only_what_the_assets_lack_is_built_and_it_is_said(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = put_programs(tmp_path / "assets", "etcd", "kube-apiserver", "kubectl")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    said: list[str] = []
    found = find({"etcd", "kubectl", "kwok", "kube-scheduler"}, said.append)
    assert found.path("etcd") == assets / "etcd"
    assert found.path("kwok") == cache_directory() / "kwok"
    assert sorted(go.built) == ["kube-scheduler", "kwok"]
    assert "lacks kube-scheduler, kwok" in said[0]


def test_what_is_in_the_cache_needs_no_go(go: FakeGo) -> None:
    put_programs(cache_directory(), "etcd", "kubectl")
    go.remove()
    assert find({"etcd", "kubectl"}).path("etcd") == cache_directory() / "etcd"


def test_a_build_says_which_program_of_how_many_it_is_at(go: FakeGo) -> None:
    said: list[str] = []
    find({"etcd", "kubectl"}, said.append)
    assert said[0].startswith("building kubectl, etcd from source into ")
    assert said[1].startswith("[1 of 2] kubectl: building, typically ")
    assert said[2].startswith("[1 of 2] kubectl: built in ")
    assert said[3].startswith("[2 of 2] etcd: building, typically ")


def test_versions_are_stamped_and_paths_trimmed(go: FakeGo) -> None:
    find({"kubectl"}, lambda _: None)
    [arguments] = [call for call in go.calls if call.startswith("build")]
    assert "-X k8s.io/component-base/version.gitVersion=v1." in arguments
    assert "-X k8s.io/component-base/version.gitMajor=1" in arguments
    assert " -trimpath " in arguments


def test_a_build_that_fails_shows_what_go_said_and_resumes_where_it_was(go: FakeGo) -> None:
    go.fail_on("etcd", "undefined: something")
    with pytest.raises(ProgramsError, match=r"building etcd failed.*(?s:.)*undefined: something"):
        find({"kubectl", "etcd", "kwok"}, lambda _: None)
    assert go.built == ["kubectl"]
    go.fail_on("nothing", "")
    find({"kubectl", "etcd", "kwok"}, lambda _: None)
    assert go.built == ["kubectl", "etcd", "kwok"]


def test_a_build_that_is_killed_leaves_no_half_program_and_no_go(go: FakeGo) -> None:
    go.hang_on("etcd")
    builder = subprocess.Popen([sys.executable, "-m", "sigopt_sandbox.programs"])
    wait_until(go.is_hanging, what="a build of etcd")
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    wait_until(lambda: not go.is_hanging(), what="the end of the go command")
    assert not (cache_directory() / "etcd").exists()
    go.hang_on("nothing")
    find(say=lambda _: None)
    assert sorted(go.built) == sorted(ALL)
    assert list(cache_directory().glob(".*.partial")) == []


def test_two_builders_at_once_build_everything_once(go: FakeGo) -> None:
    builders = [subprocess.Popen([sys.executable, "-m", "sigopt_sandbox.programs"]) for _ in "ab"]
    assert [builder.wait() for builder in builders] == [0, 0]
    assert sorted(go.built) == sorted(ALL)


def test_the_stages_of_kwok_come_from_its_own_module(go: FakeGo) -> None:
    stages = find({"kwok"}, lambda _: None).kwok_stages
    assert stages is not None
    assert stages.read_text().split("---\n") == [
        "stage: node/fast\n",
        "stage: node/heartbeat-with-lease\n",
        "stage: pod/fast\n",
    ]


def test_assets_with_kwok_but_no_stages_get_them_too(
    go: FakeGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(put_programs(tmp_path / "assets", *ALL)))
    stages = find().kwok_stages
    assert stages is not None
    assert "stage: pod/fast" in stages.read_text()
    assert go.built == []


def test_without_go_the_message_says_what_to_install_and_what_else_to_do(go: FakeGo) -> None:
    go.remove()
    with pytest.raises(ProgramsError, match=r"needs Go 1\.\d+.*go\.dev/dl.*KUBEBUILDER_ASSETS"):
        find({"etcd"}, lambda _: None)


def test_a_go_that_is_too_old_is_named_with_what_is_needed(go: FakeGo) -> None:
    go.version("go1.20.14")
    with pytest.raises(ProgramsError, match=r"is go1\.20\.14; Go 1\.\d+.* or newer is needed"):
        find({"etcd"}, lambda _: None)


def test_the_command_prints_where_the_programs_are(go: FakeGo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sigopt_sandbox.programs"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{cache_directory()}\n"
    assert "[6 of 6] kwok: built" in done.stderr
