"""Whatever stands in a file of input: it is read, or refused in plain words with exit code 2.

Files are made of nasty values in the place of good ones, of bytes changed at random, and of nothing
but noise. `HYPOTHESIS_PROFILE=thorough` tries fifty times as many.
"""

import copy
import json
import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import xarray as xr
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from windopt.config.reader import load_config
from windopt.errors import ConfigError, Fault
from windopt.problem.site import Site
from windopt.readers.formats import read_layout, read_turbines, read_wind
from windopt.readers.identify import roles_of
from windopt.readers.places.files import read_geo_file
from windopt.readers.places.site import read_site
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.values import read_values
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.speed_map import read_speed_map

EXAMPLES = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 20
"""Of each test."""
CONFIGS = Path(__file__).parents[1] / "configs"

POLYGON = {"x": [0, 4000, 4000, 0], "y": [0, 0, 2000, 2500]}
GOOD: dict[str, Any] = {
    "site": {
        "name": "s",
        "boundaries": {"polygons": [POLYGON], "circle": {"center": {"x": 1, "y": 2}, "radius": 9}},
        "exclusions": {"polygons": [{"x": [8, 13, 13], "y": [8, 8, 13]}]},
    },
    "rose": {
        "name": "r",
        "wind_resource": {
            "wind_direction": [0, 90, 180, 270],
            "wind_speed": [7, 10],
            "sector_probability": {"data": [0.25] * 4, "dims": ["wind_direction"]},
            "probability": {"data": [[0.5, 0.5]] * 4, "dims": ["wind_direction", "wind_speed"]},
            "turbulence_intensity": {"data": [0.09, 0.06], "dims": ["wind_speed"]},
        },
    },
    "weibull": {
        "name": "w",
        "wind_resource": {
            "wind_direction": [0, 180],
            "sector_probability": [0.5, 0.5],
            "weibull_a": {"data": [9.0, 10.0], "dims": ["wind_direction"]},
            "weibull_k": {"data": [2.0, 2.1], "dims": ["wind_direction"]},
            "turbulence_intensity": 0.06,
        },
    },
    "farm": {
        "name": "f",
        "layouts": [{"coordinates": {"x": [1, 900], "y": [2, 3]}, "turbine_types": [0, 1]}],
    },
    "turbine": {
        "name": "t",
        "hub_height": 119.0,
        "rotor_diameter": 198.0,
        "performance": {
            "rated_power": 1e7,
            "rated_wind_speed": 11.0,
            "cutin_wind_speed": 4.0,
            "cutout_wind_speed": 25.0,
            "Ct_curve": {"Ct_values": [0.8, 0.8, 0.1], "Ct_wind_speeds": [4.0, 11.0, 25.0]},
        },
    },
    "curves": {
        "name": "c",
        "hub_height": 119.0,
        "rotor_diameter": 198.0,
        "performance": {
            "Cp_curve": {"Cp_values": [0.4, 0.4, 0.03], "Cp_wind_speeds": [4.0, 11.0, 25.0]},
            "generator_efficiency": 0.95,
            "Ct_curve": {"Ct_values": [0.8, 0.8, 0.1], "Ct_wind_speeds": [4.0, 11.0, 25.0]},
        },
    },
}


def wind(path: str) -> object:
    return read_wind(path, WindContext(hub_height=119.0, turbulence_intensity=0.07))


def turbines(path: str) -> object:
    return read_turbines(path, TurbineContext(rotor_diameter=198.0, hub_height=119.0))


def over_land(path: str) -> object:
    """A generalised climate needs the roughness of the ground."""
    context = WindContext(hub_height=119.0, turbulence_intensity=0.07, roughness_length=0.1)
    return read_wind(path, context)


def speed_map(path: str) -> object:
    return read_speed_map(path, ATLAS_SITE, 126.0, (502500.0, 5601700.0))


EVERY_READER: tuple[Callable[[str], object], ...] = (
    wind,
    over_land,
    speed_map,
    turbines,
    read_layout,
    read_values,
    roles_of,
    lambda path: read_geo_file(Path(path), "site", "points"),
    lambda path: read_geo_file(Path(path), "site", "vertices", close_rings=True),
)
SAMPLES = sorted(
    path
    for path in CONFIGS.rglob("*")
    if path.is_file() and path.parent != CONFIGS and path.stat().st_size < 20_000
)
"""Files of input that ship, in every format."""
ATLAS_SITE = Site(
    "square", shapely.MultiPolygon([shapely.box(501000, 5601000, 503000, 5602000)]), "EPSG:25832"
)
READERS: dict[str, Callable[[str], object]] = {
    "site": read_site,
    "rose": wind,
    "weibull": wind,
    "farm": read_layout,
    "turbine": turbines,
    "curves": turbines,
}

NASTY = st.one_of(
    st.sampled_from(
        [
            *[None, True, "", "~", "\x00", "a/../../b", "windIO:..", "1e999", "ü", "!!int x"],
            *[math.nan, math.inf, -math.inf, 0, -1, 1e308, -1e308, 5e-324, 10**400, 2**63],
            *[[], {}, [[]], [None], {1: 2}, {None: []}, {"x": [1], "y": [1, 2]}, [[1, 2], [3]]],
            [1e308, -1e308],
        ]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the paths to all that a nested value holds."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return [path]
    return [path] * bool(path) + [p for key, one in items for p in places(one, (*path, key))]


@st.composite
def spoilt(draw: st.DrawFn, good: Any) -> Any:
    """Put nasty values in some places, leave some out, add keys that nobody knows."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(value) or [("x",)]))
        if not way and last == "x":
            return draw(NASTY)
        node = value
        for key in way:
            node = node[key]
        how = draw(st.sampled_from(["put", "put", "drop", "add"]))
        if how == "drop":
            del node[last]
        elif how == "put" or isinstance(node, list):
            node[last] = copy.deepcopy(draw(NASTY))
        else:
            node[draw(st.text(max_size=6) | st.integers())] = copy.deepcopy(draw(NASTY))
    return value


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Cut, double, overwrite or insert some bytes."""
    for _ in range(draw(st.integers(1, 4))):
        i, j = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        new = draw(
            st.sampled_from([b"", b"\x00", b"\xff\xfe", b"- ", b": ", b"*a", b"\t", b"9" * 9])
        )
        how = draw(st.sampled_from(["insert", "overwrite", "cut"]))
        if how == "cut":
            content = content[:i] + content[min(j, i + 20) :]
        else:
            content = content[:i] + new + content[i + (len(new) if how == "overwrite" else 0) :]
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def fuzz(*what: st.SearchStrategy[Any]) -> Callable[..., Any]:
    def wrap(test: Callable[..., None]) -> Callable[..., Any]:
        profile = settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=EXAMPLES < 100,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return profile(given(*what)(test))

    return wrap


def read_or_refuse(read: Callable[[], object]) -> None:
    """Read; a fault has a place, a problem and a cure, on one line each, and is no novel."""
    faults: tuple[Fault, ...] = ()
    try:
        read()
    except ConfigError as error:
        faults = error.faults
    for fault in faults:
        assert fault.where
        assert fault.problem
        assert fault.cure
        assert len(str(fault)) < 3000


def dumped(value: Any) -> bytes:
    return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", errors="surrogatepass")


@fuzz(
    st.sampled_from(sorted(CONFIGS.glob("*.yaml"))).flatmap(
        lambda path: spoilt(yaml.safe_load(path.read_text()))
    )
)
def test_configs_with_nasty_values(folder: Path, config: Any) -> None:
    path = folder / "config.yaml"
    path.write_bytes(dumped(config))
    read_or_refuse(lambda: load_config(path))


@fuzz(
    st.sampled_from(sorted(CONFIGS.glob("*.yaml"))).flatmap(lambda path: damaged(path.read_bytes()))
    | st.binary(max_size=60)
)
def test_configs_with_damaged_bytes(folder: Path, content: bytes) -> None:
    path = folder / "config.yaml"
    path.write_bytes(content)
    read_or_refuse(lambda: load_config(path))


@fuzz(
    st.dictionaries(
        st.sampled_from(
            ["seed", "wake.gch", "wake.parameters.a.b", "n_turbines", "x..y", "", "site.a"]
        )
        | st.text(max_size=9),
        NASTY | st.text(max_size=9),
        max_size=3,
    )
)
def test_settings(small_config: Path, overrides: dict[str, Any]) -> None:
    read_or_refuse(lambda: load_config(small_config, overrides))


@pytest.mark.parametrize("kind", READERS)
@fuzz(st.data())
def test_windio_files(kind: str, folder: Path, data: st.DataObject) -> None:
    content = dumped(data.draw(spoilt(GOOD[kind])))
    if data.draw(st.integers(0, 3)) == 0:
        content = data.draw(damaged(dumped(GOOD[kind])))
    path = folder / f"{kind}.yaml"
    path.write_bytes(content)
    read_or_refuse(lambda: READERS[kind](str(path)))


@fuzz(damaged(b"id,x,y,type\na,0,0,1\nb,900.5,-3e2,0\n") | st.binary(max_size=60))
def test_layout_csv(folder: Path, content: bytes) -> None:
    path = folder / "layout.csv"
    path.write_bytes(content)
    read_or_refuse(lambda: read_layout(str(path)))


@fuzz(
    st.sampled_from(SAMPLES).flatmap(
        lambda path: st.tuples(st.just(path.suffix), damaged(path.read_bytes()))
    )
)
def test_files_of_every_format_with_damaged_bytes(folder: Path, sample: tuple[str, bytes]) -> None:
    suffix, content = sample
    path = folder / f"sample{suffix}"
    path.write_bytes(content)
    for read in EVERY_READER:
        read_or_refuse(lambda read=read: read(str(path)))  # type: ignore[misc]


@pytest.fixture(scope="module")
def climate(folder: Path) -> bytes:
    """A small netCDF as windkit writes it."""
    dims, share = ("height", "south_north", "west_east", "sector"), np.ones((2, 3, 4, 5))
    data = xr.Dataset(
        {"A": (dims, 9 * share), "k": (dims, 2 * share), "wdfreq": (dims, share / 5)},
        {
            "height": [80.0, 120.0],
            "south_north": 1e6 + 500.0 * np.arange(3),
            "west_east": 500.0 * np.arange(4),
            "sector": 72.0 * np.arange(5),
        },
    )
    data.to_netcdf(folder / "good.nc")
    assert wind(str(folder / "good.nc")) is not None
    return (folder / "good.nc").read_bytes()


@fuzz(st.data())
def test_netcdf_with_damaged_bytes(folder: Path, climate: bytes, data: st.DataObject) -> None:
    path = folder / "damaged.nc"
    path.write_bytes(data.draw(damaged(climate)))
    for read in (wind, over_land, roles_of):
        read_or_refuse(lambda read=read: read(str(path)))  # type: ignore[misc]


# -- depth, size and magnitude ------------------------------------------------------------------

HUGE = st.sampled_from(
    [1e12, -1e12, 1e15, 1e100, 1e200, 1e300, 1e308, -1e308, 10**19, 10**400, 5e-324]
)
DEEP = st.tuples(
    st.sampled_from(["[", "- ", "? ", "{a: ", "- [", "'[': [", "!!set {"]), st.integers(1, 20_000)
).map(lambda drawn: drawn[0] * drawn[1])
WORDS = st.sampled_from(["a[/b]", "[/]", "[bold]", ":x:", "$x^{$", "<b>", "\x1b[2J", "{0}", "%s"])


@st.composite
def blown_up(draw: st.DrawFn, good: Any) -> Any:
    """Put huge numbers and names with markup in the place of good ones."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(value)))
        node = value
        for key in way:
            node = node[key]
        node[last] = draw(WORDS) if isinstance(node[last], str) else draw(HUGE)
    return value


@pytest.mark.parametrize("kind", READERS)
@fuzz(st.data())
def test_huge_numbers_and_odd_names(kind: str, folder: Path, data: st.DataObject) -> None:
    path = folder / f"{kind}.yaml"
    path.write_bytes(dumped(data.draw(blown_up(GOOD[kind]))))
    read_or_refuse(lambda: READERS[kind](str(path)))


@fuzz(DEEP, st.sampled_from(["", "a: ", "site:\n  "]))
def test_depth(folder: Path, deep: str, before: str) -> None:
    path = folder / "deep.yaml"
    path.write_text(before + deep)
    for read in (load_config, *READERS.values()):
        read_or_refuse(lambda read=read: read(str(path)))  # type: ignore[misc]


@fuzz(
    st.integers(1, 6),
    st.integers(1, 12),
    st.sampled_from(["!include {}", "!<!include> {}", "!include '{}'", "[!include {}]"]),
)
def test_files_that_include_files(folder: Path, depth: int, width: int, how: str) -> None:
    for i in range(depth):
        line = how.format(f"in {i + 1}.yaml")
        text = "".join(f"k{j}: {line}\n" for j in range(width))
        (folder / f"in {i}.yaml").write_text(text)
    (folder / f"in {depth}.yaml").write_text("a: 1\n")
    for read in READERS.values():
        read_or_refuse(lambda read=read: read(str(folder / "in 0.yaml")))  # type: ignore[misc]


@fuzz(
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]),
    st.sampled_from(["", '<!DOCTYPE k [<!ENTITY a "b">]>', "<!DOCTYPE k SYSTEM '/dev/zero'>"]),
    st.integers(0, 300),
    st.sampled_from([b"", b" " * 60_000_000, b"\x00"]),
)
def test_kml_and_kmz(folder: Path, encoding: str, head: str, depth: int, tail: bytes) -> None:
    corners = "3,52 3.1,52 3.1,52.1 3,52"
    ring = f"<LinearRing><coordinates>{corners}</coordinates></LinearRing>"
    drawn = f"<Placemark><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon></Placemark>"
    nested = "<Folder>" * depth + drawn + "</Folder>" * depth
    content = f"{head}<kml>{nested}</kml>".encode(encoding) + tail
    (folder / "a.kml").write_bytes(content)
    with zipfile.ZipFile(folder / "a.kmz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a.kml", content)
    for name in ("a.kml", "a.kmz"):
        read_or_refuse(lambda name=name: read_site(str(folder / name)))  # type: ignore[misc]


# -- known attacks ------------------------------------------------------------------------------

BOMB = "a0: &a0 [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, r"aliases .* stand for .* values"),
        ("a: &a [*a]\n", "stands within what it names"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("a: " + "9" * 5000 + "\n", "number of 5,000 characters"),
        ("when: 2020-99-99\n", "month"),
    ],
    ids=["bomb", "itself", "deep", "object", "long number", "date"],
)
@pytest.mark.parametrize("read", [load_config, read_site, turbines, wind, roles_of])
def test_yaml_that_means_harm(
    read: Callable[[str], object], text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said if read is load_config else "file.yaml"):
        read(str(path))


def test_includes_that_go_round_or_grow_without_end(tmp_path: Path) -> None:
    (tmp_path / "round.yaml").write_text("site: !include round.yaml\n")
    with pytest.raises(ConfigError, match="includes itself"):
        read_site(str(tmp_path / "round.yaml"))
    for i in range(9):
        lines = [f"k{j}: !include {i + 1}.yaml\n" for j in range(9)]
        (tmp_path / f"{i}.yaml").write_text("".join(lines))
    (tmp_path / "9.yaml").write_text("a: 1\n")
    with pytest.raises(ConfigError, match="includes more than 200 files"):
        read_site(str(tmp_path / "0.yaml"))


def test_what_is_no_file_is_refused_at_once(small_config: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.symlink("loop.yaml", tmp_path / "loop.yaml")
    strange = ["pipe.yaml", "folder.yaml", "loop.yaml", "x" * 300, "nul\x00", "~nobody-here/x"]
    for name in strange:
        with pytest.raises(ConfigError):
            load_config(tmp_path / name)
        for key in ("site", "layout", "turbine", "wind_resource"):
            with pytest.raises(ConfigError):
                load_problem_with(small_config, key, f"{tmp_path}/{name}")
    with pytest.raises(ConfigError, match="device"):
        load_config("/dev/zero")


def load_problem_with(config: Path, key: str, path: str) -> None:
    one = load_config(config, {key: path})
    readers = {"site": read_site, "layout": read_layout, "turbine": turbines}
    readers.get(key, wind)(str(getattr(one, key)))  # type: ignore[operator]


@pytest.mark.parametrize(
    "name", ["../../x", "a/b", "..", "/etc/x", "~root", "a\nb", "nul\x00", "-rf", "x" * 300, "C:x"]
)
def test_no_name_leads_out_of_the_run_folder(small_config: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="a folder is named so"):
        load_config(small_config, {"name": json.dumps(name)})


@pytest.mark.parametrize(
    "setting",
    [
        {"compare.seeds": 2**63},
        {"compare.seeds": 3 * 10**9},
        {"n_turbines": 10**12, "layout": None},
        {"n_turbines": {"min": 2, "max": 10**12}, "layout": None},
        {"turbine_counts": [10**12], "layout": None},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_numbers_that_would_fill_the_memory_are_refused(
    small_config: Path, setting: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=r"is refused|less than or equal|valid list"):
        load_config(small_config, setting)
