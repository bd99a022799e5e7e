"""A site: where turbines may stand."""

from dataclasses import dataclass

import shapely

from windopt.words import count_of


@dataclass(frozen=True, eq=False)
class Site:
    """The area open to turbines: boundaries less exclusions, in metres of the site's own CRS.

    Attributes
    ----------
    name : what the site is called
    area : its parcels [m]
    crs : its coordinate reference system, such as ``EPSG:25831``; None where nobody has said
    """

    name: str
    area: shapely.MultiPolygon
    crs: str | None = None

    @property
    def polygons(self) -> tuple[shapely.Polygon, ...]:
        """The separate parcels."""
        return tuple(self.area.geoms)

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
