#!/usr/bin/env bash
# Both commands of the README in a clean Debian with nothing but git: ./dev fresh [--suite bookworm|trixie]. Needs root,
# the network and about 8 GB. The committed HEAD is tested. All mounts live in a namespace of their own that ends with
# this script. With arguments: runs them in the clean root's clone instead of the whole test, e.g. ./dev fresh ./dev build
# FRESH_CCACHE=FOLDER: a ccache that outlives the root.
set -euo pipefail
guest_home=/root  # of the clean root's only user
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die() {
  printf 'fresh: %s\n' "$*" >&2
  exit 1
}

# Inside the namespace: mount, and go into the clean root.
if [[ ${FRESH_ROOT-} ]]; then
  # On itself: programs in there that make namespaces of their own want / to be a mount.
  mount --bind "$FRESH_ROOT" "$FRESH_ROOT"
  mount --rbind /sys "$FRESH_ROOT/sys"
  mount --rbind /dev "$FRESH_ROOT/dev"
  mount -t proc proc "$FRESH_ROOT/proc"
  if [[ ${FRESH_CCACHE-} ]]; then
    mkdir -p "$FRESH_CCACHE" "$FRESH_ROOT$guest_home/.cache/ccache"
    mount --bind "$FRESH_CCACHE" "$FRESH_ROOT$guest_home/.cache/ccache"
  fi
  clean_root=$FRESH_ROOT
  unset FRESH_ROOT FRESH_CCACHE CCACHE_DIR VIRTUAL_ENV PYENV_ROOT PYTHONPATH
  cd /
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$guest_home exec chroot "$clean_root" \
    /bin/bash -c 'cd ~/framespool && exec "$@"' -- "$@"
fi

suite=bookworm
if [[ ${1-} == --suite ]]; then
  suite=${2-}
  [[ $suite == @(bookworm|trixie) ]] || die "--suite: must be bookworm or trixie, but is ${suite:-missing}"
  shift 2
fi
[[ ${1-} != -* ]] || die "there is no option $1; see ./dev fresh --help"
((EUID == 0)) || die "making a clean root needs root: sudo ./dev fresh"
if [[ $(git -C "$repository" status --porcelain) ]]; then
  printf 'fresh: there are uncommitted changes; only what is committed is tested\n'
fi

clean_root=$(mktemp --directory "${TMPDIR:-/var/tmp}/framespool-fresh.XXXXXX")
trap 'rm --recursive --force --one-file-system "$clean_root"' EXIT
trap 'exit 130' INT TERM

printf 'fresh: making a clean Debian %s in %s\n' "$suite" "$clean_root"
mmdebstrap --quiet --variant=minbase --include=ca-certificates,git "$suite" "$clean_root"

"$repository/tests/fresh/host-settings" "$clean_root"
git clone --quiet --no-local "$repository" "$clean_root$guest_home/framespool"

(($#)) || set -- tests/fresh/both_commands.sh
FRESH_ROOT=$clean_root unshare --mount --propagation private --pid --fork --kill-child \
  "${BASH_SOURCE[0]}" "$@"
