"""The page of the live explorer: the frame that all pages share, and a script that asks the server and draws."""

from collections.abc import Mapping as Dictionary
from typing import Any

from markupsafe import Markup

from eyeriss_jax.report.explorer.parts import PARTS
from eyeriss_jax.report.page.frame import embedded_json, policy, provenance_line
from eyeriss_jax.report.page.layers import HEADINGS
from eyeriss_jax.report.page.templating import rendered, text_of
from eyeriss_jax.report.steps import STEPS

_STYLES = ("page/templates/frame.css", "page/templates/eyexam.css", "explorer/templates/explorer.css")
_SCRIPTS = (
    "page/templates/tables.js", "page/templates/tips.js", "page/templates/staircase.js",
    "explorer/templates/explorer.js",
)  # fmt: skip


def explorer_page(title: str, explored: Dictionary[str, Any], provenance: Dictionary[str, Any], socket: str) -> Markup:
    """The page.

    Args:
        title: network and accelerator.
        explored: what the script begins with: controls, layers, the first state and its answer.
        provenance: ``config``, ``git_revision`` and ``versions`` behind it.
        socket: where the page may connect to, such as ``ws://127.0.0.1:8642``; nowhere else.
    """
    known = {**explored, "parts": {part: name for part, (name, _) in PARTS.items()}, "steps": [s.label for s in STEPS]}
    return rendered(
        "explorer/templates/explorer.html",
        policy=policy(connects=socket),
        title=title,
        headings=(*HEADINGS[:1], ("Against the pin", ""), *HEADINGS[1:]),
        provenance=provenance_line(provenance),
        data={"explored": embedded_json(known)},
        style=Markup("\n").join(Markup(text_of(name)) for name in _STYLES),
        script=Markup("\n").join(Markup(text_of(name)) for name in _SCRIPTS),
        parts={part: name for part, (name, _) in PARTS.items()},
    )
