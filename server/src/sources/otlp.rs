//! OpenTelemetry's protocol over HTTP: what Claude Code exports of its requests and of what it counts. Of all else in an
//! export, prompts and addresses among it, nothing is looked at.

mod attributes;
mod counters;
mod events;

use super::record::Record;
use crate::time::Millis;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Events.
    Logs,
    /// Counters.
    Metrics,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Protocol buffers.
    Protobuf,
    /// JSON.
    Json,
}

/// What an export holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// What is to be recorded.
    pub records: Vec<Record>,
    /// How many events or points should have told of usage and could not be read.
    pub rejected: i64,
    /// What was wrong with the last of them.
    pub reason: &'static str,
}

impl Export {
    fn take(&mut self, record: Result<Option<Record>, &'static str>) {
        match record {
            Ok(record) => self.records.extend(record),
            Err(reason) => (self.rejected, self.reason) = (self.rejected + 1, reason),
        }
    }
}

/// Reads an export; `now` is the time of what has none.
///
/// # Errors
/// A sentence: it is not written in that form.
pub fn read(signal: Signal, form: Form, body: &[u8], now: Millis) -> Result<Export, String> {
    Ok(match signal {
        Signal::Logs => events::read(&decode::<ExportLogsServiceRequest>(form, body)?, now),
        Signal::Metrics => counters::read(&decode::<ExportMetricsServiceRequest>(form, body)?, now),
    })
}

fn decode<T: Message + Default + DeserializeOwned>(form: Form, body: &[u8]) -> Result<T, String> {
    match form {
        Form::Protobuf => T::decode(body)
            .map_err(|error| format!("the body is no such export in protocol buffers: {error}")),
        Form::Json => serde_json::from_slice(body)
            .map_err(|error| format!("the body is no such export in JSON: {error}")),
    }
}

/// What the exporter is answered, in its own form.
pub fn answer(signal: Signal, form: Form, export: &Export) -> Vec<u8> {
    let (rejected, error_message) = (export.rejected, export.reason.to_owned());
    let partial = rejected > 0;
    match signal {
        Signal::Logs => {
            let said = ExportLogsPartialSuccess { rejected_log_records: rejected, error_message };
            encode(form, &ExportLogsServiceResponse { partial_success: partial.then_some(said) })
        }
        Signal::Metrics => {
            let said = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message };
            encode(form, &ExportMetricsServiceResponse { partial_success: partial.then_some(said) })
        }
    }
}

fn encode<T: Message + Serialize>(form: Form, message: &T) -> Vec<u8> {
    match form {
        Form::Protobuf => message.encode_to_vec(),
        // Such messages always are JSON.
        Form::Json => serde_json::to_vec(message).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
