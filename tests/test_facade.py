"""The facade: every name has an example in its own documentation, and every example does what it says."""

import doctest
import inspect

import pytest

import eyeriss_jax as ej

# Names that are no functions or classes have their example in the facade's own documentation.
CONSTANTS = {name for name in ej.__all__ if not callable(getattr(ej, name))}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def run(name, text):
    """Runs the examples in ``text`` with the names of the facade at hand."""
    names = {each: getattr(ej, each) for each in ej.__all__}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    assert test.examples, f"{name} has no example"
    output = []
    doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=output.append)
    assert not output, "".join(output)


@pytest.mark.parametrize("name", sorted(set(ej.__all__) - CONSTANTS))
def test_every_name_has_an_example_that_holds(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # examples may write files
    run(name, inspect.getdoc(getattr(ej, name)) or "")


def test_the_package_shows_its_constants():
    text = ej.__doc__ or ""
    assert all(f"ej.{name}" in text for name in CONSTANTS)
    run("eyeriss_jax", text)
