"""A meter whose readings the test decides, so that every charge is fixed by the formulas."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import EnergyUse, VcpuMeter
from windopt.ledger.meters.usage import Usage


class ScriptedMeter:
    """Stands still until the test uses something; converts as the vCPU model on two vCPUs."""

    scope = "scripted"

    def __init__(self) -> None:
        self.now = Usage()

    def use(self, **amounts: float) -> None:
        self.now = replace(
            self.now, **{name: getattr(self.now, name) + amount for name, amount in amounts.items()}
        )

    def read(self) -> Usage:
        return self.now

    def energy(self, delta: Usage) -> EnergyUse:
        return VcpuMeter(vcpus=2).energy(delta)


@pytest.fixture
def meter() -> ScriptedMeter:
    return ScriptedMeter()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def ledger(path: Path, meter: ScriptedMeter) -> Ledger:
    return Ledger.open(path, {"name": "test"}, meter=meter)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true"
            time.sleep(0.01)

    return wait
