"""What FLORIS is asked, booked in the stage that asks."""

from dataclasses import replace

from windopt.floris.simulator import SimulationCounts, Simulator
from windopt.ledger.ledger import Stage


class Booking:
    """Books what a simulator is asked.

    Parameters
    ----------
    stage : Stage
        Where it is booked.
    simulator : Simulator
    """

    def __init__(self, stage: Stage, simulator: Simulator) -> None:
        self._stage, self._simulator = stage, simulator
        self._booked = SimulationCounts()

    def book(self) -> None:
        """Book what it was asked since the last time."""
        counts, booked = self._simulator.counts, self._booked
        self._stage.count(
            floris_evaluations=counts.evaluations - booked.evaluations,
            floris_conditions=counts.conditions - booked.conditions,
            floris_turbine_conditions=counts.turbine_conditions - booked.turbine_conditions,
        )
        self._booked = replace(counts)
