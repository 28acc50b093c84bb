//! Claude's settings are changed by those who ask for it, and put back.

use crate::home::TestHome;
use crate::process::{run, text};
use std::fs;

const BEFORE: &str = "{\n    \"model\": \"opus\",\n    \"statusLine\": {\"type\": \"command\", \"command\": \"npx 'my line'\", \"padding\": 0}\n}\n";

#[test]
fn what_is_installed_is_put_back() {
    let home = TestHome::new();
    let folder = home.claude_dir();
    let real = home.path().join("dotfiles.json");
    fs::write(&real, BEFORE).unwrap();
    let settings = folder.join("settings.json");
    std::os::unix::fs::symlink(&real, &settings).unwrap();
    // Nobody is there to be asked.
    let ran = run(home.command(["statusline", "--install"]));
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(
        ran.out.contains("\n-     \"statusLine\": ") && ran.out.contains("\n+     \"statusLine\": "),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("give --yes"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&real).unwrap(), BEFORE);

    let copy = || fs::read_to_string(folder.join("settings.json.costline-backup")).unwrap();
    text(&home, &["statusline", "--install", "--yes"]);
    let lined = fs::read_to_string(&real).unwrap();
    assert!(lined.contains("costline statusline --wrap ") && lined.contains("\"padding\": 0"), "{lined}");
    assert_eq!(copy(), BEFORE);
    assert!(text(&home, &["hook", "--install", "--yes"]).contains("before Costline was in it"));
    let hooked = fs::read_to_string(&real).unwrap();
    assert_eq!(hooked.matches("costline hook").count(), 6, "{hooked}");
    assert!(text(&home, &["hook", "--install", "--yes"]).contains("already; nothing was changed"));
    assert!(settings.is_symlink(), "a link stays one");

    text(&home, &["hook", "--uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), lined);
    text(&home, &["statusline", "--uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), BEFORE);
    assert_eq!(copy(), BEFORE, "it is of the file without Costline");
    assert!(text(&home, &["statusline", "--uninstall", "--yes"]).contains("nothing was changed"));
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn what_is_wrong_is_left_alone() {
    let home = TestHome::new();
    let settings = home.claude_dir().join("settings.json");
    assert!(text(&home, &["statusline", "--uninstall", "--yes"]).contains("nothing was changed"));
    assert!(!settings.exists());
    fs::write(&settings, "{\"a\": 1,}").unwrap();
    let ran = run(home.command(["statusline", "--install", "--yes"]));
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(ran.err.contains("settings.json: it is not valid JSON"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{\"a\": 1,}");
    fs::remove_file(&settings).unwrap();
    text(&home, &["statusline", "--install", "--yes"]);
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&settings).unwrap()).unwrap();
    assert_eq!(written["statusLine"]["type"], "command");
    let ran = run(home.command(["statusline", "--install", "--yes", "--claude-dir", "none"]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("Claude's folder is not there"), "{}", ran.err);
}

#[test]
fn the_copy_is_of_the_file_without_costline() {
    let home = TestHome::new();
    let (settings, backup) =
        (home.claude_dir().join("settings.json"), home.claude_dir().join("settings.json.costline-backup"));
    let copy = || fs::read_to_string(&backup).unwrap();
    fs::write(&settings, "{\"a\": 1}").unwrap();
    text(&home, &["hook", "--install", "--yes"]);
    text(&home, &["hook", "--uninstall", "--yes"]);
    // Changed by hand meanwhile.
    fs::write(&settings, "{\"a\": 2}").unwrap();
    text(&home, &["hook", "--install", "--yes"]);
    assert_eq!(copy(), "{\"a\": 2}");
    let hooked = fs::read_to_string(&settings).unwrap();
    text(&home, &["statusline", "--install", "--yes"]);
    assert_eq!(copy(), "{\"a\": 2}");
    // One that has Costline in it is better than none.
    fs::write(&settings, &hooked).unwrap();
    fs::remove_file(&backup).unwrap();
    text(&home, &["hook", "--uninstall", "--yes"]);
    assert_eq!(copy(), hooked);
}

#[test]
fn a_link_to_nothing_is_written_to_where_it_leads() {
    let home = TestHome::new();
    let folder = home.claude_dir();
    fs::create_dir(home.path().join("dotfiles")).unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    link("between.json", "settings.json");
    link("../dotfiles/claude.json", "between.json");
    assert!(text(&home, &["statusline", "--install", "--yes"]).contains("Written."));
    assert!(folder.join("settings.json").is_symlink() && folder.join("between.json").is_symlink());
    let written = fs::read_to_string(home.path().join("dotfiles/claude.json")).unwrap();
    assert!(written.contains("costline statusline"), "{written}");
    fs::remove_dir_all(home.path().join("dotfiles")).unwrap();
    let ran = run(home.command(["statusline", "--install", "--yes"]));
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(ran.err.contains("claude.json; it is as it was; check that its folder is there"), "{}", ran.err);
}

#[test]
fn options_of_a_line_that_is_there_change() {
    let home = TestHome::new();
    let settings = home.claude_dir().join("settings.json");
    fs::write(&settings, BEFORE).unwrap();
    let ran = run(home.command(["statusline", "--install", "--yes", "--wrap", "echo"]));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("`npx 'my line'` is there and runs inside by itself"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&settings).unwrap(), BEFORE);
    let ran = run(home.command(["statusline", "--install", "--yes", "--template", "{modle}"]));
    assert_eq!(ran.err, "costline: there is no part {modle}; did you mean {model}?\n");
    let ran = run(home.command(["statusline", "--install", "--yes", "--preset", "full", "--color", "never"]));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let written = fs::read_to_string(&settings).unwrap();
    assert!(written.contains("statusline --color never --preset full --wrap "), "{written}");
    assert!(text(&home, &["statusline", "--install", "--yes"]).contains("already; nothing was changed"));
    text(&home, &["statusline", "--uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&settings).unwrap(), BEFORE);
}
