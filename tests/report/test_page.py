"""The HTML page: well formed, self-contained, escaped, small, and it carries its own data."""

import html
import json
import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.report.page import render_page
from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.detail import detail
from eyeriss_jax.report.page.frame import Section, embedded_json, render_frame
from eyeriss_jax.report.summary import summary
from eyeriss_jax.report.table import Column, Table
from tests.report.fake_results import fake_result, many_layers

VOID = {"meta", "input", "br", "link", "img", "hr", "wbr"}
HOSTILE = 'a</script><script>alert("1")</script>&<b>'


class Page(HTMLParser):
    """Checks that tags nest, and collects ids, text by element and the embedded data."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def data(self):
        scripts = [text for tag, text in self.texts if tag == "script"]
        return json.loads(scripts[0])


@pytest.fixture(scope="module")
def result():
    return fake_result()


@pytest.fixture(scope="module")
def text(result):
    return render_page(result, summary(result, {"network": "tinynet"}))


def test_tags_nest_and_ids_are_unique(text):
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags[0][0] == "html"


def test_nothing_is_fetched(text):
    assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", text)
    for _, attributes in Page(text).tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def test_references_inside_figures_lead_somewhere(text):
    ids = set(Page(text).ids)
    targets = re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text)
    assert targets
    assert set(targets) <= ids


def test_data_round_trips(result, text):
    assert Page(text).data() == json.loads(json.dumps(summary(result, {"network": "tinynet"})))


def test_headline_bounds_reasons_and_certificates_are_there(result, text):
    plain = html.unescape(text)
    assert "inferences/s at 200 MHz" in plain
    assert "of the array's cycles are lost to" in plain
    for layer in result.layers:
        assert layer.layer.name in plain
        assert layer.limiter in plain
        assert layer.certificate in plain
        assert all(reason in plain for reason in layer.reasons)


def test_times_above_the_total_add_up_to_it(result):
    for layer in result.layers:
        times = re.search(r"<h3>Time \(cycles\)</h3>.*?<tbody>(.*?)<tr><th>total", detail(layer, result))
        assert times is not None
        shares = re.findall(r'<td class="number">(\d+) %</td>', times[1])
        assert sum(map(int, shares)) == pytest.approx(100, abs=len(shares) / 2)


def test_hostile_names_are_text():
    layers = (Layer(name=HOSTILE, M=8, C=8), Layer(name="fc", M=8, C=8))
    result = fake_result(layers, network=HOSTILE)
    text = render_page(result, summary(result, {"network": HOSTILE}))
    page = Page(text)
    assert "alert" not in " ".join(tag for tag, _ in page.tags)
    assert sum(tag == "script" for tag, _ in page.tags) == 3
    assert not any(tag == "b" for tag, _ in page.tags)
    assert page.data()["layers"][0]["name"] == HOSTILE


def test_embedded_json_holds_no_tag():
    assert "<" not in embedded_json({"a": "</script><!--"})
    assert json.loads(embedded_json({"a": "</script><!--"})) == {"a": "</script><!--"}


def test_sixty_layers_stay_below_three_megabytes():
    result = fake_result(many_layers(60))
    assert len(render_page(result, summary(result, {})).encode()) < 3e6


def test_every_mark_has_a_tooltip_and_every_layer_a_detail(result, text):
    page = Page(text)
    marks = [attributes for tag, attributes in page.tags if re.match(r"\w+-(part|dot)-\d", attributes.get("id") or "")]
    assert len(marks) > 2 * len(result.layers)
    assert all(attributes["data-tip"] for attributes in marks)
    linked = [
        attributes["data-layer"]
        for tag, attributes in page.tags
        if tag in ("tr", "article", "g") and "data-layer" in attributes
    ]
    assert set(linked) == {str(index) for index in range(len(result.layers))}
    assert sum(tag == "article" for tag, _ in page.tags) == len(result.layers)


def test_a_frame_holds_its_sections_and_says_what_produced_it():
    data = {"config": {"network": "<net>", "empty": ""}, "git_revision": "abc", "versions": {"jax": "1.2"}}
    sections = [
        Section(title="Pareto front", body=Markup("<p>body</p>")),
        Section(title="More", id="other", body=Markup()),
    ]
    text = render_frame(title=HOSTILE, kicker="k", headline="h", tiles=[("a", "<1 %")], sections=sections, data=data)
    page = Page(text)
    assert {"pareto-front", "other"} <= set(page.ids)
    footer = next(data for _, data in page.texts if "revision abc" in data)
    assert footer == "network=<net> · revision abc · jax 1.2"
    assert page.data() == data


def test_a_sortable_table_sorts_numbers_by_value():
    sizes = Column(header="size", cells=("12 k", "-"), values=(12.5, None))
    table = Table(name="t", title="", columns=(Column.of("n", "name", ["a", "<b>"], numeric=False), sizes))
    tags = Page(data_table(table, "t")).tags
    found = [attributes for tag, attributes in tags if tag == "td" and "data-value" in attributes]
    assert [each["data-value"] for each in found] == ["12.5", "-Infinity"]
    assert not any(tag == "b" for tag, _ in tags)
