#!/bin/sh
# lock.sh PIP-COMPILE: write requirements/*.txt from pyproject.toml.
#
# The hashes must be those of PyPI for every platform, so the machine's own pip configuration (mirrors, local
# wheels, constraints) is put aside. Each later file is bound to the versions of the one before.
set -eu
cd "$(dirname "$0")/.."
compile=$1
export PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock"
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CONSTRAINT
lock() {
    "$compile" -q --upgrade --generate-hashes --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" pyproject.toml
}
lock -o requirements/runtime.txt
lock -o requirements/test.txt --extra test -c requirements/runtime.txt
lock -o requirements/build.txt --only-build-deps --build-deps-for editable --build-deps-for wheel \
    -c requirements/test.txt
