"""The documentation: ``make docs`` builds it strictly, every warning and every broken reference an error."""

import inspect
import sys
from pathlib import Path
from typing import Any

import eyeriss_jax

sys.path.insert(0, str(Path(__file__).parent))
import field_tables

project = "eyeriss_jax"
author = "The eyeriss_jax authors"
copyright = author
release = version = eyeriss_jax.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.apidoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
html_theme = "furo"
html_title = "eyeriss_jax"
html_static_path: list[str] = []
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# One page per module, made from the docstrings.
apidoc_modules = [{"path": "../eyeriss_jax", "destination": "api/", "separate_modules": True, "module_first": True}]
autodoc_member_order = "bysource"
autodoc_default_options = {"ignore-module-all": True}  # a name is documented where it is defined, once
autodoc_typehints = "none"  # signatures show them; as references they would name other projects' private modules
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpicky = True
# What other projects document; nothing is fetched to resolve it.
nitpick_ignore_regex = [(r"py:.*", r"(?!eyeriss_jax).*")]


def skip_namesakes(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool:
    """Leaves out a function that has the dotted name of a module, which is documented instead."""
    return skip or (inspect.isfunction(obj) and f"{obj.__module__}.{name}" in sys.modules)


def fill_tables(app: Any, page: str, source: list[str]) -> None:
    """Puts tables that are made from the specifications in their places."""
    if page in field_tables.PAGES:
        source[0] = field_tables.filled(source[0])


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("source-read", fill_tables)
    app.connect("autodoc-skip-member", skip_namesakes)
