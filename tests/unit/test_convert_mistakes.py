"""A wrong cluster.yml gets every error at once, each with its line, and gives no key away."""

from pathlib import Path

import pytest

from sigopt_operator.api.cluster_yml import convert
from sigopt_operator.api.document import Unreadable
from sigopt_operator.cli import main

GOOD = """\
provider: aws
cluster_name: tiny-cluster
cpu:
  instance_type: t2.small
  max_nodes: 2
  min_nodes: 0
"""


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(Unreadable) as refused:
        convert(text)
    return [(each.line, each.message) for each in refused.value.mistakes]


def test_every_mistake_is_told_at_once_on_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cluster.yml"
    file.write_text(
        "provider: gcp\n"
        "cluster_name: 1tiny_cluster\n"
        "cpu:\n"
        "  instance_typ: t2.small\n"
        "  max_nodes: two\n"
        "  min_nodes: 0\n"
        "gpu: {instance_type: p2.xlarge, max_nodes: 2, min_nodes: 3}\n"
        "aws:\n"
        "  aws_secret_access_key: 5550123\n"
        "  additional_policies:\n"
        "  - arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n"
        "  - s3\n"
        "kubernetes_version: 1.20\n"
        "nodes: 3\n"
    )

    assert main(["convert", str(file)]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert "5550123" not in err
    lines = [line.removeprefix(f"{file}:") for line in err.splitlines()]
    expected = [
        "1: provider: must be 'aws' or 'custom'",
        "2: cluster_name: must begin with a letter and have only letters, digits and '-'",
        "3: cpu.instance_type: is required",
        "4: cpu.instance_typ: is no field here; did you mean instance_type?",
        "5: cpu.max_nodes: must be a whole number",
        "7: gpu.max_nodes: must not be below min_nodes: raise max_nodes or lower min_nodes",
        "9: aws.aws_secret_access_key: must be text: put it in quotes",
        "12: aws.additional_policies[1]: must be the ARN of an IAM policy",
        "13: kubernetes_version: must be text: put it in quotes (kubernetes_version: '1.20')",
        "14: nodes: is no field here (fields: provider, cluster_name, ",
    ]
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("", 1, "must be one mapping of fields", id="an empty file"),
        pytest.param("- provider\n", 1, "must be one mapping of fields", id="a list"),
        pytest.param(f"{GOOD}---\n{GOOD}", 1, "must be one mapping", id="two documents"),
        pytest.param("a: 1\nb: [1\nc: 2\n", 3, "is no YAML: expected ',' or ']'", id="no YAML"),
        pytest.param("a: \x01\n", 1, "is no text that YAML can read", id="control characters"),
        pytest.param("[" * 5000, 1, "is no text that YAML can read", id="nested without end"),
        pytest.param("a: 2026-02-30\n", 1, "is no text that YAML can read", id="no such date"),
        pytest.param("a: &x {b: *x}\n", 1, "refers to what it is part of", id="a ring"),
        pytest.param(f"{GOOD}3: 4\n", 7, "a key must be text", id="a number as a key"),
        pytest.param(f"{GOOD}? [a]\n: 4\n", 7, "a key must be text", id="a list as a key"),
        pytest.param(
            f"{GOOD}provider: custom\n",
            7,
            "provider: stands here a second time, first on line 1",
            id="a key twice",
        ),
        pytest.param(
            f"{GOOD}gpu: {{max_nodes: 1, max_nodes: 2}}\n",
            7,
            "max_nodes: stands here a second time, first on line 7",
            id="a key twice, further in",
        ),
        pytest.param(
            GOOD.replace("cluster_name: tiny-cluster\n", ""),
            1,
            "cluster_name: is required",
            id="no name",
        ),
        pytest.param(
            f"{GOOD}system: {{min_nodes: 0}}\n",
            7,
            "system.min_nodes: must be at least 1, because",
            id="no system node",
        ),
        pytest.param(
            f"{GOOD}aws: keys\n", 7, "aws: must be a mapping of fields", id="aws is no mapping"
        ),
        pytest.param(
            f"{GOOD}kubernetes_version: 1.20.3\n",
            7,
            "kubernetes_version: must be a minor version in quotes",
            id="a patch number",
        ),
        pytest.param(
            "provider: aws\ncluster_name: tiny\n", 1, "needs cpu or gpu (or both)", id="no pool"
        ),
    ],
)
def test_one_mistake(text: str, line: int, words: str) -> None:
    ((found_line, message),) = mistakes(text)

    assert words in message
    assert found_line == line


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("aws: {aws_secret_access_key: [hush}\n", id="no YAML"),
        pytest.param("aws: {aws_secret_access_key: 'hush}\n", id="a quote without end"),
        pytest.param(f"{GOOD}aws: {{aws_secret_acces_key: hush}}\n", id="a key's name mistyped"),
        pytest.param(f"{GOOD}aws: {{credentials_secret_ref: hush!}}\n", id="a key for a name"),
        pytest.param(f"{GOOD}aws: {{credentials_secret_ref: {{name: hush!}}}}\n", id="as a name"),
        pytest.param(f"{GOOD}aws: hush\n", id="a key for a mapping"),
        pytest.param(f"{GOOD}aws: {{additional_policies: [hush]}}\n", id="a key in a list"),
    ],
)
def test_no_error_gives_a_value_away(text: str) -> None:
    assert "hush" not in " ".join(message for _, message in mistakes(text))


def test_a_file_that_cannot_be_read_is_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin").write_bytes(b"\xff")

    assert main(["convert", str(tmp_path / "none")]) == 1
    assert main(["convert", str(tmp_path / "latin")]) == 1

    err = capsys.readouterr().err
    assert "cannot be read: No such file or directory" in err
    assert "is no text in UTF-8" in err


def test_a_name_that_kubernetes_refuses_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(tmp_path / "cluster.yml"), "--name", "Tiny_Cluster"])

    assert ended.value.code == 2
    assert "lower case letters, digits, '-' and '.'" in capsys.readouterr().err
