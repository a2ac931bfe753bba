# Sourced behind lib.sh by the stages that build for a Cortex-M: a compiler, and a board to run on.
# shellcheck shell=bash

firmware=smpp-embassy/firmware

# Debian's compiler with the source of the same version, as in the stage `thumb`, and its linker. What a person does with
# rustup (smpp-embassy/firmware/.cargo/config.toml) needs a download that stages do not make.
debian rustc-web rust-web-src binutils-arm-none-eabi
bare_metal='target."cfg(all(target_arch = \"arm\", target_os = \"none\"))"'

# arm_cargo COMMAND ARGUMENT…: cargo in the workspace of the firmware, for a target without a system.
# Without `--locked` a build could change the lock file; `core` itself comes from source.
arm_cargo() {
    (cd $firmware && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$scratch/firmware" \
        cargo "$1" --locked --quiet -Z build-std=core \
        --config "$bare_metal.linker='arm-none-eabi-ld'" \
        --config "$bare_metal.rustflags=['-Clinker-flavor=ld']" "${@:2}")
}

# text ELF: octets of flash.
text() { arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 + $2 }'; }

# memory ELF: octets of static RAM.
memory() { arm-none-eabi-size "$1" | awk 'NR == 2 { print $2 + $3 }'; }

# qemu_arm: puts qemu-system-arm on PATH. Where it is not installed it is only unpacked under the scratch folder, because
# installing it would remove packages on some machines.
qemu_arm() {
    command -v qemu-system-arm >/dev/null && return
    local at=$scratch/qemu
    if [ ! -x "$at/bin/qemu-system-arm" ]; then
        mkdir -p "$at/archives/partial" "$at/bin"
        fetch() {
            apt-get "${apt_waits[@]}" install -y -qq --download-only --no-install-recommends \
                -o Dir::Cache::archives="$at/archives" qemu-system-arm >"$at/apt.log" 2>&1
        }
        fetch || { update_lists && fetch; } || die "cannot fetch qemu-system-arm: $(tail -n 1 "$at/apt.log")"
        for package in "$at"/archives/*.deb; do dpkg -x "$package" "$at/root"; done
        cat >"$at/bin/qemu-system-arm" <<-END
			#!/bin/sh
			LD_LIBRARY_PATH=$at/root/usr/lib/$(uname -m)-linux-gnu:$at/root/lib/$(uname -m)-linux-gnu exec $at/root/usr/bin/qemu-system-arm "\$@"
		END
        chmod +x "$at/bin/qemu-system-arm"
    fi
    PATH=$at/bin:$PATH
}
