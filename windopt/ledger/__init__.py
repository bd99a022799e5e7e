"""The energy ledger: what each stage of a run cost, however it ended, beside what it gained.

What is exact is counted first (evaluations, CPU-seconds of the process and all its children);
joules are derived from that, with their method and a band. From joules and the verified gain follow
CO2, everyday equivalences and the verdict whether it paid.
"""

from windopt.ledger.appraisal import Appraisal
from windopt.ledger.began import Began
from windopt.ledger.boamps import boamps_reports
from windopt.ledger.bounds import Bounds
from windopt.ledger.carbon import Carbon, carbon_of
from windopt.ledger.crate import files_of, ro_crate
from windopt.ledger.cross_check import CodeCarbonCheck
from windopt.ledger.database import write_database
from windopt.ledger.energy import JOULES_PER_WH, Energy, EnergyWh
from windopt.ledger.equivalences import CLAIMS, Counted, equivalences
from windopt.ledger.export import to_csv, to_json
from windopt.ledger.ledger import Ledger, Stage, StageKind
from windopt.ledger.meters import Meter, NoMeter, VcpuMeter
from windopt.ledger.model_card import model_card
from windopt.ledger.payback import payback_seconds
from windopt.ledger.probe import probe_meter
from windopt.ledger.project import Project, ProjectRun, read_project
from windopt.ledger.rapl import RaplMeter
from windopt.ledger.shared import SurrogateAccount, energy_from_wh, surrogate_accounts
from windopt.ledger.summarise import CROSS_CHECK, LedgerRow, ledger_table
from windopt.ledger.totals import Cost, LedgerContent, StageCharge, Totals, read_ledger
from windopt.ledger.usage import Usage
from windopt.ledger.verdict import about, appraise
from windopt.ledger.worth import Curve

__all__ = [
    "CLAIMS",
    "CROSS_CHECK",
    "JOULES_PER_WH",
    "Appraisal",
    "Began",
    "Bounds",
    "Carbon",
    "CodeCarbonCheck",
    "Cost",
    "Counted",
    "Curve",
    "Energy",
    "EnergyWh",
    "Ledger",
    "LedgerContent",
    "LedgerRow",
    "Meter",
    "NoMeter",
    "Project",
    "ProjectRun",
    "RaplMeter",
    "Stage",
    "StageCharge",
    "StageKind",
    "SurrogateAccount",
    "Totals",
    "Usage",
    "VcpuMeter",
    "about",
    "appraise",
    "boamps_reports",
    "carbon_of",
    "energy_from_wh",
    "equivalences",
    "files_of",
    "ledger_table",
    "model_card",
    "payback_seconds",
    "probe_meter",
    "read_ledger",
    "read_project",
    "ro_crate",
    "surrogate_accounts",
    "to_csv",
    "to_json",
    "write_database",
]
