#!/bin/sh
# debian-packages.sh PACKAGE…: install what is missing of these, without starting any service that they bring. Without
# root, say what to type and exit 1.
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
# Tests start what they need by themselves: Debian asks this file before it starts a service (policy-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
# shellcheck disable=SC2086 -- a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
# Nor at the next boot. A service has the name of its package.
for package in $missing; do
    if [ -e "/lib/systemd/system/$package.service" ] && command -v systemctl >/dev/null; then
        systemctl --quiet disable "$package.service" || echo "could not disable $package.service" >&2
    fi
done
