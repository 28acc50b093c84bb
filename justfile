# The recipes of this repository.
_default:
    @just --list

# Everything that has to pass: formatting, Clippy, dependencies, tests
check:
    tests/run

# Benchmarks: the pure parts, then the release build side by side with ccusage, and an append to its notification
bench *args:
    cargo bench --locked --bench parse
    cargo build --release --locked
    tests/bench/compare.py {{ args }}

# Fuzz a target, or all, for so many seconds each
fuzz seconds="300" *targets:
    server/fuzz/run {{ seconds }} {{ targets }}

# Write the schemas, the TypeScript types and the list of settings anew
schemas:
    UPDATE_SCHEMAS=1 cargo test --locked --lib -- schema listing

# Format
fmt:
    cargo fmt
