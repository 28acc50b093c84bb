//! `costline token`.

use super::Shared;
use crate::app::tokens::Token;
use crate::output::Out;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct TokenCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the token; it is made where there is none
    Show(Which),
    /// Make another token, so that the old one counts no more, and print it
    Rotate(Which),
}

#[derive(Clone, Copy, Debug, Args)]
struct Which {
    /// The token for devices and other programs that only read, not the one that may also write
    #[arg(long)]
    read: bool,
}

impl TokenCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let state = shared.setup(&[])?.state;
        let (What::Show(which) | What::Rotate(which)) = self.what;
        let token = if which.read { Token::Read } else { Token::Write };
        let outcome = match self.what {
            What::Show(_) => token.show(&state),
            What::Rotate(_) => token.rotate(&state),
        };
        let text =
            outcome.with_context(|| format!("cannot write the token {}", token.path(&state).display()))?;
        writeln!(out, "{text}")?;
        Ok(0)
    }
}
