"""What a run uses and its ledger does not hold, measured from outside.

    python results/ledger/remainder.py [CONFIG] [KEY=VALUE ...]

Runs windopt on a config (by default the quickstart, under one wake model) in a process of its own
and holds the CPU time that the system says this process and its children have used (wait4(2))
against the ledger's stages. Prints both, and writes remainder.json. The limit is 0.2 %.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from windopt.ledger.totals import own_costs, read_ledger

HERE = Path(__file__).parent
LIMIT = 2e-3
MAIN = "from windopt.commands.cli import main; main()"


def main() -> None:
    """Run, compare and write."""
    config = sys.argv[1] if len(sys.argv) > 1 else "configs/quickstart.yaml"
    settings = sys.argv[2:] or ["robust=null"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "-c", MAIN, "run", config, "--out", str(out)]
        process = subprocess.Popen([*command, *(f"--set={one}" for one in settings)])
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        content = read_ledger(out / "ledger.jsonl")
    used_s = used.ru_utime + used.ru_stime
    listed_s = sum(own.cpu_s for _, own in own_costs(content.stages))
    result = {
        "config": config,
        "settings": settings,
        "used_cpu_s": used_s,
        "listed_cpu_s": listed_s,
        "between_stages_cpu_s": content.totals.by_stage["between"].cpu_s,
        "unlisted_as_the_run_says_cpu_s": content.totals.unlisted_cpu_s,
        "unlisted_cpu_s": used_s - listed_s,
        "unlisted_share": (used_s - listed_s) / used_s,
        "limit": LIMIT,
    }
    (HERE / "remainder.json").write_text(json.dumps(result, indent=2) + "\n")
    kept = "kept" if result["unlisted_share"] <= LIMIT else "NOT kept"
    print(
        f"the system: {used_s:.2f} CPU-s; stages: {listed_s:.2f} CPU-s; in no stage: "
        f"{used_s - listed_s:.2f} CPU-s, {100 * result['unlisted_share']:.2f} %; limit {kept}"
    )


if __name__ == "__main__":
    main()
