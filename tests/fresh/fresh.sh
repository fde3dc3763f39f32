#!/usr/bin/env bash
# Both commands of the README in a clean Debian 12 with nothing but git: ./dev fresh. Needs root, the network and about
# 4 GB. The committed HEAD is tested. All mounts live in a namespace of their own that ends with this script.
# With arguments: runs them in the clean root's clone instead of the whole test, e.g. ./dev fresh ./dev build
set -euo pipefail
guest_home=/root  # of the clean root's only user
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die() {
  printf 'fresh: %s\n' "$*" >&2
  exit 1
}

# Inside the namespace: mount, and go into the clean root.
if [[ ${FRESH_ROOT-} ]]; then
  mount --rbind /sys "$FRESH_ROOT/sys"
  mount --rbind /dev "$FRESH_ROOT/dev"
  mount -t proc proc "$FRESH_ROOT/proc"
  clean_root=$FRESH_ROOT
  unset FRESH_ROOT VIRTUAL_ENV PYENV_ROOT PYTHONPATH
  cd /
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$guest_home exec chroot "$clean_root" \
    /bin/bash -c 'cd ~/framespool && exec "$@"' -- "$@"
fi

((EUID == 0)) || die "making a clean root needs root: sudo ./dev fresh"
if [[ $(git -C "$repository" status --porcelain) ]]; then
  printf 'fresh: there are uncommitted changes; only what is committed is tested\n'
fi

clean_root=$(mktemp --directory "${TMPDIR:-/var/tmp}/framespool-fresh.XXXXXX")
trap 'rm --recursive --force --one-file-system "$clean_root"' EXIT
trap 'exit 130' INT TERM

printf 'fresh: making a clean Debian 12 in %s\n' "$clean_root"
mmdebstrap --quiet --variant=minbase --include=ca-certificates,git bookworm "$clean_root"

"$repository/tests/fresh/host-settings" "$clean_root"
git clone --quiet --no-local "$repository" "$clean_root$guest_home/framespool"

(($#)) || set -- tests/fresh/both_commands.sh
FRESH_ROOT=$clean_root unshare --mount --propagation private --pid --fork --kill-child \
  "${BASH_SOURCE[0]}" "$@"
