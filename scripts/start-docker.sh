#!/usr/bin/env bash
# Start a Docker engine for the sandbox's tests where none answers; safe to call again. Exit 0: an engine answers.
# Exit 3: it cannot be started here, for the reason printed; the tests of the docker backend then skip and say so.
# It stays until scripts/stop-docker.sh, or the machine, ends it.
set -u

log=${LEARNFLOW_DOCKERD_LOG:-/tmp/learnflow-dockerd.log}
pidfile=/run/learnflow-dockerd.pid
socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
skip() { echo "NO DOCKER ENGINE: $*" >&2; exit 3; }
answers() { docker info --format '{{.ServerVersion}}' 2>/dev/null | grep -q .; }
told() { docker info --format 'docker {{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}, runtimes {{range $name, $_ := .Runtimes}}{{$name}} {{end}}'; }

if command -v docker >/dev/null && answers; then told; exit 0; fi
[ "$(uname -s)" = Linux ] || skip "only Linux can start one by hand; start Docker Desktop"
[ "$(id -u)" = 0 ] || skip "starting dockerd needs root"
case $socket in unix://*) ;; *) skip "DOCKER_HOST=$socket does not answer, and is not ours to start" ;; esac
if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    command -v apt-get >/dev/null || skip "neither dockerd nor apt-get is here"
    # RUNLEVEL: Debian's own service, which wants a bridge and a firewall, is not to start by itself
    { apt-get update && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io; } \
        >"$log" 2>&1 || skip "docker.io cannot be installed; see $log"
fi

# gVisor where it is installed. It needs no network for containers without one, and cannot always find that out itself.
config=$(mktemp)
trap 'rm -f "$config"' EXIT
runsc=$(command -v runsc) && runtimes="\"runsc\": {\"path\": \"$runsc\", \"runtimeArgs\": [\"--network=none\"]}"
echo "{\"runtimes\": {${runtimes:-}}}" >"$config"

# No bridge and no firewall rules: the sandbox's containers have no network, and many hosts would refuse the rules.
for driver in overlay2 vfs; do
    setsid dockerd --host="$socket" --pidfile="$pidfile" --config-file="$config" --storage-driver="$driver" \
        --bridge=none --iptables=false --ip6tables=false </dev/null >>"$log" 2>&1 &
    engine=$!
    for _ in $(seq 120); do
        if answers; then told; exit 0; fi
        kill -0 "$engine" 2>/dev/null || break
        sleep 0.5
    done
    kill "$engine" 2>/dev/null
    wait "$engine" 2>/dev/null
done
skip "dockerd does not come up; see $log: $(tail -n 1 "$log" | cut -c 1-300)"
