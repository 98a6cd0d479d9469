"""README names what there is: its lists of names are those of the registries, its experiments all of them."""

import re

import pytest
from markdown_it import MarkdownIt

from experiments.__main__ import experiments
from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.hardware.presets import ACCELERATORS, SCALED_ACCELERATORS
from eyeriss_jax.layers.networks import NETWORK_FAMILIES, NETWORKS
from eyeriss_jax.layers.sources import SOURCES
from eyeriss_jax.model.conventions import CONVENTIONS, FRAMEWORKS
from eyeriss_jax.search.objectives import OBJECTIVES
from tests.documents.written import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")

LISTS = {
    "--network": {*NETWORKS, *NETWORK_FAMILIES, *(f"{name}:{what}" for name, (_, _, what) in SOURCES.items())},
    "--accelerator": {*ACCELERATORS, *SCALED_ACCELERATORS, "<path>.yaml"},
    "--dataflow": set(DATAFLOWS),
    "--objective": set(OBJECTIVES),
    "--conventions": {*CONVENTIONS, *FRAMEWORKS},
}


def rows():
    """The cells of every row of README's tables, as inline tokens."""
    tokens = MarkdownIt("commonmark").enable("table").parse(TEXT)
    row = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(token)
        elif token.type == "tr_close":
            yield row


def code(token):
    return [inner.content for inner in token.children if inner.type == "code_inline"]


@pytest.mark.parametrize("flag", LISTS)
def test_a_flags_values_are_those_of_the_registry(flag):
    (values,) = [row[1] for row in rows() if code(row[0]) == [flag]]
    named = {name for name in code(values) if name not in ("natural", "sparse")}
    assert named == LISTS[flag]


def test_every_experiment_is_in_the_table():
    named = {
        match[1]
        for row in rows()
        for text in code(row[0])
        if (match := re.match(r"python -m experiments\.(\w+)", text))
    }
    assert named == set(experiments())


def test_links_lead_somewhere():
    inline = [token for token in MarkdownIt("commonmark").parse(TEXT) if token.type == "inline"]
    targets = [each.attrs.get("href", each.attrs.get("src")) for token in inline for each in token.children or ()]
    targets = [target for target in targets if target and "://" not in target]
    assert len(targets) > 8
    assert [target for target in targets if not (ROOT / target.split("#")[0]).exists()] == []
