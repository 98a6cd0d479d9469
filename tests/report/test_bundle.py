"""The report folder holds everything it promises."""

from eyeriss_jax.report import MOST_DRAWN, write_report
from tests.report.fake_results import fake_result, many_layers


def test_every_file_is_written_and_named(tmp_path):
    result = fake_result(many_layers(2))
    paths = write_report(result, {"network": "tinynet"}, tmp_path, ("png", "svg", "column"))
    assert [path.name for path in paths[:3]] == ["report.html", "summary.json", "mappings.yaml"]
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    assert {"staircase.png", "staircase.svg", "roofline.png", "roofline.svg"} <= {path.name for path in paths}
    assert {"energy.svg", "dram.png", "array.png", "array_column.pdf", "mapping.svg"} <= {path.name for path in paths}


def test_thousands_of_layers_have_data_and_no_drawings(tmp_path):
    paths = write_report(fake_result(many_layers(MOST_DRAWN + 1)), {"network": "tinynet"}, tmp_path)
    assert [path.name for path in paths] == ["summary.json", "mappings.yaml", "accelerator.yaml"]
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
