# `just` lists the recipes. Every recipe is one or two plain commands: nothing here is needed to
# build or test.

set shell := ["sh", "-eu", "-c"]

_list:
    @just --list --unsorted

# Everything that a change must pass, without the network
ready: lint test docs

# All tests, the house test included
test:
    cargo test --workspace --locked

# The tests that take minutes and the network: real rebuilds, five real platforms
long:
    cargo build --workspace --bins --locked
    GOSEAL_TEST_NETWORK=1 GOSEAL_TEST_LONG=1 cargo test --locked --test product real:: -- --test-threads=1 long_

# Format, lints with warnings denied, shell scripts, dependency policy where cargo-deny is there
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    if command -v shellcheck >/dev/null; then shellcheck install.sh .ci/run; fi
    if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources && cargo deny --exclude-dev --manifest-path shims/Cargo.toml --config shims/deny.toml check bans; fi

# Known faults of what we depend on; needs the network and cargo-deny
advisories:
    cargo deny check advisories

# The figures of docs/figures.md, measured again on this machine
bench *ARGS:
    sh install.sh --try
    cp target/try/bin/goseal target/try/bin/goseal-shim target/release/
    cargo bench --locked -p goseal --bench shim --bench install --bench together -- {{ARGS}}

# One fuzz target for a minute: `just fuzz zip_unpack`; needs cargo-fuzz and a nightly
fuzz TARGET SECONDS="60":
    mkdir -p fuzz/corpus/{{TARGET}}
    cargo +nightly fuzz run {{TARGET}} fuzz/corpus/{{TARGET}} fuzz/seeds/{{TARGET}} -- -max_total_time={{SECONDS}}

# Every fuzz target, one after another
fuzz-all SECONDS="60":
    for target in fuzz/targets/*.rs; do just fuzz "$(basename "$target" .rs)" {{SECONDS}}; done

# The reference pages from the code, and the documentation of all crates, warnings denied
docs:
    GOSEAL_WRITE_DOCS=1 cargo test --locked --test product reference
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --locked

# What a new machine runs
ci:
    .ci/run
