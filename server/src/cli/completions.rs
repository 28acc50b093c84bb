//! `costline completions`.

use super::Cli;
use crate::output::Out;
use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use std::io::Write as _;

/// Where each script goes.
const PLACES: &str = "\
Where it goes:
  bash        costline completions bash > ~/.local/share/bash-completion/completions/costline
  zsh         costline completions zsh > ~/.zfunc/_costline
              (with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc)
  fish        costline completions fish > ~/.config/fish/completions/costline.fish
  elvish      eval (costline completions elvish | slurp), in rc.elv
  powershell  costline completions powershell | Out-String | Invoke-Expression, in the profile";

#[derive(Debug, Args)]
#[command(after_help = PLACES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, out: &mut Out) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "costline", &mut script);
        out.write_all(&script)?;
        Ok(0)
    }
}
