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

    text(&home, &["statusline", "--install", "--yes"]);
    let lined = fs::read_to_string(&real).unwrap();
    assert!(lined.contains("costline statusline --wrap ") && lined.contains("\"padding\": 0"), "{lined}");
    assert_eq!(fs::read_to_string(folder.join("settings.json.costline-backup")).unwrap(), BEFORE);
    text(&home, &["hook", "--install", "--yes"]);
    let hooked = fs::read_to_string(&real).unwrap();
    assert_eq!(hooked.matches("costline hook").count(), 6, "{hooked}");
    assert!(text(&home, &["hook", "--install", "--yes"]).contains("already; nothing was changed"));
    assert!(settings.is_symlink(), "a link stays one");

    text(&home, &["hook", "--uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), lined);
    text(&home, &["statusline", "--uninstall", "--yes"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), BEFORE);
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
