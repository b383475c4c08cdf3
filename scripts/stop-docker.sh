#!/usr/bin/env bash
# End the Docker engine that scripts/start-docker.sh started, and wait until it is gone; any other engine is left alone.
set -u

pidfile=/run/learnflow-dockerd.pid
[ -r "$pidfile" ] || exit 0
engine=$(cat "$pidfile")
[ "$(cat "/proc/$engine/comm" 2>/dev/null)" = dockerd ] || exit 0
kill "$engine"
for _ in $(seq 60); do
    kill -0 "$engine" 2>/dev/null || exit 0
    sleep 0.5
done
kill -9 "$engine"
