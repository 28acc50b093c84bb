//! The JSON keys of a transcript: the only place that names them. `docs/transcripts.md` describes the format.

use super::json::{Count, Flag, List, Number, Object, Text, object, pass_over};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

object! {
    /// One object of a transcript, of whatever type.
    Line {
        kind: Text = "type",
        subtype: Text = "subtype",
        uuid: Text = "uuid",
        timestamp: Text = "timestamp",
        session: Text = "sessionId",
        /// A twin of `sessionId` in newer builds, which can keep the originating id.
        first_session: Text = "session_id",
        cwd: Text = "cwd",
        branch: Text = "gitBranch",
        version: Text = "version",
        entrypoint: Text = "entrypoint",
        sidechain: Flag = "isSidechain",
        agent: Text = "agentId",
        request: Text = "requestId",
        api_error: Flag = "isApiErrorMessage",
        meta: Flag = "isMeta",
        compact_summary: Flag = "isCompactSummary",
        forked_from: Object<Nothing> = "forkedFrom",
        prompt: Text = "promptId",
        permission_mode: Text = "permissionMode",
        agent_type: Text = "attributionAgent",
        skill: Text = "attributionSkill",
        mcp_server: Text = "attributionMcpServer",
        message: Object<Message> = "message",
        tool_result: Object<ToolUseResult> = "toolUseResult",
        compact: Object<CompactMetadata> = "compactMetadata",
        data: Object<Progress> = "data",
        custom_title: Text = "customTitle",
        ai_title: Text = "aiTitle",
        total_cost: Number = "totalCostUSD",
        api_ms: Number = "totalAPIDuration",
        tool_ms: Number = "totalToolDuration",
        lines_added: Number = "totalLinesAdded",
        lines_removed: Number = "totalLinesRemoved",
        model_usage: Keys = "modelUsage",
    }
}

object! {
    /// An object of which only its presence matters.
    Nothing {}
}

object! {
    Message {
        id: Text = "id",
        model: Text = "model",
        stop_reason: Text = "stop_reason",
        usage: Object<Usage> = "usage",
        content: Content = "content",
    }
}

object! {
    Usage {
        kind: Text = "type",
        model: Text = "model",
        input: Count = "input_tokens",
        output: Count = "output_tokens",
        cache_write: Count = "cache_creation_input_tokens",
        cache_read: Count = "cache_read_input_tokens",
        split: Object<CacheCreation> = "cache_creation",
        server_tools: Object<ServerToolUse> = "server_tool_use",
        tier: Text = "service_tier",
        geo: Text = "inference_geo",
        speed: Text = "speed",
        iterations: List<Usage> = "iterations",
    }
}

object! {
    CacheCreation {
        five_minutes: Count = "ephemeral_5m_input_tokens",
        one_hour: Count = "ephemeral_1h_input_tokens",
    }
}

object! {
    ServerToolUse {
        web_searches: Count = "web_search_requests",
    }
}

object! {
    /// One block of a message's content.
    Block {
        kind: Text = "type",
        id: Text = "id",
        name: Text = "name",
        input: Object<ToolInput> = "input",
        text: Opening = "text",
        tool_use: Text = "tool_use_id",
        error: Flag = "is_error",
    }
}

object! {
    ToolInput {
        file: Text = "file_path",
        notebook: Text = "notebook_path",
        skill: Text = "skill",
        agent_type: Text = "subagent_type",
    }
}

object! {
    /// What a tool reported beside the result that the model sees.
    ToolUseResult {
        agent: Text = "agentId",
        agent_type: Text = "agentType",
        status: Text = "status",
        kind: Text = "type",
        patch: List<Hunk> = "structuredPatch",
        content: Opening = "content",
    }
}

object! {
    Hunk {
        lines: PatchLines = "lines",
    }
}

object! {
    CompactMetadata {
        post_tokens: Number = "postTokens",
    }
}

object! {
    Progress {
        kind: Text = "type",
        message: Object<Line> = "message",
    }
}

object! {
    /// `agent-<id>.meta.json` beside a subagent's transcript.
    AgentMeta {
        agent_type: Text = "agentType",
        tool_use: Text = "toolUseId",
    }
}

/// The beginning of a text and the number of its lines: enough to tell what it is, without keeping it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) start: Option<Box<str>>,
    pub(super) lines: i64,
}

const OPENING_BYTES: usize = 64;

struct OpeningVisitor;

impl<'de> Visitor<'de> for OpeningVisitor {
    type Value = Opening;
    pass_over!(bool number array object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Opening, E> {
        let start = &text[..text.floor_char_boundary(OPENING_BYTES)];
        Ok(Opening { start: Some(start.into()), lines: text.lines().count() as i64 })
    }
}

impl<'de> Deserialize<'de> for Opening {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OpeningVisitor)
    }
}

/// A message's content: a text, or blocks.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) text: Opening,
    pub(super) blocks: Vec<Block>,
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;
    pass_over!(bool number object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content { text: OpeningVisitor.visit_str(text)?, blocks: Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut content = Content::default();
        while let Some(block) = seq.next_element::<Object<Block>>()? {
            content.blocks.extend(block.0.map(|block| *block));
        }
        Ok(content)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

/// How many lines of a patch add and how many remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PatchLines {
    pub(super) added: i64,
    pub(super) removed: i64,
}

/// The first character of a patch's line.
#[derive(Default)]
struct Sign(Option<u8>);

struct SignVisitor;

impl<'de> Visitor<'de> for SignVisitor {
    type Value = Sign;
    pass_over!(bool number array object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Sign, E> {
        Ok(Sign(text.bytes().next()))
    }
}

impl<'de> Deserialize<'de> for Sign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SignVisitor)
    }
}

struct PatchLinesVisitor;

impl<'de> Visitor<'de> for PatchLinesVisitor {
    type Value = PatchLines;
    pass_over!(bool number string object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PatchLines, A::Error> {
        let mut lines = PatchLines::default();
        while let Some(sign) = seq.next_element::<Sign>()? {
            match sign.0 {
                Some(b'+') => lines.added += 1,
                Some(b'-') => lines.removed += 1,
                _ => {}
            }
        }
        Ok(lines)
    }
}

impl<'de> Deserialize<'de> for PatchLines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PatchLinesVisitor)
    }
}

/// The keys of an object, whatever their values.
#[derive(Debug, Default)]
pub(super) struct Keys(pub(super) Vec<Box<str>>);

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;
    pass_over!(bool number string array null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = BTreeMap::new();
        while let Some((key, IgnoredAny)) = map.next_entry::<Box<str>, IgnoredAny>()? {
            keys.insert(key, ());
        }
        Ok(Keys(keys.into_keys().collect()))
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeysVisitor)
    }
}
