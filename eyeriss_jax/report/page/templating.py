"""HTML by templates: jinja2 escapes every text that is not markup already, and what steers a reader is shown as �."""

import math
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eyeriss_jax.report.escape import visible


def rendered(template: str, **values: Any) -> Markup:
    """A template with ``values`` in it; ``template`` is its path in :mod:`eyeriss_jax.report`.

    Raises:
        jinja2.UndefinedError: the template names a value that is not there.
    """
    return Markup(_ENVIRONMENT.get_template(template).render(values))


def text_of(name: str) -> str:
    """A style sheet or script as it stands; ``name`` is its path in :mod:`eyeriss_jax.report`."""
    return resources.files("eyeriss_jax.report").joinpath(name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Names of others have characters for which HTML has no escape."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _sortable(value: float) -> str:
    """A number as JavaScript reads it."""
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, str(value))


_ENVIRONMENT = Environment(
    loader=PackageLoader("eyeriss_jax.report", ""),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["sortable"] = _sortable
