//! A mount namespace of its own for a process: disks that fill up, or may not be written, without harm to any other.

use crate::process::run;
use std::io::Write;
use std::process::Command;

/// Says past the capture of output that a test did nothing, and why.
pub fn skip(reason: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
}

/// The command, started in a namespace of its own after this script of a shell ran there as root.
pub fn inside(command: &Command, script: &str) -> Command {
    let mut outer = shell("unshare", &["-Urm"], &format!("set -e; {script}; exec \"$@\""));
    outer.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        outer.env(name, value);
    }
    outer.current_dir(command.get_current_dir().unwrap());
    outer
}

/// Runs a script of a shell where this process is.
pub fn also(process: u32, script: &str) {
    let args = ["-t", &process.to_string(), "-U", "-m", "--preserve-credentials"];
    let ran = run(shell("nsenter", &args, script));
    assert_eq!(ran.code, Some(0), "{script}: {}", ran.err);
}

/// Whether a script can be run in a namespace here; says so where it cannot.
pub fn can(script: &str) -> bool {
    let ran = shell("unshare", &["-Urm"], script).output();
    let can = ran.is_ok_and(|ran| ran.status.success());
    if !can {
        skip(&format!("this machine allows no namespace of its own in which to run `{script}`"));
    }
    can
}

fn shell(program: &str, args: &[&str], script: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.args(args).args(["sh", "-c", script, "sh"]);
    command
}
