"""The YAML of a kubeconfig: nothing of it computes, multiplies, names a type, or is quoted."""

from __future__ import annotations

import pytest

from sigopt_operator.cluster.custom.errors import KubeconfigError
from sigopt_operator.cluster.custom.text import MOST_BYTES, MOST_NODES, read_plain

LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


def test_scalars_are_the_text_that_stands_there() -> None:
    found = read_plain(b"a: 1e9999\nb: 2026-02-30\nc: 0o17\nd: yes\ne: ~\nf: 1:2:3\ng: [1, {h: 2}]")
    assert found == {
        "a": "1e9999",
        "b": "2026-02-30",
        "c": "0o17",
        "d": "yes",
        "e": None,
        "f": "1:2:3",
        "g": ["1", {"h": "2"}],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"\xff\xfe", "UTF-8", id="no text"),
        pytest.param(b"a: \x00", "no text that YAML can read", id="control characters"),
        pytest.param(b"a: [\nsecret-canary", "line 2 is no YAML", id="no YAML"),
        pytest.param(b"a: 1\n---\nb: 2", "is no YAML", id="two documents"),
        pytest.param(b"", "is no kubeconfig", id="nothing"),
        pytest.param(b"secret-canary", "is no kubeconfig", id="a word"),
        pytest.param(b"[a, b]", "is no kubeconfig", id="a list"),
        pytest.param(LAUGHS.encode(), "line 2 refers to another part", id="aliases that multiply"),
        pytest.param(b"&a a: *a", "alias", id="a ring"),
        pytest.param(b"a: !!python/name:os.system", "has a tag", id="a type of Python's"),
        pytest.param(b"a: !!binary secret-canary", "has a tag", id="a type of YAML's"),
        pytest.param(b"a: !!set {b, c}", "has a tag", id="a set"),
        pytest.param(b"? [a]\n: b", "key that is no text", id="a list as key"),
        pytest.param(b"~: b", "key that is no text", id="nothing as key"),
        pytest.param(b"a: 1\na: 2", "line 2 has the same key twice", id="the same key twice"),
        pytest.param(b"a: " + 20 * b"[" + 20 * b"]", "levels", id="too deep"),
        pytest.param(b"a: " + 200_000 * b"[", "levels", id="much too deep"),
        pytest.param(b"a: " + 40 * b"{b: ", "levels", id="too deep in mappings"),
        pytest.param(b"a: [" + MOST_NODES * b"b," + b"]", "parts", id="too many parts"),
        pytest.param(b"a: " + MOST_BYTES * b"b", "bytes", id="too large"),
    ],
)
def test_what_is_no_kubeconfig_is_said_with_its_line(text: bytes, words: str) -> None:
    with pytest.raises(KubeconfigError) as refused:
        read_plain(text)
    assert refused.value.fault.reason == "KubeconfigUnreadable"
    assert words in refused.value.fault.message
    assert "canary" not in refused.value.fault.message


def test_what_is_refused_leaves_nothing_of_the_text_in_a_traceback() -> None:
    with pytest.raises(KubeconfigError) as refused:
        read_plain(b"token: [\nsecret-canary")
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
