//! Attributes: names with values, of what is exported and of who exports it.

use crate::sources::report::is_name;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// The attributes of an event or a point; those of its process stand behind them.
pub(super) struct Attributes<'a> {
    own: &'a [KeyValue],
    process: &'a [KeyValue],
}

impl<'a> Attributes<'a> {
    pub(super) fn new(own: &'a [KeyValue], process: Option<&'a Resource>) -> Self {
        Self { own, process: process.map(|process| process.attributes.as_slice()).unwrap_or_default() }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let found = self.own.iter().chain(self.process).find(|attribute| attribute.key == name)?;
        found.value.as_ref()?.value.as_ref()
    }

    /// A name; what can be none is not known.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Value::StringValue(text) if is_name(text) => Some(text),
            _ => None,
        }
    }

    /// The same, empty where it is not known.
    pub(super) fn text_or_none(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// A number. Before version 2.1.122 Claude Code wrote numbers as text.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::IntValue(number) => Some(*number as f64),
            Value::DoubleValue(number) => Some(*number),
            Value::StringValue(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite())
    }

    /// A whole number.
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::IntValue(number) => Some(*number),
            _ => self.number(name).map(|number| number.round() as i64),
        }
    }

    /// What tells a point's counter from others: its own attributes but for one of them, in their order.
    pub(super) fn identity(&self, but: &str) -> String {
        let mut parts: Vec<String> = self
            .own
            .iter()
            .filter(|attribute| attribute.key != but)
            .map(|attribute| format!("{}={}", attribute.key, shown(attribute.value.as_ref())))
            .collect();
        parts.sort();
        parts.join("\0")
    }
}

fn shown(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}
