//! Lets the linker find `memory.x`.

fn main() {
    println!("cargo:rustc-link-search={}", std::env::var("CARGO_MANIFEST_DIR").expect("Cargo's own"));
    println!("cargo:rerun-if-changed=memory.x");
}
