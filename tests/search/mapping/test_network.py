"""A whole network: every shape searched once, given mappings replayed as they are, bad ones refused first."""

from dataclasses import replace
from functools import partial

import pytest

from eyeriss_jax.dataflow.loop_nest import from_dict, to_dict
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, Network, network
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.losses import network_bounds, network_losses
from eyeriss_jax.report.traffic import network_dram_bits
from eyeriss_jax.search.mapping import REPLAYED, evaluate_exactly, map_layer, map_network
from eyeriss_jax.search.mapping import network as room

CHUNK = 512
MACHINE = eyeriss_v2().replace(cluster_rows=2, cluster_cols=1, pe_rows=3, pe_cols=2)
CONV = Layer.conv2d("first", 3, 4, input_size=4, kernel=3, padding=1)
NET = Network(
    name="toy",
    layers=(
        CONV,
        Layer.depthwise("dw", 4, 4, 3, padding=1),
        replace(CONV, name="twin"),
        Layer.fully_connected("fc", 9, 5),
    ),
    source="made up",
)
FITS = Mapping(
    glb=Dims(M=4, C=3, E=4, F=4, R=3, S=3), spad=Dims(M=2, C=3, E=4, R=3), pe_rows=Dims(S=3), pe_cols=Dims(F=2)
)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Shapes of the layers that were searched, in order; small chunks keep the programs small."""
    shapes: list[str] = []

    def spy(layer: Layer, *args: object, **options: object) -> object:
        shapes.append(layer.shape)
        return partial(map_layer, chunk=CHUNK)(layer, *args, **options)

    monkeypatch.setattr(room, "map_layer", spy)
    return shapes


def mapped(**options: object) -> NetworkResult:
    return map_network(NET, MACHINE, **options)


def test_layers_of_one_shape_are_searched_and_examined_once_and_keep_their_names(
    searched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may have thousands of equal ones."""
    examined: list[str] = []

    def spy(machine: Accelerator, layer: Layer, *rest: object) -> object:
        examined.append(layer.shape)
        return evaluate_exactly(machine, layer, *rest)

    monkeypatch.setattr(room, "evaluate_exactly", spy)
    checked: list[str] = []
    monkeypatch.setattr(room, "check_room", lambda layer, *_: checked.append(layer.shape))
    result = mapped()
    assert examined == checked == searched
    assert searched == [NET.layers[i].shape for i in (0, 1, 3)]
    assert [item.layer for item in result.layers] == list(NET.layers)
    first, twin = result.layers[0], result.layers[2]
    assert (first.mapping, first.evaluation, first.bounds) == (twin.mapping, twin.evaluation, twin.bounds)


def test_totals_are_sums_over_the_layers(searched: list[str]) -> None:
    result = mapped()
    assert result.macs == NET.macs == sum(item.layer.macs for item in result.layers)
    assert result.cycles == sum(item.evaluation.cycles.total for item in result.layers)
    assert result.energy == sum(item.evaluation.energy.total for item in result.layers)
    assert result.inferences_per_s == MACHINE.clock_hz / result.cycles
    assert result.utilization == result.macs / (result.cycles * MACHINE.macs_per_cycle)
    assert all(item.certified and item.evaluated > 0 for item in result.layers)


def test_a_batch_counts_as_that_many_inferences(searched: list[str]) -> None:
    two = Network(name="two", layers=(replace(CONV, N=2),), source="made up")
    result = map_network(two, MACHINE)
    assert result.inferences_per_s == 2 * MACHINE.clock_hz / result.cycles


@pytest.mark.parametrize("objective", ["cycles", "edp"])
def test_replaying_the_mappings_found_gives_the_same_evaluation(searched: list[str], objective: str) -> None:
    result = mapped(objective=objective)
    found = {item.layer.name: from_dict(to_dict(item.mapping)) for item in result.layers}
    searched.clear()
    again = mapped(objective=objective, mappings=found)
    assert searched == []
    for one, other in zip(result.layers, again.layers, strict=True):
        assert other.mapping == one.mapping
        assert other.evaluation == one.evaluation
        assert other.bounds[:4] == one.bounds[:4]
        assert other.bounds[6] == one.bounds[6]
        assert (other.mapspace_size, other.evaluated, other.certified) == (1, 1, False)
        assert other.certificate == REPLAYED


def test_a_given_mapping_replaces_the_search_of_its_layer_only(searched: list[str]) -> None:
    result = mapped(mappings={"twin": FITS})
    assert [item.certified for item in result.layers] == [True, True, False, True]
    assert result.layers[2].mapping == FITS
    assert result.layers[2].evaluation == evaluate_exactly(MACHINE, CONV, FITS)
    assert result.layers[0].evaluation.cycles.total <= result.layers[2].evaluation.cycles.total


def test_a_mapping_for_an_unknown_layer_is_refused_before_any_search(searched: list[str]) -> None:
    with pytest.raises(SpecError, match=r"mapping for 'third': toy has no such layer; .* first, dw, twin, fc"):
        mapped(mappings={"first": FITS, "third": FITS})
    assert searched == []


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        (replace(FITS, pe_cols=Dims(F=3)), r"'twin'.*factors on the PE columns.*3 needed, 2 there"),
        (replace(FITS, spad=Dims(M=2, C=6, E=4, R=3, S=3)), r"'twin'.*iact SPad.*27 words needed, 16 there"),
        # Psums add up along rows only (JETCAS 2019), so input channels cannot sit on the columns.
        (replace(FITS, pe_cols=Dims(C=2), spad=Dims(M=2, C=2, E=4, R=3)), r"'twin'.*(PE columns|pe_cols)"),
    ],
    ids=["too many places", "too large a tile", "C where nothing adds up"],
)
def test_a_mapping_that_does_not_fit_is_refused_before_any_search(
    searched: list[str], mapping: Mapping, reason: str
) -> None:
    with pytest.raises(SpecError, match=reason):
        mapped(mappings={"twin": mapping})
    assert searched == []


def test_a_mapping_with_tiles_larger_than_its_layer_is_refused_before_any_search(searched: list[str]) -> None:
    """It is of another layer, or a slip of the hand: it would be cut without a word."""
    larger = replace(FITS, glb=replace(FITS.glb, C=7, E=9))
    reason = r"mapping for 'first': tiles larger than the layer: glb\.C = 7 where it has 3, glb\.E = 9 where it has 4"
    with pytest.raises(SpecError, match=reason):
        mapped(mappings={"first": larger})
    assert searched == []


def test_a_name_in_the_place_of_what_it_names_is_refused_with_the_way_to_get_it() -> None:
    with pytest.raises(SpecError, match=r"network = 'alexnet' must be of type Network; give ej.network\('alexnet'\)"):
        map_network("alexnet", eyeriss_v2())  # pyright: ignore[reportArgumentType]
    with pytest.raises(SpecError, match=r"dataflow = 3 must be of type Dataflow"):
        map_layer(network("alexnet").layers[0], eyeriss_v2(), 3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(SpecError, match=r"did you mean 'rs_plus'"):
        map_layer(network("alexnet").layers[0], eyeriss_v2(), "rs_pluss")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"objective": "latency"},
            r"unknown objective 'latency'. Choose one of cycles, edp, energy, movement, dram_words",
        ),
        ({"dataflow": "weight_stationary"}, r"dataflow: unknown name 'weight_stationary'.*rs, rs_plus"),
    ],
)
def test_unknown_names_are_refused_before_any_search(searched: list[str], options: dict[str, str], reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        mapped(**options)
    assert searched == []


def test_the_dataflow_is_the_machines_own_unless_given(searched: list[str]) -> None:
    own = map_network(NET, MACHINE.replace(dataflow="rs"))
    assert own.layers == mapped(dataflow="rs").layers
    assert own.cycles > mapped().cycles


def test_a_dataflow_that_the_machine_is_not_built_for_is_refused_for_given_mappings_too(searched: list[str]) -> None:
    given = {each.layer.name: each.mapping for each in mapped().layers}
    searched.clear()
    with pytest.raises(SpecError, match=r"dataflow 'ws' on .*several array axes.*is built for 'rs_plus'"):
        mapped(mappings=given, dataflow="ws")
    assert searched == []


def test_progress_is_called_before_each_layer_and_at_the_end(searched: list[str]) -> None:
    calls: list[tuple[int, int, str]] = []
    mapped(progress=lambda done, total, name: calls.append((done, total, name)))
    assert calls == [(0, 4, "first"), (1, 4, "dw"), (2, 4, "twin"), (3, 4, "fc"), (4, 4, "")]


@pytest.mark.slow
def test_mobilenet_on_eyeriss_v2() -> None:
    # Dense MobileNet 0.5-128, batch 1, 200 MHz. JETCAS 2019's ratios between its published cells bound it to 1176-1279
    # inferences/s; the table's own cell is remembered as 1282.1 (soft).
    result = map_network(network("mobilenet_v1_0.5_128"), eyeriss_v2())
    assert result.macs == 49_160_192
    assert len(result.layers) == 28
    assert all(item.certified for item in result.layers)
    assert all(item.evaluation.code == 0 for item in result.layers)
    assert 1176 <= result.inferences_per_s <= 1282
    for item in result.layers:
        assert list(item.bounds) == sorted(item.bounds, reverse=True)
        assert item.evaluation.cycles.total >= item.layer.macs / 384
    assert result.layers[-1].limiter == "weight bandwidth"


def test_a_repeated_layer_is_searched_once_and_costs_what_its_copies_cost(searched: list[str]) -> None:
    fc = Layer.fully_connected("fc", 9, 5)
    copies = tuple(replace(fc, name=f"fc{index}") for index in range(3))
    unrolled = map_network(Network(name="n", layers=(CONV, *copies), source="made up"), MACHINE)
    searched.clear()
    rolled = map_network(Network(name="n", layers=(CONV, replace(fc, repeat=3)), source="made up"), MACHINE)
    assert len(searched) == 2
    for total in ("cycles", "macs", "energy", "inferences_per_s", "utilization"):
        assert getattr(rolled, total) == pytest.approx(getattr(unrolled, total), rel=1e-12)
    assert network_losses(rolled).steps == pytest.approx(network_losses(unrolled).steps, rel=1e-12)
    assert network_bounds(rolled) == pytest.approx(network_bounds(unrolled), rel=1e-12)
    assert network_dram_bits(rolled) == pytest.approx(network_dram_bits(unrolled), rel=1e-12)


def test_a_thousand_million_repeats_cost_no_more_than_one(searched: list[str]) -> None:
    fc = replace(Layer.fully_connected("fc", 9, 5), repeat=10**9)
    result = map_network(Network(name="n", layers=(fc,), source="made up"), MACHINE)
    assert result.macs == 45 * 10**9
    assert result.cycles == 10**9 * result.layers[0].evaluation.cycles.total


def test_a_matmul_costs_what_the_convolution_of_its_numbers_costs(searched: list[str]) -> None:
    """RS+ maps it with C = K; attention differs from it in what the operands are, not in what they cost."""
    product = {"M": 4, "K": 6, "N": 5, "groups": 2}
    layers = (Layer.matmul("a", **product), Layer.attention("b", **product), Layer(name="c", M=4, C=6, N=5, G=2))
    result = map_network(Network(name="n", layers=layers, source="made up"), MACHINE)
    assert len(searched) == 1
    assert len({item.evaluation.cycles.total for item in result.layers}) == 1
