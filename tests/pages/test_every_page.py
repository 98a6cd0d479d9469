"""What holds for every page: no complaint in the console, no request, no empty picture, and a table that works.

Each is kept as a picture in light, in dark, as on paper and 390 pixels wide.
"""

import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.made_pages import PAGES, write

pytestmark = pytest.mark.browser

# Bokeh draws below shadow roots, which selectors do not see, in several layers of which some are empty. A picture is
# empty if no mark in it, or in none of its layers, covers any area.
PICTURES = """
const found = [];
const search = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.matches("svg, canvas") && element.getBoundingClientRect().width > 40) found.push(element);
    if (element.shadowRoot) search(element.shadowRoot);
  }
};
search(document.querySelector("main"));
const covers = (mark) => { const box = mark.getBoundingClientRect(); return box.width * box.height > 4; };
const drawn = (picture) =>
  picture.tagName.toLowerCase() === "canvas" ? picture.width > 0
    : Array.from(picture.querySelectorAll("path, rect, circle, text, use")).some(covers);
const layers = (picture) => {
  const root = picture.getRootNode();
  return root === document ? [picture] : Array.from(root.querySelectorAll("svg, canvas"));
};
return found.map((picture) => [picture.outerHTML.slice(0, 120), layers(picture).some(drawn)]);
"""
REQUESTS = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
# A picture of matplotlib is in points, and its smallest type has 7 of them.
PIXELS_PER_POINT = """
return Array.from(document.querySelectorAll("section > figure > svg"))
  .filter((svg) => svg.checkVisibility()).map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
"""
LOST_TABLES = """
const scrolls = (element) => {
  for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
  return false;
};
const wide = (table) => table.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
return Array.from(document.querySelectorAll("table")).filter((table) => wide(table) && !scrolls(table))
  .map((table) => table.id || table.className);
"""
PAPER = {"sweep": 1017, "scoreboard": 1017}
"""Pixels between the margins of A4 on its side, for pages that ask for it; else it stands and has 688."""
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def settled(browser):
    """The pictures and whether each has been drawn, for which Bokeh takes a moment after the page has loaded."""
    for _ in range(40):
        pictures = browser.execute_script(PICTURES)
        if all(drawn for _, drawn in pictures):
            break
        time.sleep(0.25)
    return pictures


@pytest.fixture(scope="module", params=PAGES)
def page(request, tmp_path_factory):
    """(name, path) of each page in turn."""
    return request.param, write(request.param, tmp_path_factory.mktemp(request.param))


def cut_off(browser, tables):
    """Of the tables, those that are wider than their place."""
    wider = "const place = arguments[0].parentElement; return place.scrollWidth > place.clientWidth"
    return [table.get_attribute("id") for table in tables if browser.execute_script(wider, table)]


def texts(table, column):
    """The cells of a column of the rows that are shown."""
    return [
        row.find_elements(By.TAG_NAME, "td")[column].text
        for row in table.find_elements(By.CSS_SELECTOR, "tbody tr")
        if row.is_displayed()
    ]


def test_it_loads_offline_without_complaint_and_no_picture_is_empty(visitor, page):
    name, path = page
    browser = visitor.open(path)
    assert browser.find_element(By.TAG_NAME, "h1").text
    pictures = settled(browser)
    assert pictures or name in ("scoreboard", "field")  # their bars are elements
    assert [picture for picture, drawn in pictures if not drawn] == []
    assert [request for request in browser.execute_script(REQUESTS) if not request.startswith("data:")] == []
    visitor.whole(f"{name}_light")
    visitor.dark(True)
    visitor.whole(f"{name}_dark")
    assert visitor.complaints() == []


def test_nothing_is_cut_off_on_paper(visitor, page):
    name, path = page
    browser = visitor.open(path, width=PAPER.get(name, 688))
    settled(browser)
    visitor.print()
    visitor.whole(f"{name}_print")
    assert browser.execute_script(OVERFLOW) <= 0


def test_a_picture_on_a_canvas_has_the_colours_of_the_scheme(visitor, tmp_path):
    """The letters of Bokeh's axes, as its models have them."""
    ink = (
        "return [Bokeh.documents[0].roots()[0].below[0].major_label_text_color, getComputedStyle(document.body).color]"
    )
    as_css = "const probe = document.body; probe.style.color = arguments[0]; return getComputedStyle(probe).color"
    path, seen = write("sweep", tmp_path), []
    for dark in (False, True):
        visitor.dark(dark)
        browser = visitor.open(path)
        settled(browser)
        letters, body = browser.execute_script(ink)
        assert browser.execute_script(as_css, letters) == body
        seen.append(body)
    assert seen[0] != seen[1]


@pytest.mark.parametrize("width", [390, 480, 900])
def test_it_fits_narrow_windows(visitor, page, width):
    name, path = page
    browser = visitor.open(path, width=width, height=1200)
    settled(browser)
    visitor.whole(f"{name}_{width}")
    assert browser.execute_script(OVERFLOW) <= 0


def test_on_a_telephone_tables_and_pictures_scroll_by_themselves_and_words_in_pictures_can_be_read(visitor, page):
    _, path = page
    browser = visitor.open(path, width=390, height=1200)
    settled(browser)
    assert all(scale >= 1 for scale in browser.execute_script(PIXELS_PER_POINT))
    assert browser.execute_script(LOST_TABLES) == []


def test_on_a_telephone_the_reasons_of_a_layer_have_the_whole_width(visitor, tmp_path):
    browser = visitor.open(write("eyexam", tmp_path), width=390, height=1200)
    tables = browser.find_elements(By.CSS_SELECTOR, "table.bounds")
    assert tables
    assert cut_off(browser, tables) == []
    for reason in browser.find_elements(By.CSS_SELECTOR, "table.bounds td:last-child"):
        assert not reason.text or reason.size["width"] > 300


def test_tools_for_a_pointer_are_not_printed(visitor, tmp_path):
    """Bokeh's tools stand beside a picture, below a shadow root."""
    shown = """
const found = [];
const search = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.matches(".bk-Toolbar")) found.push(getComputedStyle(element).display !== "none");
    if (element.shadowRoot) search(element.shadowRoot);
  }
};
search(document);
return found;
"""
    browser = visitor.open(write("sweep", tmp_path))
    settled(browser)
    on_screen = browser.execute_script(shown)
    visitor.print()
    on_paper = browser.execute_script(shown)
    assert on_screen
    assert all(on_screen)
    assert not any(on_paper)


def test_no_column_of_a_sweep_of_six_fields_is_cut_off(visitor, tmp_path):
    browser = visitor.open(write("sweep", tmp_path), width=1300)
    tables = browser.find_elements(By.CSS_SELECTOR, "table.sortable")
    assert len(tables) == 5
    assert cut_off(browser, tables) == []
    rows = browser.find_elements(By.CSS_SELECTOR, "#table-front tbody tr")
    assert all(row.size["height"] < 40 for row in rows)


@pytest.mark.parametrize("width", [390, 500, 700])
def test_the_staircase_needs_no_scrolling(visitor, tmp_path, width):
    browser = visitor.open(write("eyexam", tmp_path), width=width)
    places = browser.find_elements(By.CSS_SELECTOR, "#staircase > figure")
    shown = [place for place in places if place.is_displayed()]
    assert len(shown) == 1
    assert browser.execute_script("return arguments[0].scrollWidth - arguments[0].clientWidth", shown[0]) <= 0


@pytest.mark.parametrize("width", [390, 480, 600, 1400])
def test_the_steps_and_their_reasons_are_not_cut_off(visitor, tmp_path, width):
    browser = visitor.open(write("eyexam", tmp_path), width=width)
    assert cut_off(browser, browser.find_elements(By.CSS_SELECTOR, "table.steps")) == []


def test_its_first_table_sorts_and_filters(visitor, page):
    _, path = page
    browser = visitor.open(path)
    table = browser.find_element(By.CSS_SELECTOR, "table.sortable")
    heading = table.find_elements(By.CSS_SELECTOR, "thead th button")[0]
    before = texts(table, 0)
    heading.click()
    ascending = texts(table, 0)
    heading.click()
    assert sorted(before) == sorted(ascending)
    assert texts(table, 0) == ascending[::-1] or len(set(before)) < len(before)
    box = browser.find_element(By.CSS_SELECTOR, f"input.filter[aria-controls='{table.get_attribute('id')}']")
    word = before[0].split()[0]
    box.send_keys(word)
    assert texts(table, 0)
    assert len(texts(table, 0)) <= len(before)
    assert all(
        word.lower() in row.text.lower() for row in table.find_elements(By.CSS_SELECTOR, "tbody tr:not([hidden])")
    )
    box.clear()
    box.send_keys(" ", Keys.BACKSPACE)
    assert len(texts(table, 0)) == len(before)
    assert visitor.complaints() == []


def test_it_prints(visitor, page):
    name, path = page
    browser = visitor.open(path)
    printed = browser.print_page()
    assert len(printed) > 20_000
    assert visitor.complaints() == []
    visitor.keep(f"{name}.pdf", printed)
