"""What other people's optimisers cannot represent, and so refuse."""

from windopt.errors import WindoptError
from windopt.problem.problem import LayoutProblem


class CannotPlay(WindoptError):  # noqa: N818  # a refusal, no fault
    """A peer cannot represent the problem; the message says what of it."""


def refuse(
    problem: LayoutProblem,
    peer: str,
    *,
    parcels: bool = False,
    holes: bool = False,
    fixed: bool = False,
    types: bool = False,
) -> None:
    """Raise `CannotPlay` where a problem has something that a peer knows nothing of.

    No peer knows of spacings that depend on direction or type.

    Parameters
    ----------
    problem : LayoutProblem
    peer : str
        What it calls itself.
    parcels, holes, fixed, types : bool
        What the peer can represent: several parcels, exclusions inside a parcel, turbines that
        stand already, several turbine types.
    """
    area, rule = problem.site.polygons, problem.spacing
    inside = sum(len(polygon.interiors) for polygon in area)
    reasons = {
        f"the site has {len(area)} parcels and it knows one polygon": len(area) > 1 and not parcels,
        f"the site has {inside} exclusions inside a parcel and it knows none": inside and not holes,
        f"{len(problem.fixed_layout)} turbines are fixed and it moves all": (
            len(problem.fixed_layout) and not fixed
        ),
        f"there are {len(problem.turbines)} turbine types and it knows one": (
            len(problem.turbines) > 1 and not types
        ),
        "the wind varies over the site and it is given one rose": problem.speed_up is not None,
        f"the spacing is {problem.spacing_in_words} and it knows one distance": (
            not (rule.circular and rule.uniform)
        ),
    }
    found = [reason for reason, true in reasons.items() if true]
    if found:
        raise CannotPlay(f"{peer} cannot represent {problem.name!r}: {'; '.join(found)}")
