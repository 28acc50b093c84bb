//! Hands the commit that is being built to `--version`; an archive without git builds as "unknown".

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
        if std::path::Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    println!("cargo::rerun-if-changed=server/build.rs");
}
