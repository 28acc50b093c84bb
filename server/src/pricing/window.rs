//! The context window of a model.

use super::lookup::ModelId;
use super::table::PriceTable;
use serde::{Deserialize, Serialize};

/// The window that `[1m]` in a model's id asks for.
const MILLION: i64 = 1_000_000;

/// How much a model holds and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Tokens of prompt and answer together.
    pub tokens: i64,
    /// The longest answer in tokens, if known.
    pub max_output: Option<i64>,
    /// `tokens` is what the model has unless a million were asked for, by `[1m]` or a plan, which the id of a
    /// response does not tell: a prompt longer than `tokens` proves it.
    pub one_million_on_request: bool,
}

/// What the table says of a model's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowRule {
    /// The window where nothing else is asked for.
    pub(super) tokens: i64,
    pub(super) max_output: Option<i64>,
    /// Whether it is a million on request.
    #[serde(default)]
    pub(super) million_on_request: bool,
    /// The window with cloud providers, if smaller: there a million is on request as well.
    #[serde(default)]
    pub(super) cloud_tokens: Option<i64>,
}

impl WindowRule {
    fn window(&self, cloud: bool) -> Window {
        let smaller = self.cloud_tokens.filter(|_| cloud);
        Window {
            tokens: smaller.unwrap_or(self.tokens),
            max_output: self.max_output,
            one_million_on_request: self.million_on_request || smaller.is_some(),
        }
    }
}

impl PriceTable {
    /// The context window of a model, by any of its ids. `None` where it is not known; `[1m]` in an id speaks for
    /// itself.
    pub fn window(&self, model: &str) -> Option<Window> {
        let id = ModelId::parse(model);
        let rule = self.named(&id.name).and_then(|model| model.window);
        if id.one_million {
            let max_output = rule.and_then(|rule| rule.max_output);
            return Some(Window { tokens: MILLION, max_output, one_million_on_request: false });
        }
        rule.map(|rule| rule.window(id.cloud))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources: the model-configuration page of Claude Code for windows, litellm 1.109.1 for the longest answer.
    #[test]
    fn windows_of_the_models() {
        for (model, tokens, max_output, on_request) in [
            ("claude-sonnet-5-5", 1_000_000, Some(128_000), false),
            ("claude-sonnet-5", 1_000_000, Some(128_000), false),
            ("claude-haiku-5-5", 1_000_000, Some(128_000), false),
            ("claude-opus-4-7", 1_000_000, Some(128_000), false),
            ("claude-opus-4-8", 1_000_000, Some(128_000), false),
            ("claude-opus-5", 1_000_000, Some(128_000), false),
            ("claude-opus-5-5", 1_000_000, Some(128_000), false),
            ("claude-fable-5-1", 1_000_000, Some(128_000), false),
            ("claude-mythos-5-2", 1_000_000, None, false),
            ("claude-opus-4-6", 200_000, Some(128_000), true),
            ("claude-sonnet-4-6", 200_000, Some(128_000), true),
            ("claude-haiku-4-5-20251001", 200_000, Some(64_000), false),
            ("claude-sonnet-4-5-20250929", 200_000, Some(64_000), false),
            ("claude-opus-4-5-20251101", 200_000, Some(64_000), false),
            ("claude-opus-4-1-20250805", 200_000, None, false),
            ("claude-3-5-haiku-20241022", 200_000, None, false),
        ] {
            let expected = Window { tokens, max_output, one_million_on_request: on_request };
            assert_eq!(PriceTable::builtin().window(model), Some(expected), "{model}");
        }
    }

    #[test]
    fn a_million_on_request_and_with_cloud_providers() {
        let window = |model| {
            PriceTable::builtin().window(model).map(|window| (window.tokens, window.one_million_on_request))
        };
        for (model, expected) in [
            ("claude-opus-4-6[1m]", Some((1_000_000, false))),
            ("claude-sonnet-4-5[1M]", Some((1_000_000, false))),
            ("someone-elses-model[1m]", Some((1_000_000, false))),
            ("us.anthropic.claude-opus-4-8", Some((200_000, true))),
            ("global.anthropic.claude-opus-5-v1:0", Some((200_000, true))),
            ("global.anthropic.claude-opus-5-v1:0[1m]", Some((1_000_000, false))),
            ("claude-opus-5@default", Some((200_000, true))),
            ("azure_ai/claude-opus-4-8", Some((200_000, true))),
            ("us.anthropic.claude-sonnet-5", Some((1_000_000, false))),
            ("anthropic/claude-opus-5", Some((1_000_000, false))),
            ("someone-elses-model", None),
            ("", None),
        ] {
            assert_eq!(window(model), expected, "{model}");
        }
    }
}
