"""Put faults of one line into the package, one at a time, and see whether the tests tell.

    python results/faults/make.py [--repository PATH] [--only WORD ...]

The package and its tests are copied to a temporary folder. For each fault the named tests run there
in a process of their own, forked from one that has imported the libraries; they have passed before
without the fault. A fault is known by its text, wherever in its room the text stands.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
LIMIT_S = 600.0
"""After which a test that does not end is given up."""
COPIED = ("windopt", "tests", "configs", "notebooks", "pyproject.toml", "README.md")


class Fault(NamedTuple):
    """One line, what becomes of it, and the tests that should fail then."""

    room: str
    old: str
    new: str
    tests: str


FAULTS = [
    # -- problem
    Fault("problem", "side = np.array([wind[1], -wind[0]])", "side = np.array([wind[1], wind[0]])",
          "tests/problem/test_spacing.py"),
    Fault("problem", "BOUNDARY_TOLERANCE_M = 1e-3", "BOUNDARY_TOLERANCE_M = 10.0",
          "tests/problem/test_constraints_are_exact.py"),
    Fault("problem", "cKDTree(layout).query(layout, k=[2])", "cKDTree(layout).query(layout, k=[1])",
          "tests/problem/test_constraints_are_exact.py"),
    Fault("problem", "probability[order] / probability.sum(),", "probability / probability.sum(),",
          "tests/problem/test_wind_resource_is_read.py"
          " tests/problem/test_windio_is_read_as_meant.py tests/problem/test_roses_as_tables.py"),
    Fault("problem", "share @ (self.probability * self.turbulence_intensity)",
          "share @ self.turbulence_intensity",
          "tests/problem/test_refined_rose_keeps_its_energy.py"),
    Fault("problem", "share @ (self.probability * self.value),", "share @ self.value,",
          "tests/problem/test_values.py"
          " tests/problem/test_refined_rose_keeps_its_energy.py"),
    Fault("problem", "whole = round(float(a @ b / (a @ a)))",
          "whole = round(float(a @ b / (b @ b)))", "tests/search/test_lattice.py"),
    # -- readers
    Fault("readers", "scale * gamma(1.0 + 1.0 / shape)", "scale * gamma(1.0 + shape)",
          "tests/problem/test_generalised_climates.py tests/problem/test_resource_grids.py"),
    Fault("readers", "edges[:last] + 0.5", "edges[:last] + 1.0",
          "tests/problem/test_wind_files.py tests/problem/test_generalised_climates.py"),
    Fault("readers", "always_xy=True", "always_xy=False", "tests/problem/test_areas_by_hand.py"),
    # -- config
    Fault("config", "if len(counts) > DEEPEST:", "if len(counts) > 100 * DEEPEST:",
          "tests/test_yaml_has_limits.py"),
    Fault("", "(1.0 + rate) ** -years", "(1.0 + rate) ** years",
          "tests/problem/test_free_number.py"),
    # -- floris
    Fault("floris", "sort_keys=True, default=_plain", "sort_keys=True, default=str",
          "tests/test_nothing_is_lost.py::test_digests_tell_apart_what_differs_anywhere"),
    Fault("floris", "(270.0 - np.rad2deg(np.arctan2(way[:, 1]",
          "(180.0 - np.rad2deg(np.arctan2(way[:, 1]",
          "tests/floris/test_training_data.py::test_few_turbines_stand_in_each_others_wakes"),
    Fault("floris", "np.hypot(*(layout - point).T).min() >= MIN_SPACING_D",
          "np.hypot(*(layout - point).T).min() >= 0.0",
          "tests/floris/test_training_data.py::test_a_jammed_draw_ends_with_all_turbines_apart"
          " tests/floris/test_training_data.py::"
          "test_farms_keep_the_spacing_and_conditions_the_range"),
    Fault("floris", "(height / problem.reference_height) ** problem.wind_shear",
          "(problem.reference_height / height) ** problem.wind_shear",
          "tests/verification/test_floris_is_the_judge.py::"
          "test_wake_free_aep_sums_over_the_turbine_types"),
    # -- surrogate
    Fault("surrogate", "THRUST / (8.0 * sigma**2)", "THRUST / (4.0 * sigma**2)",
          "tests/surrogate/test_analytic.py::test_table_is_the_formula_between_its_knots"),
    Fault("surrogate", "return FlowState(free.u * cube ** (1.0 / 3.0), free.ti)",
          "return FlowState(free.u * cube, free.ti)",
          "tests/surrogate/test_compiled_equals_tensors.py::test_powers_and_gradients_agree"),
    Fault("surrogate", "above=self.above - rise", "above=self.above + rise",
          "tests/surrogate/test_tilted_wakes_rise.py::test_compiled_and_tensors_agree"),
    Fault("surrogate", "image=(ground + hub) / diameter", "image=(ground - hub) / diameter",
          "tests/surrogate/test_compiled_equals_tensors.py::test_powers_and_gradients_agree"),
    Fault("surrogate", "if (wanted := wake_model_hash(problem)) != known:",
          "if (wanted := wake_model_hash(problem)) is None:",
          "tests/surrogate/test_checkpoint.py::test_it_is_refused_for_another_wake_model"),
    # -- search
    Fault("problem", "Lattice(mean - middle @ cell, cell)", "Lattice(mean, cell)",
          "tests/problem/test_regularity.py::test_lattice_is_found_again"),
    Fault("search", "c.weight / (n * self.share[i])", "c.weight / n",
          "tests/search/test_conditions_are_drawn_without_bias.py"),
    Fault("search", "(np.arange(n) + rng.random()) / n * ladder[-1]",
          "np.arange(n) / n * ladder[-1]",
          "tests/search/test_conditions_are_drawn_without_bias.py"),
    Fault("problem", "error = power[:, chosen] @ (mix @ mean) - whole",
          "error = power[:, chosen] @ (mix @ mean) * 0.0",
          "tests/problem/test_condensed.py::test_differences_are_those_of_the_whole_rose"),
    # -- verification
    Fault("verification", "100.0 * (self.judged.aep / other.aep - 1.0)",
          "100.0 * (1.0 - other.aep / self.judged.aep)",
          "tests/verification/test_floris_is_the_judge.py"),
    Fault("verification", "np.bincount(sector, power * conditions.weight, len(directions))",
          "np.bincount(sector, power, len(directions))",
          "tests/verification/test_floris_is_the_judge.py"),
    Fault("verification", "self.truth > RUNNING_SHARE * self.rated",
          "self.truth > -self.rated",
          "tests/verification/test_validation.py::test_bias_is_found_where_it_is"
          " tests/verification/test_validation.py::"
          "test_wake_depths_are_binned_by_the_true_deficit"),
    # -- ledger
    Fault("ledger", "max(self.cpu_s - part.cpu_s, 0.0)", "self.cpu_s",
          "tests/ledger/test_nested_stages_are_charged_once.py"),
    Fault("ledger", "self.energy_marginal + other.energy_marginal,",
          "self.energy_marginal + other.energy,",
          "tests/ledger/test_energy_follows_the_formulas.py"
          " tests/ledger/test_killed_stage_is_charged.py"
          " tests/ledger/test_gpus_stand_beside_the_meter.py"),
    Fault("ledger", "vcpus * used.wall_s - used.yielded", "used.wall_s - used.yielded",
          "tests/ledger/test_energy_follows_the_formulas.py"),
    Fault("ledger", "max(joules - idle_w * wall_s, 0.0)", "max(joules - idle_w, 0.0)",
          "tests/ledger/test_rapl_counters_wrap.py tests/ledger/test_meter_is_chosen.py"
          " tests/ledger/test_gpus_stand_beside_the_meter.py"),
    # -- assessment
    Fault("assessment", "Bounds(share / life.high, share / life.central, share / life.low)",
          "Bounds(share / life.low, share / life.central, share / life.high)",
          "tests/ledger/test_carbon.py"),
    Fault("assessment", "SECONDS_PER_YEAR * energy_wh / gain_wh_per_year",
          "SECONDS_PER_YEAR * gain_wh_per_year / energy_wh", "tests/ledger/test_payback.py"),
    Fault("assessment", "max(0.0, (zero - year) / (zero - base_year))",
          "(zero - year) / (zero - base_year)", "tests/ledger/test_carbon.py"),
    # -- runs
    Fault("runs", "process {holder['pid']} on", "process {os.getpid()} on",
          "tests/test_nothing_is_lost.py::"
          "test_a_second_run_is_refused_and_the_lock_of_a_dead_one_is_taken"),
    Fault("runs", "budget.seconds - totals.wall_s - kept_s", "budget.seconds - kept_s",
          "tests/test_budget.py::test_time_left_of_a_run_is_told_whatever_is_limited"),
    Fault("runs", "if len(block) == n_turbines}", "if block}",
          "tests/report/test_kept_layouts.py"),
    # -- stages
    Fault("stages", "if how.pattern == \"regular\" or any(how.regularity):",
          "if how.pattern != \"regular\":",
          "tests/test_nothing_is_lost.py::test_a_search_goes_on_from_its_best_layouts"),
    Fault("runs", "if not is_compiled(problem):", "if is_compiled(problem):",
          "tests/test_budget.py::"
          "test_the_least_grows_with_the_farm_the_machine_and_its_first_run"),
    Fault("stages", "return given if given is not None and breaks_rules(problem, given) else None",
          "return given", "tests/test_given_layout_that_breaks_rules.py"),
    # -- report
    Fault("report", "100 * (predicted / aep - 1) if aep", "100 * (aep / predicted - 1) if aep",
          "tests/report/test_wording.py tests/report/test_console.py"),
    Fault("report", "far = np.hypot(*way.T) >= glide_m", "far = np.hypot(*way.T) < glide_m",
          "tests/report/test_animation.py::test_near_turbines_glide_and_far_ones_jump"),
    Fault("report", "(self.north - south) * self.scale + self.top",
          "(self.north + south) * self.scale + self.top", "tests/report/test_svg_map.py"),
    # -- exports
    Fault("exports", "shapely.geometry.polygon.orient(shape)",
          "shapely.geometry.polygon.orient(shape, -1.0)", "tests/report/test_layout_files.py"),
    Fault("exports", "(turbine.ref_air_density / AIR_DENSITY) ** (1.0 / 3.0)",
          "(AIR_DENSITY / turbine.ref_air_density) ** (1.0 / 3.0)",
          "tests/report/test_windio_layout.py tests/report/test_layout_files.py"),
    # -- compare
    Fault("compare", "ahead = _at(ours, efforts) > _at(theirs, efforts)",
          "ahead = _at(ours, efforts) < _at(theirs, efforts)", "tests/compare/test_statistics.py"),
    Fault("compare", 'efforts, side="right")', 'efforts, side="left")',
          "tests/compare/test_statistics.py"),
    # -- commands
    Fault("commands", "INTERRUPTED = 130", "INTERRUPTED = 1",
          "tests/test_cli.py::test_interrupt_is_130_and_says_how_to_go_on"),
    Fault("commands", "sys.exit(error.exit_code)", "sys.exit(1)",
          "tests/test_cli.py::test_missing_config_names_its_neighbour"),
    # -- initialise
    Fault("initialise", "fewest = min(len(claims[file]) for file in claimants)",
          "fewest = max(len(claims[file]) for file in claimants)", "tests/test_init.py"),
    # -- workers
    Fault("workers", "first = len(NAMES) * places.taken.value", "first = 0",
          "tests/test_metering.py::"
          "test_what_workers_do_is_counted_by_whoever_opened_their_pool"),
    # -- what all rooms share
    Fault("", "os.replace(partial, path)\n        _force(path.parent)",
          "path.write_bytes(b\"\")", "tests/problem/test_layout_files.py"),
    Fault("", "word = noun if number == 1 else", "word = noun if number <= 1 else",
          "tests/test_words.py"),
]  # fmt: skip


def copy_of(repository: Path, to: Path) -> Path:
    """Copy what the tests need; compiled code goes along, as files keep their times."""
    for name in COPIED:
        path = repository / name
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, to / name)
    (to / "results").symlink_to(repository / "results")
    (to / "docs").symlink_to(repository / "docs")
    return to


def import_libraries() -> None:
    """Import what all tests need, but nothing of windopt: forked processes have it then."""
    import floris  # noqa: F401
    import hypothesis  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import numba  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import rich  # noqa: F401
    import scipy.optimize  # noqa: F401
    import shapely  # noqa: F401
    import torch
    import typer  # noqa: F401
    import windIO  # noqa: F401
    import xarray  # noqa: F401

    torch.set_num_threads(1)
    assert not [name for name in sys.modules if name.partition(".")[0] == "windopt"]


def passes(folder: Path, tests: list[str]) -> str:
    """Run tests in a copy: "" where they pass, else what happened."""
    child = os.fork()
    if not child:
        os.setsid()
        with (folder / "output").open("w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        os.chdir(folder)
        os.environ |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(folder))
        import pytest

        quietly = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"]
        code = pytest.main([*quietly, f"--rootdir={folder}", *tests])
        sys.stdout.flush()
        os._exit(int(code))
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return {0: "", 1: "a test fails"}.get(code, f"pytest ends with {code}")
        time.sleep(0.1)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "the tests do not end"


def find(folder: Path, fault: Fault) -> list[Path]:
    """Return the files in which a fault's line stands, as often as it does."""
    files = sorted((folder / "windopt" / fault.room).rglob("*.py"))
    return [path for path in files for _ in range(path.read_text().count(fault.old))]


def put_in(folder: Path, fault: Fault) -> tuple[Path, str]:
    """Put a fault in; return the file and what it was."""
    (path,) = find(folder, fault)
    text = path.read_text()
    path.write_text(text.replace(fault.old, fault.new))
    return path, text


def table(rows: list[tuple[Fault, str, str]], command: str, commit: str) -> str:
    """Write what was found as the page beside this script."""
    told = sum(bool(found) for *_, found in rows)
    lines = [
        "# Faults put in, and whether the tests tell",
        "",
        f"Each fault is one line of the package; the tests beside it pass without it. {told} of "
        f"{len(rows)} are told. Made by `{command}` at {commit} on {date.today()}.",
        "",
        "| file | line | fault | tests | told |",
        "|---|---|---|---|---|",
    ]
    for fault, file, found in rows:
        old, new = (" ".join(text.replace("|", "\\|").split()) for text in fault[1:3])
        tests = ", ".join(name.removeprefix("tests/") for name in fault.tests.split())
        lines.append(f"| {file} | `{old}` | `{new}` | {tests} | {found or '**no**'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Try all faults, and write README.md where all were tried on this checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", type=Path, default=HERE.parents[1])
    parser.add_argument(
        "--only", nargs="+", default=[""], help="faults whose text or tests hold one of these"
    )
    arguments = parser.parse_args()
    repository = arguments.repository.resolve()
    chosen = [f for f in FAULTS if any(word in " ".join(f) for word in arguments.only)]
    if lost := [fault.old for fault in chosen if len(find(repository, fault)) != 1]:
        raise SystemExit("\n".join(["no longer one line of the package:", *lost]))
    import_libraries()
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = copy_of(repository, Path(made))
        tests = sorted({name for fault in chosen for name in fault.tests.split()})
        if what := passes(folder, tests):
            print((folder / "output").read_text()[-3000:])
            raise SystemExit(f"without a fault: {what}")
        for fault in chosen:
            path, text = put_in(folder, fault)
            times = (repository / path.relative_to(folder)).stat()
            found = passes(folder, fault.tests.split())
            path.write_text(text)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            rows.append((fault, str(path.relative_to(folder / "windopt")), found))
            print(f"{found or 'NOT TOLD':22} {rows[-1][1]}: {fault.new}", flush=True)
    print(f"{sum(bool(found) for *_, found in rows)} of {len(rows)} are told")
    if chosen == FAULTS and repository == HERE.parents[1]:
        git = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
        page = table(rows, "python results/faults/make.py", commit)
        (HERE / "README.md").write_text(page)


if __name__ == "__main__":
    main()
