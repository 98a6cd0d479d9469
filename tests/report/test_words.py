"""Sentences: the right numbers, and grammar that survives edge cases."""

import dataclasses
import html
import io

from rich.console import Console

from eyeriss_jax.layers.other_work import OtherWork
from eyeriss_jax.model.eyexam import CHOICE
from eyeriss_jax.report.page.render import render_page
from eyeriss_jax.report.terminal import terminal_report
from eyeriss_jax.report.words import (
    choice_in_words,
    headline,
    largest_loss,
    losses_in_words,
    others_in_words,
    search_in_words,
)
from eyeriss_jax.search.mapping import REPLAYED
from tests.report.fake_results import fake_result


def test_headline_names_speed_loss_and_culprits():
    text = headline(fake_result())
    assert text.startswith("tinynet on eyeriss_v2: ")
    assert "inferences/s at 200 MHz" in text
    assert "of the array's cycles are lost to bandwidth" in text
    assert "conv2_dw" in text


def test_one_culprit_is_all_of_it():
    result = fake_result()
    only = dataclasses.replace(result, layers=(result.layers[-1],))
    assert largest_loss(only).endswith("lost to bandwidth, mostly iact delivery, all of it in fc.")


def test_a_loss_without_culprits_is_spread():
    layers = fake_result().layers[1:2] * 12
    assert largest_loss(dataclasses.replace(fake_result(), layers=layers)).endswith("spread over 12 layers.")


def test_burstiness_names_its_cause():
    result = fake_result()
    evaluation = result.layers[0].evaluation
    half = evaluation.cycles.total / 2
    cycles = evaluation.cycles.replace(compute=half, bandwidth_bound=half, chain=0.0, exposed=0.0, ramp=half)
    layer = dataclasses.replace(
        result.layers[0], bounds=(384.0,) * 6 + (192.0,), evaluation=evaluation.replace(cycles=cycles)
    )
    assert "burstiness, mostly ramp-up, all of it in conv1" in largest_loss(
        dataclasses.replace(result, layers=(layer,))
    )


def test_no_loss_is_said_so():
    result = fake_result()
    perfect = dataclasses.replace(result.layers[0], bounds=(384.0,) * 7)
    assert "No step" in largest_loss(dataclasses.replace(result, layers=(perfect,)))


def test_losses_use_the_models_reason_or_the_general_one():
    result = fake_result()
    text = losses_in_words(result.layers[1], result)
    assert "useful work" in text
    assert "bandwidth: bandwidth (iact): 1.4 of 3 words per cycle" in text
    silent = dataclasses.replace(result.layers[1], reasons=("",) * 7)
    assert "bandwidth: the average bandwidth is too low" in losses_in_words(silent, result)


def test_certificates_are_counted():
    assert "5 of 6 certified" in search_in_words(fake_result())
    certain = fake_result().layers[:2]
    assert "every one certified" in search_in_words(dataclasses.replace(fake_result(), layers=certain))


def test_mappings_that_were_given_are_not_called_searched():
    given = [dataclasses.replace(layer, certificate=REPLAYED) for layer in fake_result().layers]
    assert search_in_words(dataclasses.replace(fake_result(), layers=given)) == (
        "The mappings were given: none was searched. Eyexam's steps 5 and 6 of a given mapping are its own: which "
        "mapping would be faster there, only a search tells."
    )
    for count, words in ((1, "1 mapping was given. Eyexam's steps"), (2, "2 mappings were given. Eyexam's steps")):
        some = dataclasses.replace(fake_result(), layers=(*given[:count], *fake_result().layers[count:]))
        assert search_in_words(some).startswith(words)
        assert "only a search tells. Best mapping per layer by" in search_in_words(some)


def test_a_choice_of_mapping_as_the_limiter_is_explained_where_it_stands():
    chosen = dataclasses.replace(fake_result().layers[0], limiter=CHOICE)
    result = dataclasses.replace(fake_result(), layers=(chosen, *fake_result().layers[1:]))
    assert "another mapping that fits is faster on average (step 6)" in choice_in_words(result)
    assert choice_in_words(fake_result()) == ""
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(terminal_report(result, 80))
    assert "Limited by mapping choice: another mapping" in " ".join(console.export_text().split())
    assert html.escape(choice_in_words(result)) in render_page(result, {})


def test_what_was_not_mapped_is_summed_by_kind():
    others = (
        OtherWork(name="a", kind="element-wise", operations=1000, repeat=3),
        OtherWork(name="b", kind="data movement", operations=0),
        OtherWork(name="c", kind="softmax", operations=5000),
        OtherWork(name="d", kind="element-wise", operations=4000),
    )
    text = others_in_words(dataclasses.replace(fake_result(), others=others))
    assert text == (
        "Neither mapped nor timed: element-wise (7,000 operations), softmax (5,000 operations), data movement."
    )
    assert others_in_words(fake_result()) == ""
