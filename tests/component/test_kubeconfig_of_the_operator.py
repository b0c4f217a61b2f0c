"""A kubeconfig that is none is told in one line, with nothing of what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigopt_operator.runtime.connection import aio_api_client, configuration, namespace_of
from sigopt_operator.runtime.errors import ManagementApiError

SECRET = "hunter2"
NONE = {
    "no YAML": f"users: [{{token: {SECRET}",
    "a text": SECRET,
    "a list": f"[{SECRET}]",
    "no contexts": f"current-context: a\nusers: {SECRET}\ncontexts: {SECRET}\n",
    "contexts of another kind": f"current-context: a\ncontexts: [{{name: a, context: {SECRET}}}]\n",
    "nothing": "",
    "bytes": "\x00",
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
async def test_what_is_no_kubeconfig_is_told_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    for look in (configuration, namespace_of):
        with pytest.raises(ManagementApiError, match=r"^no management cluster") as told:
            look(path)
        assert SECRET not in str(told.value)
    with pytest.raises(ManagementApiError, match=r"^no management cluster") as told:
        await aio_api_client(path)
    assert SECRET not in str(told.value)


def test_the_line_is_named_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("users:\n- [a\n")
    with pytest.raises(
        ManagementApiError, match=rf"{path} is no kubeconfig \(ParserError, line 3\)"
    ):
        configuration(path)


def test_a_directory_is_none(tmp_path: Path) -> None:
    with pytest.raises(ManagementApiError, match="is no kubeconfig"):
        configuration(tmp_path)
