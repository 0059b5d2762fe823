#!/bin/sh
# Builds goseal from this clone and installs it, or shows its main job without installing anything.
# Needs Rust, git and a C compiler. Never asks for another user's rights; prints what it changes.
set -eu

usage() {
    cat <<'TEXT'
usage: sh install.sh [--try | --prefix DIR]

  --try         build, and do the main job inside target/try: install the Go that examples/hello
                names, run the program through the shim, show the records. Nothing else is touched.
  --prefix DIR  put goseal and goseal-shim into DIR/bin (default: ~/.local), then run `goseal init`
  --help        this text
TEXT
}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

# A wrong command line is exit 2, as it is for goseal.
misused() {
    usage >&2
    printf 'install.sh: %s\n' "$*" >&2
    exit 2
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is not on PATH: $2"
}

# Shows a command, then runs it.
step() {
    say ""
    say "\$ $*"
    "$@"
}

check_tools() {
    need cargo "install Rust (rustup or your system's package)"
    need rustc "install Rust (rustup or your system's package)"
    command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 ||
        command -v clang >/dev/null 2>&1 || fail "there is no C compiler on PATH (cc, gcc or clang)"
}

host_target() {
    rustc -vV | sed -n 's/^host: //p'
}

has_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]
}

# The target for the shim. A static musl program starts about twice as fast as a static glibc one.
shim_target() {
    case "$1" in
        x86_64-*-linux-*) musl=x86_64-unknown-linux-musl ;;
        aarch64-*-linux-*) musl=aarch64-unknown-linux-musl ;;
        *) musl= ;;
    esac
    if [ "$mode" != try ] && [ -n "$musl" ] && ! has_target "$musl" && command -v rustup >/dev/null 2>&1; then
        say "adding the Rust target $musl (rustup target add)" >&2
        rustup target add "$musl" >&2 || say "rustup could not add $musl" >&2
    fi
    if [ -n "$musl" ] && has_target "$musl"; then
        printf '%s\n' "$musl"
    else
        printf '%s\n' "$1"
    fi
}

# Builds into the folder $1: the program, then the shim by an invocation of its own, so that
# features of the program's packages do not reach the shim.
build() {
    host=$(host_target)
    target=$(shim_target "$host")
    say "building goseal for $host and goseal-shim for $target, into $1"
    cargo build --release --locked -p goseal --target-dir "$1"
    case "$target" in
        *-linux-musl)
            cargo build --release --locked -p goseal-shim --target-dir "$1" --target "$target"
            ;;
        *)
            RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" \
                cargo build --release --locked -p goseal-shim --target-dir "$1" --target "$target"
            ;;
    esac
    program=$1/release/goseal
    shim=$1/$target/release/goseal-shim
}

# Puts both files side by side into the folder $1. Each is written beside its place and renamed, so
# that a running program is never written over.
put() {
    mkdir -p "$1"
    for file in "$program" "$shim"; do
        name=${file##*/}
        cp "$file" "$1/.$name.new"
        chmod 755 "$1/.$name.new"
        mv -f "$1/.$name.new" "$1/$name"
        say "wrote $1/$name"
    done
}

install_for_good() {
    mkdir -p "$1/bin" || fail "$1 cannot be written: name another folder with --prefix"
    # Its plain name, without `..`: it is shown, and compared with PATH.
    bin=$(CDPATH='' cd -- "$1/bin" && pwd)
    put "$bin"
    step "$bin/goseal" init
    case ":$PATH:" in
        *":$bin:"*) ;;
        *) say "$bin is not on PATH" ;;
    esac
}

# The main job in a folder of its own. A second run finds the release that the first one installed.
try_in() {
    put "$1/bin"
    mkdir -p "$1/hello" "$1/gopath" "$1/go-config"
    for file in "$clone"/examples/hello/* "$clone"/examples/hello/.go-version; do
        if [ -f "$file" ]; then cp "$file" "$1/hello/"; fi
    done
    GOSEAL_HOME=$1/home
    PATH=$1/bin:$PATH
    export GOSEAL_HOME PATH
    cd "$1/hello"
    step goseal init --no-profile
    step goseal install
    step goseal current
    try_run "$1"
    step goseal audit show --last 2
    step goseal audit verify
    say ""
    say "all of it lies in $1; nothing else was changed"
}

# Runs Go through the shim. Go keeps modules and counters of its own in the home folder: for this
# run they lie in the folder $1 as well.
try_run() (
    PATH=$GOSEAL_HOME/shims:$PATH
    GOPATH=$1/gopath
    XDG_CONFIG_HOME=$1/go-config
    export PATH GOPATH XDG_CONFIG_HOME
    step go version
    step go run .
)

main() {
    mode=install
    prefix=
    while [ $# -gt 0 ]; do
        case "$1" in
            --try) mode=try ;;
            --prefix)
                [ $# -ge 2 ] || misused "--prefix needs a folder"
                prefix=$2
                shift
                ;;
            --prefix=*) prefix=${1#--prefix=} ;;
            --help | -h)
                usage
                return 0
                ;;
            *) misused "unknown argument: $1" ;;
        esac
        shift
    done
    if [ -z "$prefix" ]; then
        [ "$mode" = try ] || [ -n "${HOME:-}" ] || fail "HOME is not set: name a folder with --prefix"
        prefix=${HOME:-}/.local
    fi
    case "$prefix" in
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    clone=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
    cd "$clone"
    if [ ! -f Cargo.toml ] || [ ! -d shims ]; then fail "$clone is not a clone of goseal"; fi
    check_tools
    build "${CARGO_TARGET_DIR:-$clone/target}"
    case "$mode" in
        try) try_in "$clone/target/try" ;;
        *) install_for_good "$prefix" ;;
    esac
}

main "$@"
