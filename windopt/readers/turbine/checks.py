r"""Checks of a turbine: there is a rotor with these curves, and they hold all its energy.

A rotor takes the share :math:`C_P = P / (\frac12 \rho A u^3)` of the wind's power. It cannot exceed
16/27 (A. Betz 1920), and the largest Cp of turbines that are built lies between 0.35 and 0.5. Units
that were mixed up show by it: a radius for a diameter multiplies it by 4, speeds in knots divide it
by 7.3. It takes more power out of the wind than it delivers, so Cp is less than the thrust
coefficient.
"""

import logging
import math
from collections.abc import Iterator, Sequence

import numpy as np

from windopt.errors import ConfigError, Fault
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource

logger = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.1, 2000.0  # [m], of rotors and hub heights
FASTEST = 200.0  # [m/s]: no wind at sea level ever was
TOWER, TOWER_D = 100.0, 3.0
"""No tower is higher than the first [m] and so many rotor diameters: the highest has 300 m."""
SPECIFIC_POWER_RANGE = (50.0, 2000.0)  # [W/m²]; rotors are built for 200 to 600
BETZ = 16 / 27
BETZ_TOLERANCE = 0.01  # of it: tables are rounded
SMALL_CP, LEAST_CP = 0.245, 0.2
"""Below the first a warning, below the second a fault: small turbines reach 0.25, one 0.215."""
USUAL_CP = (0.3, 0.55)
AT_WORK = 0.1
"""Share of rated power from which on Cp counts: below, measured and rounded curves are rough."""
SPEED_UNITS = {"km/h": 1 / 3.6, "mph": 0.44704, "knots": 0.514444, "ft/s": 0.3048}  # [m/s]
SHARES = "if the powers are shares or per cent, multiply them by the rated power"
LARGEST_DIP = 0.1  # of rated power
THRUST_STEP, THRUST_GAP = 0.05, 0.15  # [m/s]
USUAL_CUT_IN, LATEST_CUT_IN, USUAL_CUT_OUT = 3.0, 4.0, 25.0  # [m/s]
LEAST_LOSS = 1e-3  # share of the energy


def require_size(where: str, length: float) -> float:
    """Return a rotor diameter or hub height [m] that a turbine can have."""
    if not SHORTEST <= length <= LONGEST:
        problem = f"{length:g} m is the size of no turbine"
        raise ConfigError.of(where, problem, f"give {SHORTEST:g} to {LONGEST:g} metres")
    return length


def check_turbine(where: str, turbine: Turbine, rated: float | None = None) -> Iterator[Fault]:
    """Rotor, hub and curves belong together.

    Parameters
    ----------
    where : str
        The place of the curves.
    turbine : Turbine
        With power at some speed.
    rated : float or None [W]
        Largest power, where that of these curves may be less.
    """
    if (fastest := turbine.wind_speed[-1]) > FASTEST:
        yield Fault(where, f"goes to {fastest:g} m/s", f"give m/s, {FASTEST:g} at most")
        return
    yield from check_hub_height(where, turbine)
    yield from check_shape(where, turbine)
    for check in (check_specific_power, check_power_coefficient):
        if faults := list(check(where, turbine, rated)):
            yield from faults  # of a wrong unit, which shows in what follows too
            return
    yield from check_thrust_at_work(where, turbine)


def check_hub_height(where: str, turbine: Turbine) -> Iterator[Fault]:
    """Check that the blades' tips stay above the ground, and the tower is one that is built."""
    below = turbine.rotor_diameter / 2 - turbine.hub_height
    if below >= 0:
        reach = f"reach {below:g} m into the ground" if below else "touch the ground"
        yield Fault(
            where,
            f"a rotor of {turbine.rotor_diameter:g} m at a hub height of {turbine.hub_height:g} m "
            f"would {reach}",
            "correct the hub height or the rotor diameter, both in m",
        )
    elif turbine.hub_height > TOWER + TOWER_D * turbine.rotor_diameter:
        yield Fault(
            where,
            f"no rotor of {turbine.rotor_diameter:g} m stands on a tower of "
            f"{turbine.hub_height:g} m",
            "correct the hub height or the rotor diameter, both in m",
        )


def check_specific_power(
    where: str, turbine: Turbine, rated: float | None = None
) -> Iterator[Fault]:
    """Rated power and rotor belong together; else one has another unit."""
    power = turbine.rated_power if rated is None else rated
    specific = power / (math.pi / 4 * turbine.rotor_diameter**2)
    low, high = SPECIFIC_POWER_RANGE
    if not low <= specific <= high:
        cure = "give power in W and the rotor diameter in m"
        for factor, words in ((1e3, "1,000 times too small"), (1e-3, "1,000 times too large")):
            if low <= specific * factor <= high:
                cure = f"correct the unit of power: it looks {words} in W; or the rotor diameter"
        if specific < low and _is_one(power):
            cure += f"; {SHARES}"
        yield Fault(
            where,
            f"rated power {power:g} W on a rotor of {turbine.rotor_diameter:g} m is "
            f"{specific:.3g} W/m², outside {low:g} to {high:g}",
            cure,
        )


def check_power_coefficient(
    where: str, turbine: Turbine, rated: float | None = None
) -> Iterator[Fault]:
    """Check that the largest Cp is that of a rotor; warn where it is that of a poor one."""
    at_work = turbine.power >= AT_WORK * turbine.rated_power
    cp = np.where(at_work, turbine.power_coefficient, 0.0)
    most, speed = float(cp.max()), float(turbine.wind_speed[np.argmax(cp)])
    if most > BETZ * (1 + BETZ_TOLERANCE):
        yield Fault(
            where,
            f"the largest power coefficient is {most:.3g}, at {speed:g} m/s: no rotor has more "
            f"than {BETZ:.3f} (Betz)",
            _cure(_if_too_large(turbine, most)),
        )
        return
    least = _largest_between(turbine) * (rated or turbine.rated_power) / turbine.rated_power
    if least < SMALL_CP:
        problem = f"the largest power coefficient is {least:.2g}: that of turbines is 0.35 to 0.5"
        cure = _cure(_if_too_small(turbine, least))
        if least < LEAST_CP:
            yield Fault(where, problem, cure)
        else:
            logger.warning("%s: %s; %s", where, problem, cure)


def _largest_between(turbine: Turbine) -> float:
    """Return the largest Cp of the linear curves: a coarse table may miss that of the turbine."""
    fine = np.linspace(turbine.wind_speed[0], turbine.wind_speed[-1], 1000)
    power = np.interp(fine, turbine.wind_speed, turbine.power)
    fine, power = np.append(fine, turbine.wind_speed), np.append(power, turbine.power)
    at_work = (power >= AT_WORK * turbine.rated_power) & (fine > 0)
    area = math.pi / 4 * turbine.rotor_diameter**2
    wind = 0.5 * turbine.ref_air_density * area * fine[at_work] ** 3
    return float((power[at_work] / wind).max())


def _if_too_large(turbine: Turbine, most: float) -> Iterator[str]:
    """Yield what would explain a Cp that is too large."""
    if _usual(most / 4):
        yield (
            f"if {turbine.rotor_diameter:g} m is the radius, the diameter is "
            f"{2 * turbine.rotor_diameter:g} m and it is {most / 4:.2f}"
        )
    speed = turbine.wind_speed
    if speed[0] in (0.0, 1.0) and (np.diff(speed) == 1.0).all():
        for shift in range(1, 7):
            at_work = turbine.power >= AT_WORK * turbine.rated_power
            cp = (turbine.power_coefficient * (speed / (speed + shift)) ** 3)[at_work].max()
            if _usual(float(cp)):
                yield (
                    f"if the speeds are numbers of rows and begin at {speed[0] + shift:g} m/s, it "
                    f"is {cp:.2f}"
                )
                return


def _if_too_small(turbine: Turbine, most: float) -> Iterator[str]:
    """Yield what would explain a Cp that is too small."""
    for unit, factor in SPEED_UNITS.items():
        if _usual(most / factor**3):
            yield f"if the speeds are in {unit}, it is {most / factor**3:.2f}"
    if _usual(4 * most):
        yield (
            f"if the diameter is {turbine.rotor_diameter / 2:g} m, half of what is given, it is "
            f"{4 * most:.2f}"
        )
    if _is_one(turbine.rated_power):
        yield SHARES


def _is_one(power: float) -> bool:
    """Return whether a power is 1, 10 or 100 in some unit."""
    return power > 0 and math.log10(power) % 1 == 0


def _usual(cp: float) -> bool:
    return USUAL_CP[0] <= cp <= USUAL_CP[1]


def _cure(explained: Iterator[str]) -> str:
    cure = "correct the rotor diameter, the wind speeds or the power"
    return "; ".join([cure, *explained])


def check_shape(where: str, turbine: Turbine) -> Iterator[Fault]:
    """Power rises from calm to its largest and falls from there: else a cell is wrong."""
    if turbine.wind_speed[0] == 0 and turbine.power[0] > 0:
        problem = f"there are {turbine.power[0] / 1e3:g} kW at 0 m/s"
        yield Fault(where, problem, "give the speeds in m/s beside the powers, calm with 0")
        return
    power, rated, top = turbine.power, turbine.rated_power, int(np.argmax(turbine.power))
    rising = np.maximum.accumulate(power[: top + 1]) - power[: top + 1]
    falling = np.maximum.accumulate(power[:top:-1])[::-1] - power[top + 1 :]
    dips = np.concatenate([rising, falling])
    i = int(np.argmax(dips))
    if dips[i] > LARGEST_DIP * rated:
        yield Fault(
            where,
            f"the power falls to {power[i] / 1e3:g} kW at {turbine.wind_speed[i]:g} m/s, and rises "
            "again",
            "correct the power at that speed, or the unit and the thousands of the column",
        )


def check_thrust_at_work(where: str, turbine: Turbine) -> Iterator[Fault]:
    """Where a rotor takes power it has thrust, and Ct is larger than Cp."""
    if not (turbine.thrust_coefficient > 0).any():
        return
    speed = np.arange(turbine.wind_speed[0], turbine.wind_speed[-1], THRUST_STEP)
    power, thrust, cp = (
        np.interp(speed, turbine.wind_speed, values)
        for values in (turbine.power, turbine.thrust_coefficient, turbine.power_coefficient)
    )
    lacks = speed[(power >= AT_WORK / 10 * turbine.rated_power) & (thrust < cp / 2)]
    if len(lacks) * THRUST_STEP >= THRUST_GAP:
        worst = float(np.interp(lacks[0], speed, thrust))
        yield Fault(
            where,
            f"there is power but next to no thrust at {lacks[0]:.3g} to {lacks[-1]:.3g} m/s: the "
            f"thrust coefficient is {worst:.2g} where the power coefficient is "
            f"{np.interp(lacks[0], speed, cp):.2g}",
            "complete the thrust curve: it is larger than the power coefficient at each speed",
        )


def warn_of_ends(
    turbines: Sequence[Turbine],
    wind: WindResource,
    air_density: float,
    wind_shear: float,
    reference_height: float | None = None,
) -> None:
    """Warn of power curves that end, or begin, where a turbine still has power, and what it costs.

    Beyond the last speed the power is 0, as in FLORIS, so a table that ends at rated power stops
    the turbine there. The figure is of a turbine without neighbours that would go on at its last
    power to 25 m/s, and down to 3 m/s with the cube of the wind speed.

    Parameters
    ----------
    turbines : (n_types,)
    wind : WindResource
        At the hub height of the first.
    air_density, wind_shear : float [-]
        Of the site [kg/m³],.
    reference_height : float or None [m]
        At which the wind speeds hold; None is the first type's hub height.
    """
    reference = reference_height or turbines[0].hub_height
    often = wind.probability.sum(axis=0)
    for turbine in turbines:
        height = (turbine.hub_height / reference) ** wind_shear
        speed = wind.wind_speed * height * (air_density / turbine.ref_air_density) ** (1 / 3)
        table, power = turbine.wind_speed, turbine.power
        yielded = float(often @ np.interp(speed, table, power, left=0.0, right=0.0))
        (first, last), (low, high) = table[[0, -1]], power[[0, -1]]
        above = (speed > last) & (speed <= USUAL_CUT_OUT)
        lost = max(high, 0.0) * float(often[above].sum())
        early = last < USUAL_CUT_OUT - 0.1 and not turbine.cut_out_known
        if early and _matters(lost, yielded):
            logger.warning(
                "turbine %s: the power curve ends at %g m/s with %.4g kW and is 0 above: %.1f %% "
                "of the energy of a turbine without neighbours is lost if it really goes on to "
                "%g m/s; add the rows up to cut-out, or one with power 0 behind it",
                turbine.name,
                last,
                high / 1e3,
                100 * lost / (lost + yielded),
                USUAL_CUT_OUT,
            )
        below = (speed < first) & (speed >= USUAL_CUT_IN)
        lost = max(low, 0.0) * float(often[below] @ (speed[below] / first) ** 3)
        if first > LATEST_CUT_IN and _matters(lost, yielded):
            logger.warning(
                "turbine %s: the power curve begins at %g m/s with %.4g kW and is 0 below: about "
                "%.1f %% of the energy of a turbine without neighbours is lost if it really turns "
                "from %g m/s; add the rows from cut-in, or one with power 0 before it",
                turbine.name,
                first,
                low / 1e3,
                100 * lost / (lost + yielded),
                USUAL_CUT_IN,
            )


def _matters(lost: float, yielded: float) -> bool:
    return lost > LEAST_LOSS * (lost + yielded)
