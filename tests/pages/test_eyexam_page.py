"""The Eyexam page: one layer is chosen at any time, and every view shows which."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.made_pages import RESULT, write

pytestmark = pytest.mark.browser

LAYERS = [layer.layer.name for layer in RESULT.layers]
SLOWEST = max(range(len(LAYERS)), key=lambda index: RESULT.layers[index].cycles)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write("eyexam", tmp_path_factory.mktemp("eyexam"))


@pytest.fixture
def browser(visitor, path):
    return visitor.open(path)


def shown(browser):
    """Names of the layers whose articles are shown."""
    articles = browser.find_elements(By.CSS_SELECTOR, "article[data-layer]")
    return [LAYERS[int(article.get_attribute("data-layer"))] for article in articles if article.is_displayed()]


def marked(browser):
    """Layers that any view marks."""
    return {int(mark.get_attribute("data-layer")) for mark in browser.find_elements(By.CSS_SELECTOR, ".chosen")}


def test_the_slowest_layer_is_chosen_first(browser):
    assert shown(browser) == [LAYERS[SLOWEST]]
    assert marked(browser) == {SLOWEST}


@pytest.mark.parametrize(
    "mark", ["#timeline [data-layer='4']", "#roofline [data-layer='4']", "#energy [data-layer='4']"]
)
def test_a_click_in_any_picture_chooses_everywhere(browser, mark):
    other = 4 if SLOWEST != 4 else 5
    target = browser.find_element(By.CSS_SELECTOR, mark.replace("4", str(other)))
    browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", target)
    assert shown(browser) == [LAYERS[other]]
    assert marked(browser) == {other}
    views = ("#timeline svg", "#roofline svg", "#energy svg", "#layers")
    assert all(browser.find_elements(By.CSS_SELECTOR, f"{view} .chosen") for view in views)


def test_a_row_chooses_and_its_name_leads_to_the_layer(browser):
    rows = browser.find_elements(By.CSS_SELECTOR, "#layers tbody tr")
    rows[2].find_elements(By.TAG_NAME, "td")[3].click()
    assert shown(browser) == [LAYERS[2]]
    browser.find_element(By.CSS_SELECTOR, "#layers tbody tr:nth-child(4) a").click()
    assert shown(browser) == [LAYERS[3]]
    assert browser.current_url.endswith("#layer-3")


def test_keys_step_in_the_order_of_the_table(browser):
    figure = browser.find_element(By.CSS_SELECTOR, "#timeline figure")
    browser.execute_script("arguments[0].focus()", figure)
    ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    assert shown(browser) == [LAYERS[(SLOWEST + 1) % len(LAYERS)]]
    ActionChains(browser).send_keys(Keys.ARROW_LEFT, Keys.ENTER).perform()
    assert browser.current_url.endswith(f"#layer-{SLOWEST}")
    cycles = browser.find_element(By.XPATH, "//*[@id='layers']//th[button='Cycles']/button")
    cycles.click()
    browser.find_element(By.ID, "next").click()
    order = sorted(range(len(LAYERS)), key=lambda index: -RESULT.layers[index].cycles)
    assert shown(browser) == [LAYERS[order[1]]]


def test_a_layers_pictures_are_drawn_and_explain_themselves(browser):
    article = browser.find_element(By.ID, f"layer-{SLOWEST}")
    heats = article.find_elements(By.CSS_SELECTOR, ".heat svg")
    assert len(heats) == 4
    assert len(heats[0].find_elements(By.TAG_NAME, "rect")) == RESULT.accelerator.pes
    assert article.find_elements(By.CSS_SELECTOR, ".stairs .bar")
    ActionChains(browser).move_to_element(heats[0].find_element(By.TAG_NAME, "rect")).perform()
    tip = browser.find_element(By.ID, "tip")
    assert tip.is_displayed()
    assert "MACs" in tip.text


def test_the_bounds_of_every_layer_stay_within_their_bars(browser):
    browser.find_element(By.ID, "show-all").click()
    widths = """
    const width = (mark) => mark.getBBox().width;
    return Array.from(document.querySelectorAll(".stairs text.value"), width);
    """
    bar = browser.execute_script("return document.querySelector('.stairs rect').getBBox().width")
    labels = browser.execute_script(widths)
    assert len(labels) > len(LAYERS)
    assert max(labels) < bar


def test_all_layers_can_be_shown(browser):
    browser.find_element(By.ID, "show-all").click()
    assert shown(browser) == LAYERS
    assert len(browser.find_elements(By.CSS_SELECTOR, ".heat svg")) == 4 * len(LAYERS)


def test_a_link_to_a_layer_opens_it(visitor, path, browser):
    browser.get(f"{path.as_uri()}#layer-5")
    browser.refresh()
    assert shown(browser) == [LAYERS[5]]
    assert visitor.complaints() == []


def test_the_chosen_layer_looks_right(visitor, browser):
    browser.find_element(By.ID, "next").click()
    browser.execute_script("document.getElementById('the-chosen-layer').scrollIntoView()")
    visitor.picture("eyexam_layer_light")
    visitor.dark(True)
    visitor.picture("eyexam_layer_dark")
    assert visitor.complaints() == []
