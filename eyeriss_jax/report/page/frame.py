"""The frame that every page of this package shares: head, headline, tiles, sections, and a footer with provenance.

A page is one file that opens offline. Style, script, pictures and data are all inside, and its content security
policy forbids the browser to fetch anything. Tables of ``sortable_table`` (templates/tables.html) sort and filter; any
element with ``data-tip`` has a tooltip; the data behind the page can be saved from it.
"""

import json
import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from eyeriss_jax.report.page.templating import rendered, text_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
_SCRIPTS = tuple(f"page/templates/{name}.js" for name in ("tables", "tips", "download"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of a page under a heading; ``intro`` is a paragraph below it.

    ``id`` is what links lead to; by default the words of the title with dashes.
    """

    title: str
    body: Markup
    intro: str | Markup = ""
    id: str = ""

    @property
    def anchor(self) -> str:
        """The id of the section's element."""
        return self.id or re.sub(r"\W+", "-", self.title.lower()).strip("-")


def render_frame(
    *,
    title: str,
    kicker: str,
    headline: str,
    tiles: Sequence[tuple[str, str]],
    sections: Sequence[Section],
    data: Dictionary[str, Any],
    extras: Dictionary[str, Any] | None = None,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> Markup:
    """A whole page.

    Args:
        title: the page's name, as text.
        kicker: what kind of page it is, a few words above the title.
        headline: the finding in a sentence or two, as text.
        tiles: (name, number with unit) of the few figures to show first.
        sections: the body, in order.
        data: the summary behind the page: embedded, offered for saving, and its ``git_revision``, ``versions`` and
            ``config`` make the footer.
        extras: further data for the scripts, each embedded as JSON in an element with its name as id.
        styles: further style sheets, as text.
        scripts: further scripts, as text; they run after those of the frame.
    """
    return rendered(
        "page/templates/frame.html",
        policy=policy(),
        title=title,
        kicker=kicker,
        headline=headline.replace(" %", "\u00a0%"),
        tiles=[(name, _kept_together(value)) for name, value in tiles],
        sections=sections,
        provenance=provenance_line(data),
        data={name: embedded_json(value) for name, value in {"summary": data, **(extras or {})}.items()},
        style=Markup("\n").join(map(Markup, (text_of("page/templates/frame.css"), *styles))),
        script=Markup("\n").join(map(Markup, (*map(text_of, _SCRIPTS), *scripts))),
    )


def policy(connects: str = "") -> Markup:
    """What a browser may do for a page: fetch nothing, and connect to nothing but ``connects``."""
    return Markup(f"{_POLICY}; connect-src {connects}" if connects else _POLICY)


def _kept_together(value: str) -> str:
    """A number with its unit, or several between bars, so that a line may end after a bar only."""
    return " | ".join(each.replace(" ", "\u00a0") for each in value.split(" | ")).replace(" |", "\u00a0|")


def provenance_line(data: Dictionary[str, Any]) -> str:
    """What produced a page: the configuration, the revision and the versions that its summary holds."""
    config = ", ".join(f"{name}={value}" for name, value in data.get("config", {}).items() if value not in ("", None))
    revision = f"revision {data['git_revision']}" if data.get("git_revision") else ""
    versions = ", ".join(f"{name} {version}" for name, version in data.get("versions", {}).items() if version)
    return " · ".join(part for part in (config, revision, versions) if part)


def embedded_json(data: Any) -> Markup:
    """``data`` as JSON that no HTML parser can take for a tag: every ``<`` is an escape."""
    return Markup(json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))
