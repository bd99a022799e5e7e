"""A chain goes on from what is hardly worse, and a search stops when nothing is gained."""

from windopt.search.accept import ThresholdAcceptance
from windopt.search.stop import FirstOf, NoGain, OutOfTime


def test_a_share_of_one_turbines_power_is_the_threshold() -> None:
    accept = ThresholdAcceptance(threshold=0.02, hopeless=0.1)
    # of 10 turbines with 100 W together one yields 10 W
    assert accept.accepts(99.81, 100.0, n_turbines=10)
    assert not accept.accepts(99.79, 100.0, n_turbines=10)
    assert not accept.accepts(99.81, 100.0, n_turbines=20)
    assert accept.is_hopeless(98.9, 100.0, n_turbines=10)
    assert not accept.is_hopeless(99.1, 100.0, n_turbines=10)


def test_what_is_negligible_is_no_gain() -> None:
    accept = ThresholdAcceptance(negligible=1e-3)
    assert 100.05 < accept.least_gain(100.0) < 100.15


def test_it_stops_when_all_together_gain_nothing() -> None:
    """Small gains add up until they are one."""
    stop = NoGain(patience=6, tolerance=0.01, best=100.0)
    stop.look(100.6, iterations=3)
    assert (stop.since, stop.share, stop.met) == (3, 0.5, False)
    stop.look(101.2, iterations=2)
    assert (stop.since, stop.best) == (0, 101.2)
    stop.look(101.2, iterations=6)
    assert stop.met
    assert stop.reason() == "the last 6 iterations gained less than 1 % of AEP, all together"


def test_without_patience_it_stops_at_once() -> None:
    stop = NoGain(patience=0, tolerance=0.01)
    assert stop.met
    assert stop.share == 1.0
    assert stop.reason() == "optimise.patience is 0: no iterations followed"


def test_it_stops_when_time_is_over_but_for_what_is_kept() -> None:
    left = [10.0]
    out_of_time = OutOfTime(lambda: left[0], given_s=10.0, kept_s=2.0)
    stop = FirstOf(NoGain(patience=4, tolerance=0.01), out_of_time)
    assert (stop.met, stop.share) == (False, 0.0)
    left[0] = 5.0
    assert (stop.met, stop.share) == (False, 0.5)
    left[0] = 2.0
    assert stop.met


def test_without_a_limit_time_tells_nothing() -> None:
    endless = OutOfTime(lambda: float("inf"), given_s=float("inf"))
    stop = FirstOf(NoGain(patience=4, tolerance=0.01, since=1), endless)
    assert (stop.met, stop.share) == (False, 0.25)


def test_so_many_iterations_are_enough_whatever_they_gain() -> None:
    stop = NoGain(patience=6, tolerance=0.01, best=100.0, most=8)
    stop.look(110.0, iterations=4)
    assert not stop.met
    stop.look(120.0, iterations=4)
    assert stop.met
    assert stop.share == 1.0
    assert stop.reason() == "8 iterations are enough where no budget asks for more"
