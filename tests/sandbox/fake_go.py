"""A go command that builds a shell script where the real one builds a program."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1" in
env) cat "$here/version" ;;
mod) ;;
list) echo "$here/kwok-module" ;;
build)
    while [ "$1" != -o ]; do shift; done
    output=$2
    name=$(basename "$output" .partial); name=${name#.}
    echo half > "$output"
    if [ "$(cat "$here/fails")" = "$name" ]; then cat "$here/message" >&2; exit 1; fi
    if [ "$(cat "$here/hangs")" = "$name" ]; then echo $$ > "$here/pid"; exec sleep 600; fi
    printf '#!/bin/sh\\n' > "$output"
    echo "$name" >> "$here/built" ;;
esac
"""
_STAGES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")


@dataclass(frozen=True)
class FakeGo:
    """The command, in a directory that can be all of PATH: no other go is found."""

    directory: Path

    @classmethod
    def install(cls, directory: Path) -> FakeGo:
        """A go that is new enough and builds everything at once."""
        directory.mkdir()
        fake = cls(directory)
        (directory / "go").write_text(_SCRIPT)
        (directory / "go").chmod(0o755)
        for tool in ("basename", "cat", "dirname", "sleep"):
            (directory / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        fake.version("go1.99.0")
        fake.fail_on("nothing", "")
        fake.hang_on("nothing")
        for stage in _STAGES:
            folder = directory / "kwok-module" / "kustomize" / "stage" / stage
            folder.mkdir(parents=True)
            (folder / "kustomization.yaml").write_text("not a stage\n")
            (folder / "one.yaml").write_text(f"stage: {stage}\n")
        return fake

    @property
    def calls(self) -> list[str]:
        """The arguments of each call."""
        return self._lines("calls")

    @property
    def built(self) -> list[str]:
        """The programs that it finished building."""
        return self._lines("built")

    def version(self, version: str) -> None:
        """Be this version."""
        (self.directory / "version").write_text(f"{version}\n")

    def fail_on(self, program: str, message: str) -> None:
        """Refuse to build a program from now on."""
        (self.directory / "fails").write_text(program)
        (self.directory / "message").write_text(message)

    def hang_on(self, program: str) -> None:
        """Never finish building a program from now on."""
        (self.directory / "hangs").write_text(program)

    def is_hanging(self) -> bool:
        """Whether it runs and will not finish."""
        try:
            pid = (self.directory / "pid").read_text().strip()
            return bool(pid) and "sleep" in Path(f"/proc/{pid}/cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):  # the latter: it ended just now
            return False

    def remove(self) -> None:
        """Have no go on PATH."""
        (self.directory / "go").unlink()

    def _lines(self, name: str) -> list[str]:
        path = self.directory / name
        return path.read_text().splitlines() if path.exists() else []
