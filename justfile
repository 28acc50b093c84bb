# The recipes of this repository.
_default:
    @just --list

# Everything that has to pass: formatting, Clippy, dependencies, linters, tests, editors
check:
    tests/run

# Benchmarks: the pure parts and a status, then the release build side by side with ccusage, its start, an append to its
# notification, and what it takes when idle
bench *args:
    cargo bench --locked --bench parse --bench status
    cargo build --release --locked
    tests/bench/compare.py {{ args }}

# Fuzz a target, or all, for so many seconds each
fuzz seconds="300" *targets:
    server/fuzz/run {{ seconds }} {{ targets }}

# Write the schemas, the TypeScript types and the list of settings anew
schemas:
    UPDATE_SCHEMAS=1 cargo test --locked --lib -- schema listing

# Build the dashboard's page, which the program carries
dashboard:
    cd server/dashboard && npm ci --ignore-scripts --no-audit --no-fund && npm run build

# Format
fmt:
    cargo fmt
    editors/nvim/lint/run --write
