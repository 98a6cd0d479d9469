"""Area of Eyeriss v1, v1.5 and v2: gates, SRAM and shares (JETCAS 2019; JSSC 2017 for the chip of v1)."""

import math

from eyeriss_jax.hardware.area import Area, area_of
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.quantities import BITS_PER_KB
from eyeriss_jax.published.claim import Claim

_FITTED = "one of seven area constants"
_TOP_LEVEL = (
    "the model has no gates for what lies outside PEs, NoC and SRAM (RLC codec, link and GLB controllers, "
    "configuration scan chain), and the FIFOs of the v1 PE; some 0.4 to 0.9 M gates by the other figures of the chip"
)
_TWO_COUNTS = "the two papers on the chip differ by a third in its gates (1852 k and 1176 k); ours lie between"


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_v2(), *_chip())


def _v2() -> tuple[Claim, ...]:
    jetcas, section = "JETCAS 2019", "JETCAS 2019, section V"
    return (
        Claim(
            id="JETCAS.area.logic.v2", statement="logic gates of v2", source=section, tag="P", published=2695.0,
            unit="k", tolerance=0.05, fitted=_FITTED, headline=True, ours=lambda _: _of("eyeriss_v2").logic / 1e3,
        ),
        Claim(
            id="JETCAS.area.logic.v1", statement="logic gates of v1 (192 PEs)", source=f"{jetcas}, Table V", tag="M",
            published=1394.0, unit="k", tolerance=0.1, ours=lambda _: _of("eyeriss_v1_192").logic / 1e3,
        ),
        Claim(
            id="JETCAS.area.logic.v1_5", statement="logic gates of v1.5", source=f"{jetcas}, Table V", tag="M",
            published=1354.0, unit="k", tolerance=0.1, ours=lambda _: _of("eyeriss_v1_5").logic / 1e3,
        ),
        Claim(
            id="JETCAS.area.logic.ratio", statement="logic of v2 over v1.5", source=section, tag="P", published=2.0,
            unit="x", tolerance=0.05, fitted=_FITTED,
            ours=lambda _: _of("eyeriss_v2").logic / _of("eyeriss_v1_5").logic,
        ),
        Claim(
            id="JETCAS.area.pe.ratio", statement="area of a v2 PE over a v1 PE", source=section, tag="P",
            published=1.73, unit="x", tolerance=0.03, fitted=_FITTED,
            ours=lambda _: _of("eyeriss_v2").pes / _of("eyeriss_v1_192").pes,
        ),
        Claim(
            id="JETCAS.area.pe.spads", statement="SPads in the area of a v2 PE", source=section, tag="P",
            published=72.0, unit="%", tolerance=3.0, absolute=True, fitted=_FITTED,
            ours=lambda _: _share("eyeriss_v2", "spads"),
        ),
        Claim(
            id="JETCAS.area.pe.macs", statement="MACs in the area of a v2 PE", source=section, tag="P", published=5.0,
            unit="%", tolerance=1.0, absolute=True, ours=lambda _: _share("eyeriss_v2", "macs"),
        ),
        Claim(
            id="JETCAS.area.pe.v1_macs", statement="MAC in the area of a v1 PE", source=section, tag="P",
            published=(-math.inf, 5.0), unit="%", tolerance=0.0, absolute=True,
            ours=lambda _: _share("eyeriss_v1_192", "macs"),
        ),
        Claim(
            id="JETCAS.area.noc", statement="NoC in the area of v2", source=section, tag="P", published=2.6, unit="%",
            tolerance=0.5, absolute=True, ours=lambda _: 100 * _of("eyeriss_v2").noc / _of("eyeriss_v2").total,
        ),
        Claim(
            id="JETCAS.area.sram", statement="on-chip SRAM of v2", source="BoooC, ECC study", tag="S",
            published=246.0, unit="kB", tolerance=0.0, ours=lambda _: _sram_kb(),
        ),
    )  # fmt: skip


def _chip() -> tuple[Claim, ...]:
    jssc = "JSSC 2017, section VI"
    return (
        Claim(
            id="JSSC17.area.core", statement="core area of the v1 chip", source=jssc, tag="P", published=12.25,
            unit="mm²", tolerance=0.05, fitted=_FITTED, ours=lambda _: _of("eyeriss_v1").mm2,
        ),
        Claim(
            id="JSSC17.area.spads_over_glb", statement="SPads over GLB, area of the v1 chip", source=jssc, tag="P",
            published=2.5, unit="x", tolerance=0.05, fitted=_FITTED,
            ours=lambda _: _of("eyeriss_v1").spads / _of("eyeriss_v1").glb,
        ),
        Claim(
            id="JSSC17.area.spads", statement="SPads in the area of the v1 chip", source=jssc, tag="P",
            published=50.0, unit="%", tolerance=5.0, absolute=True, explanation=_TOP_LEVEL,
            ours=lambda _: 100 * _of("eyeriss_v1").spads / _of("eyeriss_v1").total,
        ),
        Claim(
            id="JSSC17.area.storage", statement="storage in the area of the v1 chip", source=jssc, tag="P",
            published=66.7, unit="%", tolerance=5.0, absolute=True, explanation=_TOP_LEVEL,
            ours=lambda _: 100 * (_of("eyeriss_v1").spads + _of("eyeriss_v1").glb) / _of("eyeriss_v1").total,
        ),
        Claim(
            id="JSSC17.area.macs", statement="MACs and adders in the area of the v1 chip", source=jssc, tag="P",
            published=7.4, unit="%", tolerance=2.0, absolute=True,
            ours=lambda _: 100 * _of("eyeriss_v1").macs / _of("eyeriss_v1").total,
        ),
        Claim(
            id="ISSCC16.area.logic", statement="gates of the v1 chip", source="ISSCC 2016", tag="P",
            published=1852.0, unit="k", tolerance=0.1, explanation=_TOP_LEVEL,
            ours=lambda _: _of("eyeriss_v1").logic / 1e3,
        ),
        Claim(
            id="JSSC17.area.logic", statement="logic gates of the v1 chip", source="JSSC 2017, Table IV", tag="M",
            published=1176.0, unit="k", tolerance=0.1, explanation=_TWO_COUNTS,
            ours=lambda _: _of("eyeriss_v1").logic / 1e3,
        ),
    )  # fmt: skip


def _of(name: str) -> Area:
    return area_of(accelerator(name))


def _share(name: str, part: str) -> float:
    """A component's share of the PEs' area, in percent."""
    return 100 * getattr(_of(name), part) / _of(name).pes


def _sram_kb() -> float:
    """GLB and weight SPads of v2, in kB."""
    machine = accelerator("eyeriss_v2")
    assert machine.sparse_pe is not None
    pairs = machine.sparse_pe.weight_pairs * machine.sparse_pe.pair_bits
    return (machine.glb_total_bits + machine.pes * pairs) / BITS_PER_KB
