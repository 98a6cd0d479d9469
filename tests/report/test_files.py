"""File names made of layer names stay in their folder."""

import pytest

from eyeriss_jax.report.files import file_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("delivered_CONV1", "delivered_CONV1"),
        ("blocks/0/attn.query", "blocks-0-attn.query"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("..", "-"),
        ("C:\\x\0y", "C-x-y"),
        ("a" * 500, "a" * 120),
    ],
)
def test_file_name(text: str, name: str):
    assert file_name(text) == name
