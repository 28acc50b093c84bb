//! `costline dashboard`.

use super::Shared;
use super::serve::{end, serve};
use crate::app::{self, dashboard};
use crate::output::Out;
use anyhow::{Result, anyhow};
use clap::Args;
use std::io::Write as _;
use std::time::Duration;

/// How long a server that is being started is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct DashboardCommand {
    /// Only print the link; a browser is not opened
    #[arg(long)]
    print: bool,
}

impl DashboardCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let mut setup = shared.setup(&[])?;
        if dashboard::served_at(&setup.state).is_some() {
            let link = dashboard::link(&setup.state, PATIENCE).map_err(|problem| anyhow!(problem))?;
            self.present(&link, out)?;
            return Ok(0);
        }
        // Nobody serves: this process does, until it is told to end.
        setup.asked_for_web = true;
        let state = setup.state.clone();
        let (tell, told) = tokio::sync::oneshot::channel();
        app::spawn("costline-link", Box::new(move || drop(tell.send(dashboard::link(&state, PATIENCE)))));
        let mut outcome = Ok(());
        let open = async {
            let link = told.await.unwrap_or_else(|_| Err("the dashboard cannot be opened".to_owned()));
            outcome = link.map_err(|problem| anyhow!(problem)).and_then(|link| self.present(&link, out));
            if outcome.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        // Who has read the link may ask for the end at once: that is listened for before it is printed.
        let open = async {
            tokio::select! {
                biased;
                () = end() => {}
                () = open => {}
            }
        };
        let code = serve(setup, open)?;
        outcome.map(|()| code)
    }

    fn present(&self, link: &str, out: &mut Out) -> Result<()> {
        writeln!(out, "{link}")?;
        out.flush()?;
        if !self.print
            && let Err(problem) = app::open(link.as_ref())
        {
            tracing::info!("{problem}");
        }
        Ok(())
    }
}
