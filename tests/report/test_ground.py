"""What else is known of a layout beside its yield, in sentences for a developer."""

from typing import Any

from windopt.report.ground import ground_sentences

PHYSICAL: dict[str, Any] = {
    "reference": "initial",
    "yield": {"gain_net_gwh": 9.5, "losses": {"availability_pct": 3.0}, "sampled": True},
    "spacing": {
        "before": {"least_d": 2.5, "within_3d": 2, "within_4d": 6},
        "after": {"least_d": 2.0, "within_3d": 4, "within_4d": 9},
    },
    "turbulence": {"before": {"mean": 0.112}, "after": {"mean": 0.118}},
    "roses": {
        "initial": {
            "turned": [{"by_deg": -15.0, "gain_gwh": 8.0}, {"by_deg": 5.0, "gain_gwh": 9.0}],
            "noise": {"mean_gwh": 9.0, "std_gwh": 0.2, "draws": 100},
            "least_gwh": 8.0,
            "error_gwh": 0.04,
            "survives": "survives",
        }
    },
}


def test_all_that_is_known() -> None:
    net, loads, winds = ground_sentences({"physical": PHYSICAL})
    assert net == (
        "After the losses that the config states (availability 3 %), 9.5 GWh a year are left of "
        "the gain by the run's own wake model, sampled."
    )
    assert loads.startswith(
        "The closest turbines of layout.csv stand 2.00 rotor diameters apart (2.50 in the given "
        "layout), 9 of them within 4 of another (6); the mean turbulence at a turbine is 11.8 % "
        "(11.2 %), after Frandsen (IEC 61400-1)."
    )
    assert winds == (
        "In a wind turned by up to 15° or with 10 % noise on how often it blows from where, at "
        "least +8.0 GWh a year (sampled, ± 40 MWh) are left of the gain over the given layout, so "
        "the gain survives in all of them."
    )


def test_what_is_not_known_is_left_out() -> None:
    alone = PHYSICAL | {
        "reference": None,
        "yield": {"gain_net_gwh": None, "losses": {}, "sampled": False},
        "spacing": {"before": None, "after": {"least_d": 3.0, "within_4d": 2}},
        "turbulence": {"before": None, "after": {"mean": 0.1}},
        "roses": {},
    }
    (loads,) = ground_sentences({"physical": alone})
    assert loads.startswith(
        "The closest turbines of layout.csv stand 3.00 rotor diameters apart, 2"
    )
    assert (
        ground_sentences({"physical": alone | {"spacing": {"before": None, "after": None}}}) == []
    )
    (old,) = ground_sentences({"min_spacing_d": 2.5})
    assert old.startswith("The closest turbines of layout.csv stand 2.50 rotor diameters apart.")
    assert ground_sentences({"min_spacing_d": None}) == []
