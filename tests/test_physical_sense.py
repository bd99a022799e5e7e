"""The physical sense of a gain: losses, spacing, turbulence, other roses."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windopt.assessment.effective_turbulence import (
    combined,
    effective_turbulence,
    in_wake,
    neighbours,
)
from windopt.assessment.spacing import closeness
from windopt.config.reader import dump_config, load_config
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Simulator
from windopt.pipeline import RunResult, begin
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.report.physical import physical_section
from windopt.runs.baselines import BaselineResult, Baselines
from windopt.runs.folder import RunFolder
from windopt.runs.given_spacing import given_spacing_of, spacing_to_keep
from windopt.runs.other_roses import Lead, leads_of
from windopt.runs.physical import physical_of, read_physical
from windopt.stages.given_spacing import search_at_given_spacing
from windopt.stages.summary import outcome, sum_up
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.evaluate import judge
from windopt.verification.known_power import KnownPower
from windopt.verification.reweighted import (
    GainInRose,
    gains_in_roses,
    other_roses,
    turned,
    with_factors,
)
from windopt.verification.sampled import SampledEvaluator
from windopt.verification.sampling import RoseSample

LOSSES = {"availability_pct": 3.0, "electrical_pct": 2.0}


def test_turbulence_in_a_wake_is_the_standards() -> None:
    # 1 / (1.5 + 0.8 x 5 / sqrt(0.8)) = 0.167444, and sqrt(0.08² + 0.167444²) = 0.185573
    assert in_wake(0.08, 5.0, 0.8) == pytest.approx(0.185573, abs=1e-6)


def test_effective_turbulence_of_one_neighbour_by_hand() -> None:
    # (0.94 x 0.08^10 + 0.06 x 0.185573^10)^(1/10)
    assert combined(0.08, [0.185573], 10.0) == pytest.approx(0.140114, abs=2e-6)
    # linear: 0.94 x 0.08 + 0.06 x 0.185573
    assert combined(0.08, [0.185573], 1.0) == pytest.approx(0.0863344, abs=1e-6)
    assert combined(0.08, [], 10.0) == pytest.approx(0.08)


def test_in_a_square_grid_eight_neighbours_count() -> None:
    x, y = np.meshgrid(np.arange(-3, 4), np.arange(-3, 4))
    apart = 4.0 * np.hypot(x, y).ravel()
    apart[apart == 0] = np.inf
    chosen = neighbours(apart, np.degrees(np.arctan2(x.ravel(), y.ravel())))
    assert sorted(apart[chosen]) == pytest.approx([4.0] * 4 + [4.0 * 2**0.5] * 4)


def test_a_turbine_behind_another_or_far_away_does_not_count() -> None:
    apart = np.array([3.0, 6.0, 6.0, 9.99, 10.0])
    bearing = np.array([0.0, 10.0, 30.0, 180.0, 90.0])
    assert neighbours(apart, bearing) == [0, 2, 3]
    assert neighbours(np.array([2.0, 3.0]), np.array([355.0, 10.0])) == [0]  # 15 degrees apart


def test_layout_has_the_effective_turbulence_of_its_neighbours(small: LayoutProblem) -> None:
    diameter, turbine = small.rotor_diameter, small.turbine
    places = np.array([[0.0, 0.0], [5.0, 0.0], [30.0, 0.0]]) * diameter
    found = effective_turbulence(small, places, 10.0)
    thrust = float(np.interp(10.0, turbine.wind_speed, turbine.thrust_coefficient))
    assert found.ambient == pytest.approx(0.075)  # of the rose at 10 m/s
    beside = combined(0.075, [in_wake(0.075, 5.0, thrust)], 10.0)
    assert found.effective == pytest.approx([beside, beside, 0.075])
    assert found.neighbours.tolist() == [1, 1, 0]
    assert found.largest == pytest.approx(beside)
    assert found.mean == pytest.approx((2 * beside + 0.075) / 3)


def test_pywake_has_the_same_effective_turbulence() -> None:
    """In all directions alike, PyWake's STF2017 with the standard's weight gives I_eff."""
    pytest.importorskip("py_wake", reason="py_wake comes with windopt[compare]")
    from py_wake import NOJ
    from py_wake.examples.data.hornsrev1 import V80
    from py_wake.site import UniformSite
    from py_wake.superposition_models import SqrMaxSum
    from py_wake.turbulence_models.stf import IECWeight, STF2017TurbulenceModel

    turbine = V80()
    model = NOJ(
        UniformSite([1.0], ti=0.08),
        turbine,
        turbulenceModel=STF2017TurbulenceModel(
            addedTurbulenceSuperpositionModel=SqrMaxSum(), weight_function=IECWeight()
        ),
    )
    apart = 6.0
    step = 0.2
    wd = np.arange(0.0, 360.0, step) + step / 2  # no direction on the sector's edge
    found = model([0.0, apart * turbine.diameter()], [0.0, 0.0], wd=wd, ws=[10.0])
    seen = np.mean(found.TI_eff.values.reshape(2, -1)[0] ** 10) ** 0.1
    thrust = float(turbine.ct(10.0))
    assert combined(0.08, [in_wake(0.08, apart, thrust)], 10.0) == pytest.approx(seen, rel=2e-3)


def test_turbines_are_counted_by_their_nearest_neighbour(small: LayoutProblem) -> None:
    places = np.array([[0.0, 0.0], [2.5, 0.0], [6.0, 0.0], [10.0, 0.0]]) * small.rotor_diameter
    found = closeness(small, places)
    assert found is not None
    assert found.least_d == pytest.approx(2.5)
    assert (found.within(3.0), found.within(4.0)) == (2, 3)  # exactly 4 D is not within 4 D
    assert closeness(small, places[:1]) is None


def test_roses_are_turned_by_hand(small: LayoutProblem) -> None:
    wind = small.wind
    assert len(wind.wind_direction) == 360
    assert turned(wind, 15.0) == pytest.approx(np.roll(wind.probability, 15, axis=0))
    assert turned(wind, -5.0) == pytest.approx(np.roll(wind.probability, -5, axis=0))
    half = 0.5 * (wind.probability + np.roll(wind.probability, 1, axis=0))
    assert turned(wind, 0.5) == pytest.approx(half)


def test_factors_of_sectors_are_linear_between_them(small: LayoutProblem) -> None:
    factors = np.ones(12)
    factors[1] = 2.0  # of the sector around 30 degrees
    wind = small.wind
    table = with_factors(wind, factors, 0.0)
    assert table.sum() == pytest.approx(1.0)
    ratio = table.sum(axis=1) / wind.sector_probability
    assert ratio[[0, 15, 30, 45, 60]] / ratio[0] == pytest.approx([1.0, 1.5, 2.0, 1.5, 1.0])


def test_gain_in_a_turned_rose_is_that_of_floris(unrefined: LayoutProblem) -> None:
    """Powers that are known already give what FLORIS says in the turned rose."""
    given = unrefined.initial_layout
    assert given is not None
    before = repair(unrefined, given)
    layouts = {"initial": before, "final": before + np.array([0.0, 1.0]) * np.arange(9)[:, None]}
    judged = judge(unrefined, layouts, Simulator(unrefined))
    gains = gains_in_roses(unrefined, judged["final"], judged["initial"])
    assert [one.name for one in gains[1:5]] == [f"turned {a:+d}" for a in (-15, -5, 5, 15)]
    assert len(gains) == 25
    as_it_is = (judged["final"].aep - judged["initial"].aep) / 1e9
    assert gains[0].gain_gwh == pytest.approx(as_it_is, rel=1e-9)
    probability = 0.5 * (unrefined.wind.probability + np.roll(unrefined.wind.probability, 1, 0))
    there = replace(unrefined, wind=replace(unrefined.wind, probability=probability))
    again = judge(there, layouts, Simulator(there))
    gain = (again["final"].aep - again["initial"].aep) / 1e9
    assert gains[4].gain_gwh == pytest.approx(gain, rel=1e-9)  # 15 of 30 degrees
    assert gains[4].error_gwh == 0.0


def test_other_weights_of_a_sample_are_unbiased() -> None:
    """Whatever the surrogate says, the mean over samples is FLORIS's mean in the other rose."""
    rng = np.random.default_rng(3)
    floris, said = rng.random(40), rng.random(40)
    weight, other = (one / one.sum() for one in rng.random((2, 40)))
    share = np.full(40, 1 / 40)
    means = []
    for _ in range(4000):
        sample = RoseSample(share, weight, rng.integers(0, 40, 8))
        known = KnownPower(said, (floris - said)[sample.asked], sample)
        means.append(known.mean(other).mean())
    assert np.mean(means) == pytest.approx(floris @ other, abs=4 * np.std(means) / 4000**0.5)


def test_sample_and_whole_rose_agree_on_a_turned_rose(small: LayoutProblem) -> None:
    given = small.initial_layout
    assert given is not None
    before = repair(small, given)
    layouts = {"initial": before, "final": before * np.array([1.0, 1.1])}
    floris, formula = Simulator(small), analytic_surrogate(small)
    whole = judge(small, layouts, floris)
    drawn = SampledEvaluator(small, formula, 0, draws=150).judge(layouts, floris)
    assert not drawn["final"].whole_rose
    roses = other_roses(small)[:6]
    truth = gains_in_roses(small, whole["final"], whole["initial"], roses=roses)
    sampled = gains_in_roses(small, drawn["final"], drawn["initial"], roses=roses)
    for one, exact in zip(sampled, truth, strict=True):
        assert one.error_gwh > 0
        assert abs(one.gain_gwh - exact.gain_gwh) < 4 * one.error_gwh


def test_weights_of_other_roses_sum_to_those_of_the_rose(small: LayoutProblem) -> None:
    total = evaluated_wind(small).conditions.weight.sum()
    roses = other_roses(small)
    assert [rose.weight.sum() for rose in roses] == pytest.approx([total] * 25)
    assert all(rose.unknown_share < 1e-12 for rose in roses)
    again = other_roses(small)
    assert all((a.weight == b.weight).all() for a, b in zip(roses, again, strict=True))


def test_lead_survives_where_every_rose_shows_it() -> None:
    def lead(*gains: tuple[float, float]) -> Lead:
        roses = (
            GainInRose(f"noise {i}", gain, error, 0.1) for i, (gain, error) in enumerate(gains)
        )
        return Lead("grid", tuple(roses))

    assert lead((1.0, 0.0), (0.1, 0.0)).survives == "survives"
    assert lead((1.0, 0.0), (-0.1, 0.0)).survives == "does not survive"
    assert lead((1.0, 0.0), (0.0, 0.0)).survives == "does not survive"
    assert lead((1.0, 0.1), (0.15, 0.1)).survives == "open"
    assert lead((1.0, 0.1), (0.21, 0.1)).survives == "survives"
    record = lead((1.0, 0.0), (2.0, 0.0), (3.0, 0.0)).record()
    assert record["noise"] == {"draws": 3, "mean_gwh": 2.0, "std_gwh": 1.0, "least_gwh": 1.0}


def test_lead_over_a_baseline_is_that_of_the_roses_of_both() -> None:
    gains = [vars(GainInRose(f"noise {i}", 5.0, 0.0, 1.0)) for i in (1, 2)]
    verification = {
        "layouts": {"final": {"aep_gwh": 400.0, "aep_error_gwh": 0.3}},
        "roses": {"aep_gwh": [401.0, 399.0], "gains": {"initial": gains}},
    }
    one = BaselineResult(
        "a search",
        399.5,
        aep_error_gwh=0.4,
        feasible=True,
        aep_predicted_gwh=399.0,
        status="budget",
        cpu_s=1.0,
        energy_wh=None,
        looks=(),
        layout=np.zeros((2, 2)),
        roses_gwh=(399.0, 400.0),
    )
    initial, formula = leads_of(verification, Baselines(1.0, {"analytic": one}))
    assert (initial.over, formula.over) == ("initial", "analytic")
    assert [gain.gain_gwh for gain in formula.gains] == [2.0, -1.0]
    assert formula.gains[0].error_gwh == pytest.approx(0.5)
    assert formula.survives == "does not survive"
    assert leads_of({"layouts": verification["layouts"]}, Baselines()) == []


def test_losses_that_nobody_stated_are_not_invented(small_config: Path) -> None:
    layouts = {
        name: {"aep_gwh": aep, "layout": [[100.0, 100.0], [100.0, 900.0]]}
        for name, aep in (("initial", 380.0), ("final", 400.0))
    }
    problem = load_problem(small_config)
    told = physical_of(problem, {"layouts": layouts}, Baselines())
    assert told is not None
    assert told["yield"]["aep_net_gwh"] is None
    assert told["yield"]["gain_net_gwh"] is None
    stated = load_problem(small_config, {"losses": LOSSES})
    told = physical_of(stated, {"layouts": layouts}, Baselines())
    assert told is not None
    assert told["yield"]["gain_gross_gwh"] == pytest.approx(20.0)
    assert told["yield"]["gain_net_gwh"] == pytest.approx(20.0 * 0.97 * 0.98)
    assert told["yield"]["not_stated"] == ["other_pct"]
    section = physical_section({"physical": told})
    assert section is not None
    assert (
        "Net of the stated losses (availability 3 %, electrical 2 %): 380.24 GWh"
        in (section.said[0])
    )
    assert "Not stated: other." in section.said[0]


def test_run_tells_its_physical_sense(small_run: RunResult) -> None:
    folder, told = small_run.folder, small_run.summary["physical"]
    after, before = told["spacing"]["after"], told["spacing"]["before"]
    assert after["least_d"] == pytest.approx(small_run.summary["min_spacing_d"])
    assert before["within_3d"] == 9
    assert told["turbulence"]["after"]["mean"] > told["turbulence"]["after"]["ambient"]
    assert set(told["roses"]) == {"initial", "grid"}
    assert len(told["roses"]["initial"]["turned"]) == 4
    gain = told["yield"]["gain_gross_gwh"]
    assert told["roses"]["initial"]["as_it_is_gwh"] == pytest.approx(gain)
    assert told["roses"]["initial"]["noise"]["draws"] == 20
    rows = {row.quantity: row for row in read_physical(folder.physical)}
    gain = rows["AEP, gross"].after - rows["AEP, gross"].before  # type: ignore[operator]
    assert gain == pytest.approx(told["yield"]["gain_gross_gwh"], abs=1e-5)
    assert rows["AEP, net"].after is None
    page = folder.read_text(folder.report)
    assert "Physical sense" in page
    assert "Net: not stated" in page
    assert "IEC 61400-1" in page
    assert folder.read(RunFolder.physical) == list(rows.values())


CLOSER = np.array([[0.0, 0.0], [2.5, 0.0], [6.0, 0.0]])
GIVEN = np.array([[0.0, 0.0], [4.0, 0.0], [8.0, 0.0]])


def of_layouts(problem: LayoutProblem, **layouts: np.ndarray) -> dict[str, dict[str, object]]:
    diameter = problem.rotor_diameter
    return {"layouts": {name: {"layout": one * diameter} for name, one in layouts.items()}}


def test_spacing_of_the_given_layout_is_kept_only_where_the_found_one_is_closer(
    small_config: Path,
) -> None:
    asked = load_problem(small_config, {"report.given_spacing_share": 0.1})
    kept = spacing_to_keep(asked, of_layouts(asked, initial=GIVEN, final=CLOSER))
    assert kept == pytest.approx(4.0)
    wide = spacing_to_keep(asked, of_layouts(asked, initial=GIVEN, final=GIVEN + 0.1))
    assert wide == "the layout found is no closer together than the given one"
    assert spacing_to_keep(asked, of_layouts(asked, final=CLOSER)) == "no layout is given"
    off = load_problem(small_config)
    told = given_spacing_of(off, of_layouts(off, initial=GIVEN, final=CLOSER), None)
    assert told == {"missing": "not asked (report.given_spacing_share: 0)"}


def test_share_of_the_gain_bought_with_spacing_is_said() -> None:
    one = {"spacing_d": 3.5, "share": 0.1, "cpu_s": 20.2, "gain_gwh": 7.5, "error_gwh": 0.0}
    found = {"gain_found_gwh": 10.0, "error_found_gwh": 0.0}
    air = {"wind_speed": 10.0, "woehler_exponent": 10.0}
    told = {
        "reference": "initial",
        "yield": {
            "aep_gross_gwh": 400.0,
            "gain_gross_gwh": 10.0,
            "aep_net_gwh": None,
            "gain_net_gwh": None,
            "not_stated": ["other_pct"],
        },
        "spacing": {
            when: {"least_d": least, "within_3d": 0, "within_4d": 2}
            for when, least in (("before", 3.5), ("after", 2.0))
        },
        "given_spacing": one | found,
        "turbulence": air
        | {when: {"ambient": 0.07, "mean": 0.1, "largest": 0.12} for when in ("before", "after")},
        "wake_models": [],
        "roses": {},
    }
    section = physical_section({"physical": told})
    assert section is not None
    said = section.said[-1]
    assert "least spacing, 3.50 D, a search of 20 CPU-seconds (10 % of the run's)" in said
    assert "gains +7.50 GWh a year; the layout found, at 2.00 D, +10.00 (FLORIS)" in said
    assert "At most 25 % of the gain is bought with spacing" in said
    assert "some of the gain may be bought with turbines closer together" in section.said[1]


def test_search_keeps_the_given_layouts_spacing(
    small_run: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small_run.folder.path, folder)
    config = load_config(folder / "config.yaml")
    asked = config.model_copy(
        update={"report": config.report.model_copy(update={"given_spacing_share": 0.5})}
    )
    dump_config(asked, folder / "config.yaml")
    with begin(asked, folder) as run:
        record = run.folder.read(RunFolder.verification)
        given = closeness(run.problem, record.layouts["initial"].layout)
        assert given is not None
        # a rule that lets the found layout be closer, whatever the search has come to
        monkeypatch.setattr(
            "windopt.stages.given_spacing.spacing_to_keep", lambda *_: given.least_d
        )
        before = run.ledger.totals()
        search_at_given_spacing(run)
        after = run.ledger.totals()
        found = run.folder.read(RunFolder.given_spacing)
        kept = closeness(run.problem, np.array(found["layout"]))
        assert kept is not None
        assert kept.least_d > given.least_d - 1e-5
        assert after.apart["robustness"].cpu_s > 0
        assert set(after.by_stage) == set(before.by_stage)  # apart from the run
        gain = record.final.aep_gwh - record.layouts["initial"].aep_gwh
        margin = 4 * found["error_found_gwh"] + 1e-6
        assert found["gain_found_gwh"] == pytest.approx(gain, abs=margin)
        summary = sum_up(run, *outcome(run))
    assert summary["physical"]["given_spacing"]["spacing_d"] == pytest.approx(given.least_d)
    assert "layout" not in summary["physical"]["given_spacing"]
