"""What is asked for is proved first; RAPL on a powercap tree as a virtual machine shows it."""

import pytest

from windopt.errors import ConfigError
from windopt.ledger.meters.base import NoMeter, VcpuMeter
from windopt.ledger.meters.probe import probe_meter


@pytest.fixture
def stuck(tmp_path):
    """Counters that exist and stand still, as in many virtual machines."""
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    for name, text in {
        "name": "package-0",
        "max_energy_range_uj": "1000",
        "energy_uj": "5",
    }.items():
        (zone / name).write_text(text)
    return tmp_path


@pytest.fixture
def denied(stuck, monkeypatch):
    """Counters that only the administrator may read."""
    read_text = type(stuck).read_text

    def refuse(path, *arguments, **options):
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *arguments, **options)

    monkeypatch.setattr(type(stuck), "read_text", refuse)
    return stuck


@pytest.mark.parametrize("machine", ["stuck", "denied", "absent"])
def test_rapl_that_is_of_no_use_is_a_config_error(machine, request, tmp_path):
    powercap = tmp_path / "no" if machine == "absent" else request.getfixturevalue(machine)
    with pytest.raises(ConfigError, match=r"energy\.meter: 'rapl', but .*; set energy.meter: auto"):
        probe_meter("rapl", powercap)


@pytest.mark.parametrize("machine", ["stuck", "denied"])
def test_auto_falls_back_to_the_model(machine, request):
    assert isinstance(probe_meter("auto", request.getfixturevalue(machine)), VcpuMeter)


def test_the_model_is_taken_where_it_is_asked_for(stuck):
    assert isinstance(probe_meter("vcpu", stuck), VcpuMeter)


def test_none_is_no_meter(stuck):
    assert isinstance(probe_meter("none", stuck), NoMeter)
