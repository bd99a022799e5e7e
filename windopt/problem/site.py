"""A site: where turbines may stand."""

from dataclasses import dataclass
from functools import cached_property

import shapely
from shapely.geometry.base import BaseGeometry

from windopt.words import count_of


@dataclass(frozen=True, eq=False)
class Limit:
    """What bounds the area, as maps and messages name it.

    Attributes
    ----------
    name : str
        As the input has it; empty where it has none.
    shape : BaseGeometry [m]
        A parcel as drawn, or an exclusion with the distance kept from it.
    distance_m : float [m]
        That distance.
    """

    name: str
    shape: BaseGeometry
    distance_m: float = 0.0


HAIR_M = 5e-6
"""Width of the strip along boundaries that layouts found here keep off [m].

Layouts are written to the micrometre, and then still lie strictly inside. Against spacing it counts
for nothing: a millionth of a diameter is tolerated there, 0.1 mm.
"""


@dataclass(frozen=True, eq=False)
class Site:
    """The area open to turbines: boundaries less exclusions, in metres of the site's own CRS.

    Attributes
    ----------
    name : str
        What the site is called.
    area : shapely.MultiPolygon [m]
        Its parcels.
    crs : str or None
        Its coordinate reference system, such as ``EPSG:25831``; None where nobody has said.
    outline : shapely.MultiPolygon or None
        Its boundaries, the holes of its file cut out, before set-back and the exclusions of the
        config [m]; None where it is the area.
    parcels, exclusions : tuple[Limit, ...]
        What the boundaries and the exclusions were made of.
    setback_m : float [m]
        Distance kept from the outline.
    """

    name: str
    area: shapely.MultiPolygon
    crs: str | None = None
    outline: shapely.MultiPolygon | None = None
    parcels: tuple[Limit, ...] = ()
    exclusions: tuple[Limit, ...] = ()
    setback_m: float = 0.0

    @property
    def drawn(self) -> shapely.MultiPolygon:
        """The parcels as drawn, before set-back and exclusions [m]."""
        return self.area if self.outline is None else self.outline

    @property
    def polygons(self) -> tuple[shapely.Polygon, ...]:
        """The separate parcels."""
        return tuple(self.area.geoms)

    @cached_property
    def inner(self) -> shapely.MultiPolygon:
        """The area less a hair along its boundaries; the area itself where nothing were left."""
        shrunk = self.area.buffer(-HAIR_M, join_style="mitre")
        parts = [part for part in shapely.get_parts(shrunk) if part.area > 0]
        inner = shapely.MultiPolygon(parts)
        return inner if parts and inner.is_valid and self.area.covers(inner) else self.area

    @property
    def area_km2(self) -> float:
        """Area open to turbines [km²]."""
        return float(self.area.area) / 1e6

    @property
    def in_words(self) -> str:
        """Name, parcels and area, such as ``site two parcels: 2 polygons, 13.12 km²``."""
        return f"site {self.name}: {self._facts()}"

    def __repr__(self) -> str:
        return f"Site({self.name!r}, {self._facts()})"

    def _facts(self) -> str:
        # WKT, of a CRS that no register has, would fill the screen
        crs = f", {self.crs}" if self.crs and len(self.crs) < 40 else ""
        return f"{count_of(len(self.polygons), 'polygon')}, {self.area_km2:.2f} km²{crs}"
