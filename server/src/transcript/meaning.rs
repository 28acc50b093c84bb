//! What each type of line means.

use super::dedupe::key;
use super::json::{Number, Text};
use super::line::{Content, Line, Message, Texts, Usage};
use super::notice::{Unclear, notice};
use super::parser::Parser;
use super::record::{ContextMark, Fault, Name, Origin, OwnTotal, Owner, Part, Response};
use super::syntax::Source;
use super::tools::tool_use_id;
use super::usage::{billable, implausible, tokens};
use crate::money::NanoUsd;
use crate::time::{Millis, parse_millis};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Openings of a user's line that are no prompt: output of local commands, notes of tasks, interruptions.
const NO_PROMPTS: [&str; 7] = [
    "<local-command-",
    "<bash-stdout>",
    "<bash-stderr>",
    "<bash-input>",
    "<task-notification>",
    "<system-reminder>",
    "[Request interrupted",
];

/// Where a line is and whose it is.
pub(super) struct Seat {
    pub(super) session: Name,
    pub(super) agent: Name,
    pub(super) sidechain: bool,
    pub(super) copied: bool,
    /// The line's own time, or that of the latest response or prompt before it.
    pub(super) at: Millis,
    pub(super) offset: u64,
}

impl Parser<'_> {
    /// Takes in one object of a line; `bytes` are all of it, or none of a line too long to be held.
    pub(super) fn object(&mut self, line: &Line<'_>, bytes: &[u8], offset: u64) {
        if line.kind.is("journal") {
            return;
        }
        let seat = self.seat(line, offset);
        match line.kind.get() {
            Some("assistant") => self.assistant(line, &seat, bytes),
            Some("user") => self.user(line, &seat, bytes),
            Some("system") if line.subtype.is("compact_boundary") => self.compacted(line, &seat),
            Some("progress") => self.progress(line, &seat, bytes),
            Some("custom-title") => self.title(&seat, 2, &line.custom_title),
            Some("ai-title") => self.title(&seat, 1, &line.ai_title),
            Some("permission-mode") => self.state.mode = line.permission_mode.filled().map(Name::from),
            Some("cost-state") => self.own_total(line, &seat),
            _ => {}
        }
        self.touch(line, &seat);
    }

    fn seat(&mut self, line: &Line<'_>, offset: u64) -> Seat {
        let own_time = line.timestamp.get().and_then(parse_millis);
        let at = own_time.or(self.state.at).unwrap_or(self.place.born);
        if own_time.is_some() && is_landmark(line) {
            self.state.at = own_time;
        }
        let session = match line.session.filled() {
            Some(session) => self.name(session),
            None => self.place.session.clone(),
        };
        let agent = match line.agent.filled() {
            Some(agent) => self.name(agent),
            None => self.place.agent.clone(),
        };
        // The twin of the session's id keeps the originating session's where a line was copied.
        let copied = line.forked_from.get().is_some()
            || line
                .first_session
                .filled()
                .is_some_and(|first| line.session.get().is_some_and(|own| own != first));
        Seat {
            sidechain: line.sidechain.0 || !self.place.agent.is_empty(),
            session,
            agent,
            copied,
            at,
            offset,
        }
    }

    /// Notes the line's time, and the working directory where it is the file's first.
    fn touch(&mut self, line: &Line<'_>, seat: &Seat) {
        let cwd = (!self.state.settled).then(|| line.cwd.filled()).flatten().map(|cwd| self.name(cwd));
        if line.timestamp.get().and_then(parse_millis).is_none() && cwd.is_none() {
            return;
        }
        let latest = (!seat.sidechain && (line.version.get().is_some() || line.branch.get().is_some()))
            .then(|| (seat.at, self.name(line.version.or_empty()), self.name(branch(line))));
        let session = self.batch.sessions.entry(seat.session.clone()).or_default();
        if let Some(cwd) = cwd {
            self.state.settled = true;
            session.offer_project((seat.sidechain, seat.at, cwd));
        }
        // A resumed session's own lines may keep the originating id, too: only a stated copy began elsewhere.
        if line.forked_from.get().is_none() {
            session.started = Some(session.started.map_or(seat.at, |started| started.min(seat.at)));
        }
        session.last = session.last.max(Some(seat.at));
        if !seat.sidechain {
            session.last_main = session.last_main.max(Some(seat.at));
            session.latest = session.latest.take().max(latest);
        }
    }

    fn assistant(&mut self, line: &Line<'_>, seat: &Seat, bytes: &[u8]) {
        match notice(line, bytes) {
            Some(Ok(limit)) => self.batch.limits.push(limit),
            Some(Err(Unclear)) => self.fault(Fault::Notice, seat.offset),
            None => {}
        }
        let Some(message) = line.message.get() else { return };
        let Some(usage) = billable(line, message) else { return };
        if implausible(usage) {
            return self.fault(Fault::Implausible, seat.offset);
        }
        let key = self.response(line, message, usage, seat, bytes, false);
        self.tool_uses(line, message, &key);
        self.agent_type(seat, 2, &line.agent_type);
        if !seat.sidechain {
            self.context(message, usage, seat);
        }
    }

    /// A copy of a subagent's response inside a progress line: the record of a response that no file holds.
    fn progress(&mut self, line: &Line<'_>, seat: &Seat, bytes: &[u8]) {
        let Some(data) = line.data.get().filter(|data| data.kind.is("agent_progress")) else { return };
        let Some(inner) = data.message.get() else { return };
        let Some(message) = inner.message.get().filter(|message| message.id.filled().is_some()) else {
            return;
        };
        let Some(usage) = billable(inner, message) else { return };
        if implausible(usage) {
            return self.fault(Fault::Implausible, seat.offset);
        }
        let own_time = inner.timestamp.get().and_then(parse_millis);
        let seat = Seat {
            session: seat.session.clone(),
            agent: inner.agent.filled().map_or_else(|| seat.agent.clone(), Name::from),
            sidechain: true,
            copied: seat.copied,
            at: own_time.unwrap_or(seat.at),
            offset: seat.offset,
        };
        let mut outer = Line::default();
        (outer.request, outer.uuid) = (inner.request.clone(), inner.uuid.clone());
        (outer.branch, outer.version) = (line.branch.clone(), line.version.clone());
        outer.entrypoint = line.entrypoint.clone();
        self.response(&outer, message, usage, &seat, bytes, true);
    }

    /// Adds a response, and the parts of it that are billed apart; gives its key.
    fn response(
        &mut self,
        line: &Line<'_>,
        message: &Message<'_>,
        usage: &Usage<'_>,
        seat: &Seat,
        bytes: &[u8],
        embedded: bool,
    ) -> Box<str> {
        let tokens = tokens(usage);
        let hash = || match bytes {
            // A line too long to be held is known by its place.
            [] => xxh3_64(format!("{} {}", self.place.path, seat.offset).as_bytes()),
            bytes => xxh3_64(bytes),
        };
        let key = key(message.id.filled(), line.request.filled(), &tokens, line.uuid.filled(), hash);
        let response = Response {
            key: key.clone(),
            part: Part::Whole,
            request: line.request.or_empty().into(),
            model: self.name(message.model.or_empty()),
            tokens,
            at: seat.at,
            finished: message.stop_reason.filled().is_some() && !embedded,
            embedded,
            speed: self.name(usage.speed.or_empty()),
            geo: self.name(usage.geo.or_empty()),
            tier: self.name(usage.tier.or_empty()),
            owner: self.owner(line, seat),
        };
        for (index, iteration) in usage.iterations.0.iter().enumerate() {
            let part = match iteration.kind.get() {
                Some("compaction") => Part::Compaction,
                Some("advisor_message") => Part::Advisor,
                _ => continue,
            };
            let model = iteration.model.filled().map(|model| self.name(model));
            self.add(Response {
                key: format!("{key}#{index}").into(),
                part,
                model: model.unwrap_or_else(|| response.model.clone()),
                tokens: self::tokens(iteration),
                ..response.clone()
            });
        }
        self.add(response);
        key
    }

    fn add(&mut self, response: Response) {
        if let Some(index) = self.known.get(&response.key) {
            return self.batch.responses[*index].merge(response);
        }
        self.known.insert(response.key.clone(), self.batch.responses.len());
        self.batch.responses.push(response);
    }

    fn owner(&mut self, line: &Line<'_>, seat: &Seat) -> Owner {
        let turn = if seat.sidechain { None } else { self.state.turn.clone() };
        let mode = line.permission_mode.filled().map(Name::from).or_else(|| self.state.mode.clone());
        let same = |name: &Name, text: &Text<'_>| **name == *text.or_empty();
        let last = &self.origin;
        let repeats = last.session == seat.session
            && last.agent == seat.agent
            && last.sidechain == seat.sidechain
            && *last.branch == *branch(line)
            && same(&last.entrypoint, &line.entrypoint)
            && same(&last.version, &line.version)
            && same(&last.skill, &line.skill)
            && same(&last.mcp_server, &line.mcp_server)
            && *last.permission_mode == *mode.as_deref().unwrap_or("");
        if !repeats {
            self.origin = Arc::new(Origin {
                session: seat.session.clone(),
                sidechain: seat.sidechain,
                agent: seat.agent.clone(),
                branch: self.name(branch(line)),
                entrypoint: self.name(line.entrypoint.or_empty()),
                version: self.name(line.version.or_empty()),
                permission_mode: mode.unwrap_or_default(),
                skill: self.name(line.skill.or_empty()),
                mcp_server: self.name(line.mcp_server.or_empty()),
            });
        }
        Owner {
            copied: seat.copied,
            born: self.place.born,
            file: self.place.path.clone(),
            offset: seat.offset,
            origin: self.origin.clone(),
            turn: turn.unwrap_or_default(),
        }
    }

    fn context(&mut self, message: &Message<'_>, usage: &Usage<'_>, seat: &Seat) {
        // The last pass is what the next prompt builds on; the top level sums all of them.
        let mut passes = usage.iterations.0.iter().filter(|pass| pass.kind.is("message"));
        let prompt = match passes.clone().count() {
            0 | 1 => tokens(usage).prompt(),
            _ => passes.next_back().map_or(0, |pass| tokens(pass).prompt()),
        };
        let mark = ContextMark {
            at: seat.at,
            file: self.place.path.clone(),
            offset: seat.offset,
            tokens: Some(prompt),
            model: self.name(message.model.or_empty()),
        };
        let session = self.batch.sessions.entry(seat.session.clone()).or_default();
        session.largest_prompt = session.largest_prompt.max(prompt);
        session.set_context(mark);
    }

    fn compacted(&mut self, line: &Line<'_>, seat: &Seat) {
        if seat.sidechain {
            return;
        }
        let tokens = line.compact.get().and_then(|compact| compact.post_tokens.0).map(|tokens| tokens as i64);
        let mark = ContextMark {
            at: seat.at,
            file: self.place.path.clone(),
            offset: seat.offset,
            tokens,
            model: Name::default(),
        };
        self.batch.sessions.entry(seat.session.clone()).or_default().set_context(mark);
    }

    fn user(&mut self, line: &Line<'_>, seat: &Seat, bytes: &[u8]) {
        if let Some(mode) = line.permission_mode.filled() {
            self.state.mode = Some(self.names.name(mode));
        }
        let Some(message) = line.message.get() else { return };
        let results: Vec<_> =
            message.content.blocks.iter().filter(|block| block.kind.is("tool_result")).collect();
        for result in &results {
            let Some(id) = result.tool_use.filled().map(tool_use_id) else { continue };
            self.outcome(line, seat, id, result.error.0, bytes);
        }
        if results.is_empty() && !seat.sidechain && is_prompt(line, message, bytes) {
            let Some(turn) = line.prompt.filled().or(line.uuid.filled()) else { return };
            let turn = self.names.name(turn);
            self.state.turn = Some(turn.clone());
            let began = self.batch.turns.entry((seat.session.clone(), turn)).or_insert(seat.at);
            *began = seat.at.min(*began);
        }
    }

    fn title(&mut self, seat: &Seat, weight: u8, title: &Text<'_>) {
        let Some(title) = title.filled().map(Name::from) else { return };
        let session = self.batch.sessions.entry(seat.session.clone()).or_default();
        // Titles are written again and again: of equal weight the last one counts.
        if session.title.as_ref().is_none_or(|(held, _)| weight >= *held) {
            session.title = Some((weight, title));
        }
    }

    fn own_total(&mut self, line: &Line<'_>, seat: &Seat) {
        let whole = |number: Number| number.0.map_or(0, |number| number as i64);
        let Some(cost) = line.total_cost.0 else { return };
        let total = OwnTotal {
            offset: seat.offset,
            cost: NanoUsd::from_dollars(cost),
            api_ms: whole(line.api_ms),
            tool_ms: whole(line.tool_ms),
            million: line.model_usage.0.iter().any(|model| model.ends_with("[1m]")),
        };
        self.batch.sessions.entry(seat.session.clone()).or_default().own_total = Some(total);
    }
}

/// Outside git the branch is written as `HEAD`.
fn branch<'a>(line: &'a Line<'_>) -> &'a str {
    line.branch.filled().filter(|branch| *branch != "HEAD").unwrap_or("")
}

/// Whether a line is parsed however the file is read, so that the time of a line without one can be taken from it.
fn is_landmark(line: &Line<'_>) -> bool {
    line.message.get().is_some_and(|message| match line.kind.get() {
        Some("assistant") => message.usage.get().is_some(),
        Some("user") => !message.content.blocks.iter().any(|block| block.kind.is("tool_result")),
        _ => false,
    })
}

/// Reads a line once more, for its texts.
pub(super) fn texts(bytes: &[u8]) -> Texts<'_> {
    Source::new(bytes).next().and_then(Result::ok).unwrap_or_default()
}

fn is_prompt(line: &Line<'_>, message: &Message<'_>, bytes: &[u8]) -> bool {
    if line.meta.0 || line.compact_summary.0 {
        return false;
    }
    let Content { is_text, blocks } = &message.content;
    if !is_text && !blocks.iter().any(|block| block.kind.is("text") || block.kind.is("image")) {
        return false;
    }
    let texts = texts(bytes);
    let opening = texts.message.get().and_then(|message| message.content.0.start.as_deref());
    opening.is_none_or(|opening| !NO_PROMPTS.iter().any(|no_prompt| opening.starts_with(no_prompt)))
}
