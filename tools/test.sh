#!/bin/bash
# test.sh full|quick: every check, then the tests, then where the time went.
#
# All steps run even after one went wrong. With CI=true a missing component is a failure, and so is a skipped
# test (tests/conftest.py). pytest comes last, so that its closing line is near the end of the output.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
table=
broken=

step() { # step NAME COMMAND…: run it, note its seconds and whether it went wrong
    local name=$1 begin=$EPOCHREALTIME
    shift
    echo "── $name"
    "$@" || broken="$broken${broken:+, }$name"
    table+=$(printf '%8.1f s  %s' "$(bc_minus "$EPOCHREALTIME" "$begin")" "$name")$'\n'
}

bc_minus() { # fresh systems have no bc
    awk -v a="${1/,/.}" -v b="${2/,/.}" 'BEGIN {printf "%.3f", a - b}'
}

debian_packages() {
    tools/debian-packages.sh curl strace systemd prometheus prometheus-alertmanager chromium fonts-dejavu-core && return
    [ "${CI:-}" != true ] # outside CI the steps that need them are left out, and say so
}

exposure() { # a unit's exposure is given in tenths: 15 is 1.5 of 10
    if ! command -v systemd-analyze >/dev/null; then
        echo "systemd-analyze is missing: the unit's exposure is not checked"
        [ "${CI:-}" != true ]
        return
    fi
    systemd-analyze security --offline=true --threshold=15 --no-pager systemd/gatewayd.service | tail -n 1
}

reference() { # docs/configuration.md is generated: it must be what the code says
    diff -u docs/configuration.md <(gatewayd config reference) && return
    echo "docs/configuration.md is not what the code says: run make docs"
    return 1
}

[ "$1" = quick ] || step "Debian packages" debian_packages
step "ruff check" ruff check .
step "ruff format" ruff format --check .
step "mypy --strict" mypy
step "imports" lint-imports --no-logo
step "systemd exposure" exposure
step "known vulnerabilities" python tools/audit_dependencies.py
step "links in documents" python tools/check_links.py
[ ! -e docs/configuration.md ] || step "configuration reference" reference
if [ "$1" = quick ]; then
    step "pytest (quick)" pytest -n auto --dist worksteal -m "not slow"
else
    # One more than cores: many tests wait, for a modem, a browser or a disk.
    step "pytest" pytest -n "$(($(nproc) + 1))" --dist worksteal --durations=25
fi

echo "── where the time went"
printf '%s' "$table"
[ -z "$broken" ] || { echo "went wrong: $broken"; exit 1; }
