#!/bin/sh
# debian-packages.sh PACKAGE…: install what is missing of these. Without root, say what to type and exit 1.
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "missing here:$missing (named as in Debian; there is no apt-get on this system)" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "missing here:$missing. Install with:  sudo apt-get install -y$missing" >&2
    exit 1
fi
echo "installing Debian packages:$missing"
apt-get -q update >/dev/null
# shellcheck disable=SC2086 -- a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
