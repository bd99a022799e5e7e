"""The energy ledger: what each stage of a run cost, however it ended, beside what it gained.

What is exact is counted first (evaluations, CPU-seconds of the process and all its children);
joules are derived from that, with their method and a band.
"""

from windopt.ledger.energy import Energy, EnergyWh
from windopt.ledger.ledger import Ledger, Stage, StageKind
from windopt.ledger.meters import Meter, RaplMeter, VcpuMeter, probe_meter
from windopt.ledger.payback import payback_seconds
from windopt.ledger.summarise import LedgerRow, ledger_table
from windopt.ledger.totals import Cost, LedgerContent, StageCharge, Totals, read_ledger

__all__ = [
    "Cost",
    "Energy",
    "EnergyWh",
    "Ledger",
    "LedgerContent",
    "LedgerRow",
    "Meter",
    "RaplMeter",
    "Stage",
    "StageCharge",
    "StageKind",
    "Totals",
    "VcpuMeter",
    "ledger_table",
    "payback_seconds",
    "probe_meter",
    "read_ledger",
]
