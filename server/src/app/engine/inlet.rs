//! Where telemetry comes in, where that is apart from the other things that are served.

use super::web::{AGAIN, open};
use crate::http::{Door, Hosts};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;

/// The address that is listened at, or is to be.
#[derive(Default)]
pub(super) struct Inlet {
    /// The setting as it was last looked at; empty: none.
    wanted: String,
    listening: bool,
    tried: Option<Instant>,
    /// Why it is not listened at.
    pub(super) problem: Option<String>,
}

impl Inlet {
    /// Listens where the setting says, and hands the listener over; gives whether there is something else to tell than before.
    pub(super) fn attend(
        &mut self,
        bind: &str,
        names: &[String],
        doors: &UnboundedSender<Option<Door>>,
    ) -> bool {
        if self.wanted != bind {
            if self.listening {
                let _ = doors.send(None);
            }
            *self = Self { wanted: bind.to_owned(), ..Self::default() };
        }
        let due = self.tried.is_none_or(|at| at.elapsed() >= AGAIN);
        if bind.is_empty() || self.listening || !due {
            return false;
        }
        self.tried = Some(Instant::now());
        let told = self.problem.take();
        match listen(bind, names) {
            Ok(door) => self.listening = doors.send(Some(door)).is_ok(),
            Err(problem) => self.problem = Some(problem),
        }
        if let Some(problem) = self.problem.as_ref().filter(|problem| told.as_ref() != Some(problem)) {
            tracing::warn!("{problem}");
        }
        told != self.problem
    }
}

fn listen(bind: &str, names: &[String]) -> Result<Door, String> {
    let failed = |why: &dyn std::fmt::Display| {
        format!(
            "cannot take in telemetry at {bind} ({why}); end what is there, or set otlp.bind to another address"
        )
    };
    let address: SocketAddr = bind.parse().map_err(|error| failed(&error))?;
    let (listener, bound) = open(address).map_err(|error| failed(&error))?;
    tracing::info!("taking in telemetry at {bound}");
    Ok(Door { listener, hosts: Hosts::new(bound, names.iter().map(String::as_str)) })
}
