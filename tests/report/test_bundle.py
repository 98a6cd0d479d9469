"""The report folder holds everything it promises."""

from eyeriss_jax.report import write_report
from tests.report.fake_results import fake_result, many_layers


def test_every_file_is_written_and_named(tmp_path):
    result = fake_result(many_layers(2))
    paths = write_report(result, {"network": "tinynet"}, tmp_path, ("png", "svg", "column"))
    assert [path.name for path in paths[:3]] == ["report.html", "summary.json", "mappings.yaml"]
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    assert {"staircase.png", "staircase.svg", "roofline.png", "roofline.svg"} <= {path.name for path in paths}
    assert {"energy.svg", "dram.png", "array.png", "array_column.pdf", "mapping.svg"} <= {path.name for path in paths}
