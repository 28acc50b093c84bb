//! The scripts that complete the command line, in the shells that are there.

use crate::home::TestHome;
use crate::process::{run, text};
use std::process::{Command, Stdio};

/// Runs a script in a shell that reads what it needs for completion from the file `completions`; `None` without the shell.
fn shell(home: &TestHome, shell: &str, args: &[&str], script: &str) -> Option<String> {
    let there = Command::new(shell).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        crate::corpus::say(&format!("there is no {shell}"));
        return None;
    }
    std::fs::write(home.path().join("completions"), text(home, &["completions", shell])).unwrap();
    let mut command = Command::new(shell);
    command.args(args).arg("-c").arg(script).current_dir(home.path()).env("HOME", home.path());
    let ran = run(command);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    Some(ran.out)
}

#[test]
fn bash_completes() {
    let home = TestHome::new();
    for (words, word, expected) in [
        ("costline dai", 1, "daily"),
        ("costline breakdown --by mod --js", 4, "--json"),
        ("costline config sh", 2, "show"),
        ("costline completions fi", 2, "fish"),
    ] {
        let script = format!(
            "source completions; COMP_WORDS=({words}); COMP_CWORD={word}; \
             \"$(complete -p costline | sed 's/.*-F \\([^ ]*\\).*/\\1/')\" costline \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        if let Some(out) = shell(&home, "bash", &["--norc"], &script) {
            assert_eq!(out.trim(), expected, "{words}");
        }
    }
}

#[test]
fn fish_completes() {
    let home = TestHome::new();
    let script = "source completions; complete -C 'costline dai'; complete -C 'costline config sh'";
    if let Some(out) = shell(&home, "fish", &["--no-config"], script) {
        let words: Vec<_> = out.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(words, ["daily", "show"]);
    }
}

#[test]
fn zsh_reads_its_script() {
    let home = TestHome::new();
    let script = "autoload -U compinit; compinit -u -D; source completions; print $_comps[costline]";
    if let Some(out) = shell(&home, "zsh", &["-f"], script) {
        assert_eq!(out.trim(), "_costline");
    }
}

#[test]
fn other_shells_get_a_script_too() {
    let home = TestHome::new();
    for shell in ["elvish", "powershell"] {
        assert!(text(&home, &["completions", shell]).contains("breakdown"), "{shell}");
    }
    assert_eq!(run(home.command(["completions", "tcsh"])).code, Some(2));
}
