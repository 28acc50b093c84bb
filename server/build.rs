//! Hands the commit that is being built to `--version`; an archive without git builds as "unknown". Has the program linked so
//! that it starts quickly.

use std::path::Path;
use std::process::Command;

fn main() {
    let commit = Command::new("git")
        .args(["rev-parse", "--short=9", "HEAD"])
        .output()
        .ok()
        .filter(|out| out.status.success())
        .and_then(|out| String::from_utf8(out.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned());
    println!("cargo::rustc-env=BUILD_COMMIT={commit}");
    // A commit moves the log of HEAD; where there is none, HEAD itself has to do.
    for path in [".git/logs/HEAD", ".git/HEAD"] {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    println!("cargo::rerun-if-changed=server/build.rs");
    // At a fixed place a program starts without its tables of pointers being written to (those of time zones are a
    // megabyte): a third of the time that Claude Code waits for its status line, and nothing of them is held twice.
    #[allow(clippy::disallowed_methods, reason = "a build is told what it builds for by its environment")]
    let set = |name: &str| std::env::var(name).ok();
    let is = |name: &str, value: &str| set(name).is_some_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bin=costline=-no-pie");
        // Each library that is loaded costs a start a fifth of a millisecond: the unwinder is linked in where the linker has it.
        let linker = set("RUSTC_LINKER").unwrap_or_else(|| "cc".to_owned());
        let asked = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output().ok();
        let found = asked.and_then(|out| String::from_utf8(out.stdout).ok());
        if found.is_some_and(|path| Path::new(path.trim()).is_file()) {
            println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
        }
    }
}
