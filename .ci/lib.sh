# Sourced by every stage: the workspace's top as the working folder, and what stages share.
# A stage is a script of its own, so that a person can run it by hand from anywhere.
# shellcheck shell=bash
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# No stage downloads a toolchain behind our back: rustup finds nobody at this address.
export RUSTUP_DIST_SERVER=http://127.0.0.1:9
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

# What stages install or generate is under cargo's folder, so `cargo clean` takes it away.
target_dir=${CARGO_TARGET_DIR:-target}
mkdir -p "$target_dir/ci"
scratch=$(cd "$target_dir/ci" && pwd)

# Says why the stage can't go on, and ends it.
die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Another process may be at the packages: unattended upgrades, another stage. dpkg's lock is waited for up to ten minutes;
# apt has no such option for the lock of its lists, so those are asked for again as long.
apt_waits=(-o DPkg::Lock::Timeout=600)
update_lists() {
    local left
    for left in {60..0}; do
        apt-get "${apt_waits[@]}" update -qq 2>"$scratch/apt.log" && return
        [ "$left" -gt 0 ] && grep -qi 'lock' "$scratch/apt.log" || break
        sleep 10
    done
    cat "$scratch/apt.log" >&2
    return 1
}

# debian PACKAGE…: installs those that are missing; package lists are fetched at most once an hour.
debian() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "needs ${missing[*]}, and this is no Debian: install them by hand"
    [ "$(id -u)" -eq 0 ] || die "needs root to install ${missing[*]}: apt-get install --no-install-recommends ${missing[*]}"
    if [ -z "$(find "$scratch/apt-updated" -mmin -60 2>/dev/null)" ]; then
        update_lists || die "apt-get update failed"
        touch "$scratch/apt-updated"
    fi
    DEBIAN_FRONTEND=noninteractive apt-get "${apt_waits[@]}" install -y -qq --no-install-recommends "${missing[@]}" >"$scratch/apt.log" 2>&1 ||
        { tail -n 20 "$scratch/apt.log" >&2; die "apt-get could not install ${missing[*]}"; }
}

# metadata PROGRAM: a Python program with cargo's description of the workspace in `packages`, by name.
metadata() {
    command -v python3 >/dev/null || debian python3
    cargo metadata --locked --no-deps --format-version 1 |
        python3 -c "import json, sys; packages = {p['name']: p for p in json.load(sys.stdin)['packages']}; $1"
}
