//! Benchmarks of the pure parts; `just bench` runs them.

fn main() {
    divan::main();
}
