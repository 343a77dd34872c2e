#!/bin/sh
# See to it that a virtual environment can be made: Debian keeps that part of Python in a package of its own.
set -eu
cd "$(dirname "$0")/.."
python=$(tools/find-python.sh)
if [ -z "$python" ]; then
    tools/debian-packages.sh python3 python3-venv
    python=$(tools/find-python.sh)
    if [ -z "$python" ]; then
        echo "gatewayd needs Python 3.11 or newer; this system has $(python3 --version 2>&1)" >&2
        exit 1
    fi
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    tools/debian-packages.sh "$version-venv"
fi
