//! The JSON keys of a transcript: the only place that names them. `docs/transcripts.md` describes the format.

use super::json::{Count, Flag, List, Number, Object, Text, object, pass_over};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

object! {
    /// One object of a transcript, of whatever type.
    Line<'a> {
        kind: Text<'a> = "type",
        subtype: Text<'a> = "subtype",
        uuid: Text<'a> = "uuid",
        timestamp: Text<'a> = "timestamp",
        session: Text<'a> = "sessionId",
        /// A twin of `sessionId` in newer builds, which can keep the originating id.
        first_session: Text<'a> = "session_id",
        cwd: Text<'a> = "cwd",
        branch: Text<'a> = "gitBranch",
        version: Text<'a> = "version",
        entrypoint: Text<'a> = "entrypoint",
        sidechain: Flag = "isSidechain",
        agent: Text<'a> = "agentId",
        request: Text<'a> = "requestId",
        api_error: Flag = "isApiErrorMessage",
        error: Text<'a> = "error",
        meta: Flag = "isMeta",
        compact_summary: Flag = "isCompactSummary",
        forked_from: Object<Nothing<'a>> = "forkedFrom",
        prompt: Text<'a> = "promptId",
        permission_mode: Text<'a> = "permissionMode",
        agent_type: Text<'a> = "attributionAgent",
        skill: Text<'a> = "attributionSkill",
        mcp_server: Text<'a> = "attributionMcpServer",
        message: Object<Message<'a>> = "message",
        tool_result: Object<ToolUseResult<'a>> = "toolUseResult",
        compact: Object<CompactMetadata<'a>> = "compactMetadata",
        quota: Object<QuotaLimits<'a>> = "quotaLimits",
        data: Object<Progress<'a>> = "data",
        custom_title: Text<'a> = "customTitle",
        ai_title: Text<'a> = "aiTitle",
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
    Nothing<'a> {}
}

object! {
    Message<'a> {
        id: Text<'a> = "id",
        model: Text<'a> = "model",
        stop_reason: Text<'a> = "stop_reason",
        usage: Object<Usage<'a>> = "usage",
        content: Content<'a> = "content",
    }
}

object! {
    Usage<'a> {
        kind: Text<'a> = "type",
        model: Text<'a> = "model",
        input: Count = "input_tokens",
        output: Count = "output_tokens",
        cache_write: Count = "cache_creation_input_tokens",
        cache_read: Count = "cache_read_input_tokens",
        split: Object<CacheCreation<'a>> = "cache_creation",
        server_tools: Object<ServerToolUse<'a>> = "server_tool_use",
        tier: Text<'a> = "service_tier",
        geo: Text<'a> = "inference_geo",
        speed: Text<'a> = "speed",
        iterations: List<Usage<'a>> = "iterations",
    }
}

object! {
    CacheCreation<'a> {
        five_minutes: Count = "ephemeral_5m_input_tokens",
        one_hour: Count = "ephemeral_1h_input_tokens",
    }
}

object! {
    ServerToolUse<'a> {
        web_searches: Count = "web_search_requests",
    }
}

object! {
    /// One block of a message's content.
    Block<'a> {
        kind: Text<'a> = "type",
        id: Text<'a> = "id",
        name: Text<'a> = "name",
        input: Object<ToolInput<'a>> = "input",
        tool_use: Text<'a> = "tool_use_id",
        error: Flag = "is_error",
    }
}

object! {
    ToolInput<'a> {
        file: Text<'a> = "file_path",
        notebook: Text<'a> = "notebook_path",
        skill: Text<'a> = "skill",
        agent_type: Text<'a> = "subagent_type",
    }
}

object! {
    /// What a tool reported beside the result that the model sees.
    ToolUseResult<'a> {
        agent: Text<'a> = "agentId",
        agent_type: Text<'a> = "agentType",
        status: Text<'a> = "status",
        kind: Text<'a> = "type",
        patch: List<Hunk<'a>> = "structuredPatch",
    }
}

object! {
    /// The texts of a line, which few lines are asked for.
    Texts<'a> {
        message: Object<SpokenMessage<'a>> = "message",
        tool_result: Object<WrittenFile<'a>> = "toolUseResult",
    }
}

object! {
    SpokenMessage<'a> {
        content: Spoken = "content",
    }
}

object! {
    SpokenBlock<'a> {
        text: Opening = "text",
    }
}

object! {
    WrittenFile<'a> {
        content: Opening = "content",
    }
}

object! {
    Hunk<'a> {
        lines: PatchLines = "lines",
    }
}

object! {
    CompactMetadata<'a> {
        post_tokens: Number = "postTokens",
    }
}

object! {
    /// What a notice that a plan's limit was reached says beside its text.
    QuotaLimits<'a> {
        status: Text<'a> = "status",
        window: Text<'a> = "rateLimitType",
        resets_at: Number = "resetsAt",
    }
}

object! {
    Progress<'a> {
        kind: Text<'a> = "type",
        message: Object<Line<'a>> = "message",
    }
}

object! {
    /// `agent-<id>.meta.json` beside a subagent's transcript.
    AgentMeta<'a> {
        agent_type: Text<'a> = "agentType",
        tool_use: Text<'a> = "toolUseId",
    }
}

/// The beginning of a text and the number of its lines: enough to tell what it is, without keeping it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) start: Option<Box<str>>,
    pub(super) lines: i64,
}

const OPENING_BYTES: usize = 128;

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

/// A message's content: its blocks, or a text that is not read here.
#[derive(Clone, Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) is_text: bool,
    pub(super) blocks: Vec<Block<'a>>,
}

struct ContentVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ContentVisitor<'a> {
    type Value = Content<'a>;
    pass_over!(bool number object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, _: &str) -> Result<Content<'a>, E> {
        Ok(Content { is_text: true, blocks: Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content<'a>, A::Error> {
        let mut content = Content::default();
        while let Some(block) = seq.next_element::<Object<Block<'a>>>()? {
            content.blocks.extend(block.0.map(|block| *block));
        }
        Ok(content)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor(PhantomData))
    }
}

/// The opening of a message: of its text, or of its first block with one.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken(pub(super) Opening);

struct SpokenVisitor;

impl<'de> Visitor<'de> for SpokenVisitor {
    type Value = Spoken;
    pass_over!(bool number object null);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Spoken, E> {
        OpeningVisitor.visit_str(text).map(Spoken)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Spoken, A::Error> {
        let mut spoken = Opening::default();
        while let Some(block) = seq.next_element::<Object<SpokenBlock>>()? {
            if let Some(block) = block.0.filter(|_| spoken.start.is_none()) {
                spoken = block.text;
            }
        }
        Ok(Spoken(spoken))
    }
}

impl<'de> Deserialize<'de> for Spoken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpokenVisitor)
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
#[derive(Clone, Debug, Default)]
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
