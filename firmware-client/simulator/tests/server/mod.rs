//! A real `costline serve`, and a display in front of it. `$COSTLINE` names the binary; without it the one of this workspace
//! counts.

use display_core::view::Stage;
use simulator::player::{Player, Time as _};
use simulator::wire::{Real, Tcp};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Longer than anything takes on a machine that is not at rest.
const PATIENCE: u64 = 60_000;

pub struct Server {
    pub child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn costline() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/costline");
    let path = std::env::var_os("COSTLINE").map_or(built, PathBuf::from);
    path.exists().then_some(path)
}

pub fn command(binary: &Path, home: &Path, bind: &str) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().env("HOME", home).env("TZ", "UTC").env("XDG_STATE_HOME", home.join("state"));
    command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_RUNTIME_DIR", home.join("run"));
    command.env("CLAUDE_CONFIG_DIR", home.join("claude")).env("COSTLINE_HTTP_BIND", bind);
    command.current_dir(home).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub fn serve(binary: &Path, home: &Path, bind: &str) -> Server {
    Server { child: command(binary, home, bind).arg("serve").spawn().unwrap() }
}

pub type Display = Player<Real, Tcp>;

/// Runs the display until it shows this, and says how long that took.
pub fn until(player: &mut Display, what: &str, shows: impl Fn(&Display) -> bool) -> u64 {
    let start = player.time.now();
    loop {
        player.draw();
        if shows(player) {
            let took = player.time.now() - start;
            println!("{what}: {took} ms");
            return took;
        }
        let now = player.time.now();
        assert!(now < start + PATIENCE, "{what}: {:?} {:?}", player.mirror.view(now).stage, today(player));
        player.step(now + 10);
    }
}

pub fn stage(player: &Display) -> Stage {
    player.mirror.view(player.time.now()).stage
}

pub fn today(player: &Display) -> Option<u32> {
    player.mirror.view(player.time.now()).frame.and_then(|frame| frame.today)
}

pub fn live(cents: u32) -> impl Fn(&Display) -> bool {
    move |player| stage(player) == Stage::Live && today(player) == Some(cents)
}
