"""Reads WAsP's generalised wind climate as XML, ``.gwc``; windkit (extra ``wasp``) does the work.

WAsP has written that XML in several ways over the years, and windkit (DTU, BSD-3-Clause) knows
them.
"""

import io
import warnings
from pathlib import Path

import numpy as np

from windopt.config.files import require_file
from windopt.errors import ConfigError
from windopt.problem.wind_resource import WindResource
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.generalised import GeneralisedClimate
from windopt.readers.xml_tree import read_xml

WASP_EXTRA = "pip install 'windopt[wasp]'"
LARGEST = 50_000_000
"""Bytes of a file."""
CURE = "export it again from WAsP, or as .lib"


def read_wasp_gwc(path: Path, context: WindContext) -> WindResource:
    """Read a generalised climate, as the rose at the hub over the config's roughness length."""
    return read_generalised_gwc(path).resource(context)


def read_generalised_gwc(path: Path) -> GeneralisedClimate:
    """Read all that a ``.gwc`` holds."""
    require_file(path, "wind_resource")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own
            from windkit.io.wasp import read_gwc
    except ImportError:
        cure = f"{WASP_EXTRA}, or export it as .lib, which needs nothing"
        raise ConfigError.of(path.name, "needs windkit, which is not installed", cure) from None
    try:
        content = path.read_bytes() if path.stat().st_size < LARGEST else b""
    except OSError as error:
        raise ConfigError.of(path.name, f"cannot be read: {error}", "check the file") from None
    if not content.strip():
        raise ConfigError.of(path.name, "is empty or too large", CURE)
    try:
        read_xml(io.BytesIO(content))
    except ValueError as error:
        raise ConfigError.of(path.name, f"cannot be read as XML: {error}", CURE) from None
    try:
        found = read_gwc(path)
        r, h = np.argsort(found["gen_roughness"]), np.argsort(found["gen_height"])
        direction = np.asarray(found["sector"], dtype=np.float64) % 360
        order = np.argsort(direction)
        frequency, scale, shape = (
            np.asarray(found[name], dtype=np.float64).transpose(2, 1, 0)[np.ix_(r, h, order)]
            for name in ("wdfreq", "A", "k")
        )
        coords = found["coords"]
        lonlat = (coords["west_east"], coords["south_north"])
        roughness, height = found["gen_roughness"][r], found["gen_height"][h]
    except Exception as error:  # of windkit, lxml and numpy, of many kinds
        said = " ".join(str(error).split())[:200]
        raise ConfigError.of(path.name, f"windkit cannot read it: {said}", CURE) from None
    known = all(value is not None and np.isfinite(value) for value in lonlat)
    return GeneralisedClimate(
        path.name, roughness, height, direction[order], frequency, scale, shape,
        lonlat if known else None,
    ).checked()  # fmt: skip
