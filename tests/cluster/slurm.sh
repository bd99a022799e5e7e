#!/usr/bin/env bash
# One run on a Slurm of a single node, from beginning to end: the same layout as with processes.
#     tests/cluster/slurm.sh
# Debian or Ubuntu, as root: it installs slurm-wlm where it is missing. Its munged, slurmctld and
# slurmd have a key, ports and folders of their own, beside any Slurm of the machine, and end with it.
# Where there can be no Slurm it says why, and leaves with 77. WINDOPT_TEST_SLURM=1 has pytest run it.
set -uo pipefail
cd "$(dirname "$0")/../.."
windopt="$PWD/.venv/bin/windopt" python="$PWD/.venv/bin/python"

skip() { echo "no Slurm here: $*" >&2; exit 77; }

[ "$(id -u)" = 0 ] || skip "not root"
if ! command -v slurmctld > /dev/null || ! command -v munged > /dev/null; then
    command -v apt-get > /dev/null || skip "no apt-get to install it with"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends slurm-wlm munge; } > /dev/null 2>&1 \
        || skip "slurm-wlm cannot be installed"
fi

work=$(mktemp -d)
chmod 711 "$work"
host=$(hostname -s)
cores=$(nproc)
memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
read -r controller node < <("$python" - <<'PORTS'
import socket
with socket.socket() as one, socket.socket() as two:
    for each in (one, two):
        each.bind(("127.0.0.1", 0))
    print(one.getsockname()[1], two.getsockname()[1])
PORTS
)
cat > "$work/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
mkdir "$work/state" "$work/spool"
export SLURM_CONF="$work/slurm.conf"

run=
end() {
    [ -z "$run" ] || kill "$run" 2> /dev/null
    [ ! -e "$work/slurmctld.pid" ] || scancel --user root > /dev/null 2>&1
    for one in slurmd slurmctld munged; do
        [ ! -e "$work/$one.pid" ] || kill "$(cat "$work/$one.pid")" 2> /dev/null
    done
    sleep 1
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

(umask 077 && head -c 1024 /dev/urandom > "$work/munge.key")
munged --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
    --pid-file="$work/munged.pid" --log-file="$work/munged.log" --seed-file="$work/munge.seed" \
    2> /dev/null || skip "munged does not start"
slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" -N "$host" || skip "its daemons do not start"
for _ in $(seq 20); do sinfo -h -o %t 2> /dev/null | grep -q idle && break; sleep 1; done
sinfo -h -o %t | grep -q idle || { tail -20 "$work"/*.log; skip "its node is not idle"; }

jobs="{engine: dask, slurm: {cores: 1, memory: 2GB, walltime: '00:20:00', queue: all, n_jobs: 2}}"
settings=(--set robust=null --set optimise.patience=2 --set optimise.stop=converged
    --set report.cpu_seconds=0)
cd "$work" || exit 1
"$windopt" compile || exit 1
"$windopt" run quickstart "${settings[@]}" --set "workers=$jobs" --out slurm > slurm.log 2>&1 &
run=$!
most=0
while kill -0 $run 2> /dev/null; do
    now=$(squeue -h -t R 2> /dev/null | wc -l)
    [ "$now" -gt "$most" ] && most=$now
    sleep 0.5
done
wait $run || { tail -30 slurm.log; echo "the run on Slurm failed" >&2; exit 1; }
run=
"$windopt" run quickstart "${settings[@]}" --out processes > processes.log 2>&1 \
    || { tail -30 processes.log; exit 1; }
cmp slurm/layout.csv processes/layout.csv || { echo "another layout on Slurm" >&2; exit 1; }
[ "$most" -ge 1 ] || { echo "no job has run" >&2; exit 1; }
"$python" - <<'CHECK' || exit 1
import json
hosts = json.load(open("slurm/summary.json"))["hosts"]
assert hosts and all(one["cpu_s"] > 0 for one in hosts.values()), hosts
print("charged by machine:", {name: round(one["cpu_s"]) for name, one in hosts.items()}, "CPU-s")
CHECK
echo "the same layout with Slurm ($most jobs at once) and with processes"
