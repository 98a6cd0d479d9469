"""``python -m experiments``: what each experiment answers, in one line."""

import ast
from pathlib import Path


def experiments() -> dict[str, str]:
    """The first line of every experiment's documentation, by name."""
    answers = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        if '__name__ == "__main__"' in text:
            answers[path.stem] = (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]
    return answers


if __name__ == "__main__":
    for name, answer in experiments().items():
        print(f"python -m experiments.{name}\n    {answer}")
    print("\nEach takes --help.")
