//! What the fuzzers share: each hands its bytes to a target of `costline::fuzz`.

#[cfg(not(fuzzing))]
compile_error!("build the fuzzers by server/fuzz/run or cargo-fuzz: both set cfg(fuzzing)");

pub use libfuzzer_sys;

/// Calls the target of this name with any bytes and a folder of this process's own.
///
/// # Panics
/// The target's promise does not hold, or there is no such target.
#[cfg(fuzzing)]
pub fn call(name: &str, bytes: &[u8]) {
    let folder = std::env::temp_dir().join(format!("costline-fuzz-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    let (_, target) = costline::fuzz::TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    target(bytes, &folder);
}

/// Makes a fuzzer of a target.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::call($name, bytes));
    };
}
