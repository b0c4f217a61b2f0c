"""The repository's Markdown, taken apart for tests."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(
    r"^(?:<!-- run: (?P<run>[^\n]*?) -->\n)?"
    r"(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
_BELOW = re.compile(r"^##+ (.*)$", re.MULTILINE)
"""Not of the first level: a comment in a block looks like that."""


@dataclass(frozen=True)
class Fence:
    """One block between ``` lines."""

    language: str
    text: str
    run: str | None
    """What the comment before it says of who runs it: `<!-- run: make -->`."""
    under: str
    """The heading before it, of the second level or below; empty before the first."""

    @property
    def commands(self) -> list[str]:
        """Its lines as a shell reads them: joined where they go on, without comments."""
        joined = re.sub(r"\\\n\s*", "", self.text)
        lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
        return [line for line in lines if line]


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def fences(self) -> list[Fence]:
        whole = self.text
        return [
            Fence(
                found["language"],
                textwrap.dedent(found["text"]),
                found["run"],
                ("", *_BELOW.findall(whole, 0, found.start()))[-1],
            )
            for found in _FENCE.finditer(whole)
        ]

    @property
    def prose(self) -> str:
        """The text without its fences."""
        return _FENCE.sub("", self.text)

    @property
    def inline_code(self) -> list[str]:
        return _INLINE.findall(self.prose)

    @property
    def links(self) -> list[str]:
        """Targets of links, those to other sites included."""
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """What `#...` may name in it, as GitHub makes it of headings."""
        return {_slug(heading) for heading in _HEADING.findall(self.prose)}

    @property
    def sections(self) -> list[str]:
        """The anchors of its sections, in order."""
        return [_slug(heading) for heading in _SECTION.findall(self.prose)]

    @property
    def commands(self) -> list[str]:
        """What it tells people to type, in shell blocks and in inline code."""
        typed = [line for each in self.fences if each.language == "sh" for line in each.commands]
        return typed + self.inline_code


def documents() -> list[Document]:
    """Every Markdown file of the repository, whoever wrote it."""
    return [Document(path) for path in sorted(_paths())]


def document(path: str) -> Document:
    return Document(ROOT / path)


def _paths() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for directory in ROOT.iterdir():
        if directory.is_dir() and not directory.name.startswith("."):
            yield from directory.rglob("*.md")


def _slug(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
