# The recipes of this repository.
_default:
    @just --list

# Everything that has to pass: formatting, Clippy, dependencies, tests
check:
    tests/run

# Benchmarks
bench *args:
    cargo bench --locked {{ args }}

# Write the schemas, the TypeScript types and the list of settings anew
schemas:
    UPDATE_SCHEMAS=1 cargo test --locked --lib -- schema listing

# Format
fmt:
    cargo fmt
