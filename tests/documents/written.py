"""What the documents tell a reader to run: commands and Python blocks of README, docs, experiments and configs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]

_SHELL = ("sh", "bash", "console", "shell")
_COMMAND = re.compile(r"(python|make|printf|cp) \S")
_INLINE = re.compile(r"(python -m experiments|make \w)")
_SAVED = re.compile(r"# (\w+\.py)$")


class Written(NamedTuple):
    """One thing to run: a ``command`` of a shell, a ``python`` block, or a ``file`` to save (its name first)."""

    source: str
    kind: str
    text: str


def written() -> list[Written]:
    """All of it in the order of reading, each command once."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = [ROOT / "docs" / f"{name}.md" for name in re.findall(r"^(\w[\w-]*)$", index, re.MULTILINE)]
    pages = [ROOT / "README.md", *(page for page in listed if page.is_file())]
    pages += sorted(set((ROOT / "docs").glob("*.md")) - set(pages))
    modules = [*sorted((ROOT / "experiments").glob("*.py")), *sorted((ROOT / "configs").glob("*.py"))]
    found = [
        *(each for page in pages for each in of_page(page)),
        *(each for path in modules for each in of_module(path)),
    ]
    first: dict[tuple[str, str], Written] = {}
    for each in found:
        first.setdefault((each.kind, each.text), each)
    return list(first.values())


def of_page(path: Path) -> list[Written]:
    """The commands and blocks of a Markdown page; a page with a prompt (``>>>``) is one doctest."""
    source, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    found, prompts, plain = [], False, []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        language = token.info.split()[0] if token.type == "fence" and token.info else ""
        if language == "python" and ">>> " in token.content:
            prompts = True
        elif language == "python" and (saved := _SAVED.match(token.content.splitlines()[0])):
            found.append(Written(source, "file", f"{saved[1]}\n{token.content}"))
        elif language == "python":
            plain.append(token.content)
        elif token.type == "fence" and (language in _SHELL or (not language and _COMMAND.match(token.content))):
            found += [Written(source, "command", line) for line in commands(token.content)]
        for inner in token.children or ():
            if inner.type == "code_inline" and _INLINE.match(inner.content) and "$" not in inner.content:
                found.append(Written(source, "command", inner.content))
    if plain:
        found.insert(0, Written(source, "python", "\n".join(plain)))
    if prompts:
        found.insert(0, Written(source, "command", f"python -m doctest {source}"))
    return found


def of_module(path: Path) -> Iterator[Written]:
    """The commands in a module's documentation: lines of their own, or after ``Command:``."""
    for line in commands(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""):
        command = line.removeprefix("Command:").strip()
        if command.startswith("python -m experiments."):
            yield Written(str(path.relative_to(ROOT)), "command", command)


def commands(text: str) -> list[str]:
    """The lines of ``text`` without comments, those that end in a backslash joined."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = (re.sub(r"(^|\s)#\s.*", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]
