"""A farm on the terminal: boundaries as lines of dots, turbines as circles."""

import math

import shapely

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

WIDTH, MOST_ROWS = 44, 16
"""Characters across, and lines at most."""
CELL = (2, 4)
"""Dots in a character of Braille, across and down."""
DOT = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a character, by row and column (Unicode 15, block Braille Patterns)."""
BRAILLE = 0x2800
TURBINE = "●"


def terminal_map(problem: LayoutProblem, layout: FloatArray) -> list[str]:
    """Return a map of a layout, north up, a line of text each.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
        Turbines that share a character are one circle.
    """
    polygons = problem.site.polygons
    west, south, east, north = shapely.total_bounds([*polygons, shapely.MultiPoint(layout)])
    across, down = max(east - west, 1.0), max(north - south, 1.0)
    # a character is twice as high as it is wide
    step = max(across / (WIDTH - 1), down / (2 * (MOST_ROWS - 1)))
    rows, columns = math.ceil(down / (2 * step)) + 1, math.ceil(across / step) + 1
    bits = [[0] * columns for _ in range(rows)]
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            for x, y in shapely.get_coordinates(ring.segmentize(step / CELL[0])):
                place, dot = divmod(round((x - west) / step * CELL[0]), CELL[0])
                line, below = divmod(round((north - y) / (2 * step) * CELL[1]), CELL[1])
                if line < rows and place < columns:
                    bits[line][place] |= DOT[below][dot]
    text = [[chr(BRAILLE + one) if one else " " for one in line] for line in bits]
    for x, y in layout:
        line, place = round((north - y) / (2 * step)), round((x - west) / step)
        text[min(max(line, 0), rows - 1)][min(max(place, 0), columns - 1)] = TURBINE
    return ["".join(line).rstrip() for line in text]
