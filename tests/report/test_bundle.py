"""The report folder holds everything it promises."""

from eyeriss_jax.report import write_report
from tests.report.fake_results import fake_result


def test_every_file_is_written_and_named(tmp_path):
    paths = write_report(fake_result(), {"network": "tinynet"}, tmp_path)
    assert [path.name for path in paths[:3]] == ["report.html", "summary.json", "mappings.yaml"]
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    assert {"staircase.png", "staircase.svg", "roofline.png", "roofline.svg"} <= {path.name for path in paths}
