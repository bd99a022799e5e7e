#!/usr/bin/env bash
# One run on a Slurm of a single node, from beginning to end: the same layout as with processes.
#     tests/cluster/slurm.sh
# Debian or Ubuntu, as root: it installs slurm-wlm, and starts munge, slurmctld and slurmd for as long
# as it runs. Elsewhere it says why it cannot, and leaves with 0. Two minutes and some CPU-minutes.
set -uo pipefail
cd "$(dirname "$0")/../.."
windopt="$PWD/.venv/bin/windopt" python="$PWD/.venv/bin/python"

skip() { echo "no Slurm here: $*" >&2; exit 0; }

[ "$(id -u)" = 0 ] || skip "not root"
command -v apt-get > /dev/null || skip "no apt-get to install it with"
if ! command -v slurmctld > /dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends slurm-wlm munge; } > /dev/null 2>&1 \
        || skip "slurm-wlm cannot be installed"
fi

work=$(mktemp -d)
host=$(hostname -s)
cores=$(nproc)
memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
cat > "$work/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
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
mkdir -p "$work/state" "$work/spool" /run/munge /var/log/munge
export SLURM_CONF="$work/slurm.conf"
[ -e /etc/munge/munge.key ] || dd if=/dev/urandom bs=1 count=1024 of=/etc/munge/munge.key 2> /dev/null
chown -R munge /etc/munge /run/munge /var/log/munge /var/lib/munge 2> /dev/null
chmod 400 /etc/munge/munge.key
pgrep -x munged > /dev/null || su -s /bin/sh munge -c /usr/sbin/munged || skip "munge does not start"

end() {
    scancel --user root > /dev/null 2>&1
    for one in slurmd slurmctld; do [ -e "$work/$one.pid" ] && kill "$(cat "$work/$one.pid")"; done
    sleep 1
    rm -rf "$work"
}
trap end EXIT
slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" -N "$host" || skip "its daemons do not start"
for _ in $(seq 20); do sinfo -h -o %t 2> /dev/null | grep -q idle && break; sleep 1; done
sinfo -h -o %t | grep -q idle || { cat "$work"/*.log | tail -20; skip "its node is not idle"; }

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
