"""`make demo`: from `kubectl apply` to Ready, and back to nothing, in a sandbox of its own.

Exit status 0 and a last line `demo: passed`, or 1 and the reason. With --keep: a sandbox in
.sandbox with the operator in it, left running; with --end: that one ended.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sigopt_sandbox.installed import calls, end_left_running, install
from sigopt_sandbox.launcher import Sandbox, SandboxError, running, up
from sigopt_sandbox.processes import Child, ProcessError, stop

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "demo" / "tiny-cluster.yaml"
KEPT = ROOT / ".sandbox"
SOC = ("soc", "tiny-cluster", "-n", "ml")
TIMEOUT = "--timeout=170s"


class DemoError(Exception):
    """The demo did not show what it promises; the text is the reason."""


@dataclass(frozen=True)
class Stage:
    """The terminal on which the demo types."""

    sandbox: Sandbox
    env: dict[str, str]

    def types(self, *command: str, quiet: bool = False) -> str:
        """Run a command as a person would, showing it and its output; DemoError if it fails."""
        if not quiet:
            print(f"\n$ {' '.join(command)}", flush=True)
        done = subprocess.run(
            command, env=self.env, text=True, capture_output=True, timeout=200, check=False
        )
        if not quiet:
            print(done.stdout, end="", flush=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            raise DemoError(f"`{' '.join(command)}` ended with {done.returncode}")
        return done.stdout

    def watches_until(self, *condition: str) -> None:
        """Show `kubectl get soc -w` until `kubectl wait` says that the condition holds."""
        command = ("kubectl", "get", *SOC, "-w")
        print(f"\n$ {' '.join(command)}", flush=True)
        with subprocess.Popen(command, env=self.env) as watching:
            try:
                self.types("kubectl", "wait", *SOC, *condition, TIMEOUT, quiet=True)
            finally:
                watching.terminate()


def say(line: str) -> None:
    """Tell the audience what comes."""
    print(f"\n== {line}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave a sandbox running")
    parser.add_argument("--end", action="store_true", help="end the one that was left running")
    options = parser.parse_args(argv)
    try:
        if options.keep or options.end:
            return keep() if options.keep else end()
        demo()
    except (DemoError, SandboxError, ProcessError, subprocess.SubprocessError) as error:
        print(f"demo: failed: {error}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", flush=True)
        return 130
    print("\ndemo: passed", flush=True)
    return 0


def demo() -> None:
    """The whole life of one cluster."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sigopt-demo-") as directory:
        say("a sandbox: a real Kubernetes API, and an AWS whose minutes take seconds")
        with running(Path(directory) / "sandbox", 60, "real", print) as sandbox:
            say("the operator, as deploy/base installs it, with its own RBAC and IAM policy")
            installed = install(sandbox, ROOT / "deploy")
            operator = installed.run()
            try:
                stage = Stage(sandbox, _environment(sandbox, Path(directory)))
                play(stage)
                _memory(operator)
            except BaseException:
                print(f"\nthe operator's last words:\n{operator.last_lines(30)}", file=sys.stderr)
                raise
            finally:
                stop([operator])
    print(f"\nit took {time.monotonic() - began:.0f} s", flush=True)


def play(stage: Stage) -> None:
    """Apply, Ready, a colleague, a run on a GPU, an edit, deletion, and nothing left."""
    stage.types("kubectl", "create", "namespace", "ml")
    stage.sandbox.reset_calls()
    stage.types("kubectl", "apply", "-f", str(MANIFEST.relative_to(ROOT)))
    stage.watches_until("--for=condition=Ready")
    created = sum(calls(stage.sandbox).values())
    stage.types("kubectl", "describe", *SOC)

    say("is it there for me? as myself, by the cluster's access role, link by link")
    stage.types("sigopt-operator", "test", "tiny-cluster", "-n", "ml")
    colleague = share(stage)
    train(colleague)

    say("an edit, as a colleague would make it: more room for the cpu pool")
    patch = '{"spec": {"cpu": {"maxNodes": 5}}}'
    stage.types("kubectl", "patch", *SOC, "--type=merge", "-p", patch)
    stage.watches_until("--for=jsonpath={.status.pools[1].maxNodes}=5")
    stage.watches_until("--for=condition=Ready")

    say("deletion: everything that was made, and nothing else")
    stage.types("kubectl", "delete", *SOC, "--wait=false")
    stage.watches_until("--for=delete")
    _colleague_leaves(stage, colleague)
    _nothing_left(stage.sandbox)
    say(
        f"AWS calls: {created} until Ready, {sum(calls(stage.sandbox).values())} for its whole life"
    )


def share(stage: Stage) -> Stage:
    """Let a colleague in, who then types what the status says; their terminal."""
    say("a colleague: an IAM user like any other, let in by an edit")
    arn = f"arn:aws:iam::{stage.sandbox.state.account}:user/colleague"
    stage.types("aws", "iam", "create-user", "--user-name", "colleague", quiet=True)
    key = json.loads(
        stage.types("aws", "iam", "create-access-key", "--user-name", "colleague", quiet=True)
    )["AccessKey"]
    addition = json.dumps([{"op": "add", "path": "/spec/access/principals/-", "value": arn}])
    stage.types("kubectl", "patch", *SOC, "--type=json", "-p", addition)
    stage.watches_until("--for=condition=Ready")
    command = stage.types("kubectl", "get", *SOC, "-o", "jsonpath={.status.connectCommand}")
    say("what they type, with their own key: the command that the status told")
    env = stage.env | {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "KUBECONFIG": stage.env["KUBECONFIG"] + ".colleague",
    }
    theirs = Stage(stage.sandbox, env)
    theirs.types(*command.split())
    theirs.types("kubectl", "get", "nodes")
    return theirs


def _colleague_leaves(stage: Stage, colleague: Stage) -> None:
    user = ("--user-name", "colleague")
    key = colleague.env["AWS_ACCESS_KEY_ID"]
    stage.types("aws", "iam", "delete-access-key", *user, "--access-key-id", key, quiet=True)
    stage.types("aws", "iam", "delete-user", *user, quiet=True)


def train(colleague: Stage) -> None:
    """A run that wants a GPU, of which there is none: its pool grows from zero."""
    say("a training run that wants a GPU; its pool has no node yet")
    run = ("-n", "orchestrate")
    colleague.types(
        "kubectl", "apply", "-f", str((ROOT / "demo" / "gpu-run.yaml").relative_to(ROOT))
    )
    colleague.types("kubectl", "wait", *run, "job/train", "--for=condition=Complete", TIMEOUT)
    colleague.types("kubectl", "get", *run, "pods", "-o", "wide")
    colleague.types("kubectl", "get", "nodes", "-L", "orchestrate.sigopt.com/node-group-type")
    events = (
        "events",
        *run,
        "-o",
        "custom-columns=REASON:.reason,MESSAGE:.message",
    )
    told = colleague.types("kubectl", "get", *events)
    if "TriggeredScaleUp" not in told:
        raise DemoError("cluster-autoscaler did not say that it added a node")


def keep() -> int:
    """Leave a sandbox running with the operator in it, and say what to type."""
    sandbox = up(KEPT, 60, "real", print)
    end_left_running(sandbox)
    install(sandbox, ROOT / "deploy").leave_running()
    print(
        "\nA sandbox runs in .sandbox with the operator in it. Type:\n\n"
        f'  export PATH="{ROOT}/.venv/bin:$PATH"\n'
        '  eval "$(sandbox env)"\n'
        "  kubectl create namespace ml\n"
        "  kubectl apply -f demo/tiny-cluster.yaml\n"
        "  kubectl get soc -n ml -w\n\n"
        "The operator's log is .sandbox/operator/operator.log; `make sandbox-down` ends both."
    )
    return 0


def end() -> int:
    """End the sandbox that `keep` left running, and the operator in it."""
    sandbox = Sandbox.load(KEPT)
    end_left_running(sandbox)
    sandbox.down()
    return 0


def _environment(sandbox: Sandbox, directory: Path) -> dict[str, str]:
    """A person's: an administrator's kubeconfig and access key, and no other AWS settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | sandbox.env()
    # The aws CLI and kubectl keep caches and configuration under the home directory.
    return env | {"HOME": str(directory), "AWS_PAGER": ""}


def _nothing_left(sandbox: Sandbox) -> None:
    left = sandbox.leaks()
    print(f"\n$ sandbox leaks\n{left}", flush=True)
    if left:
        raise DemoError("something was left in AWS")


def _memory(operator: Child) -> None:
    status = Path(f"/proc/{operator.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    print(f"the operator's memory: {int(resident.split()[1]) // 1024} MiB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
