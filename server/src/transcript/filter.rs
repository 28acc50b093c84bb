//! Which lines are worth parsing: most bytes of a transcript are tool results, which cost nothing.
//!
//! Needles are keys and values with their quotes. Inside a string a quote is escaped, so a needle can only match where
//! JSON has it; a false hit costs a parse and changes nothing, and no serializer in use escapes letters, so there are no
//! false misses.

use aho_corasick::packed::{Config, MatchKind, Searcher};

/// What is looked for. The first ones decide at once; the last three need a second look.
const NEEDLES: [&str; 12] = [
    "\"usage\"",
    "\"structuredPatch\"",
    "\"compact_boundary\"",
    "\"custom-title\"",
    "\"ai-title\"",
    "\"cost-state\"",
    "\"permission-mode\"",
    "\"async_launched\"",
    "\"quotaLimits\"",
    "\"is_error\"",
    "\"user\"",
    "\"tool_result\"",
];
const IS_ERROR: usize = 9;
const USER: usize = 10;
const TOOL_RESULT: usize = 11;
/// The longest needle: how far two pieces of a line must overlap.
const LONGEST: usize = 18;

/// The search, made once.
pub struct Filter(Option<Searcher>);

impl Default for Filter {
    fn default() -> Self {
        Self(Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(NEEDLES).build())
    }
}

impl Filter {
    /// Whether a line may say something that is kept.
    pub fn wants(&self, line: &[u8]) -> bool {
        let mut seen = Seen::default();
        self.look(line, &mut seen) || seen.is_prompt()
    }

    /// Looks at a piece of a line; `true` as soon as the line is worth parsing.
    fn look(&self, piece: &[u8], seen: &mut Seen) -> bool {
        let Some(searcher) = &self.0 else { return true };
        for hit in searcher.find_iter(piece) {
            match hit.pattern().as_usize() {
                USER => seen.user = true,
                TOOL_RESULT => seen.tool_result = true,
                IS_ERROR if !is_true(&piece[hit.end()..]) => {}
                _ => return true,
            }
        }
        false
    }
}

/// Whether a key is followed by `true` (or by the end of the piece, which is looked at again with the next one).
fn is_true(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b':')).is_none_or(|byte| *byte == b't')
}

/// What was seen of a line so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    user: bool,
    tool_result: bool,
}

impl Seen {
    /// A line of a user that carries no tool's result is a prompt.
    const fn is_prompt(self) -> bool {
        self.user && !self.tool_result
    }
}

/// Looks at a line that comes in pieces, so that a line of any length needs little room.
pub struct Pieces<'a> {
    filter: &'a Filter,
    seen: Seen,
    wanted: bool,
    overlap: Vec<u8>,
}

impl<'a> Pieces<'a> {
    /// Begins a line.
    pub fn new(filter: &'a Filter) -> Self {
        Self { filter, seen: Seen::default(), wanted: false, overlap: Vec::with_capacity(4 * LONGEST) }
    }

    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        if self.wanted {
            return;
        }
        // A needle, with what follows it, may lie across the seam.
        let seam = piece.len().min(2 * LONGEST);
        self.overlap.extend_from_slice(&piece[..seam]);
        self.wanted =
            self.filter.look(&self.overlap, &mut self.seen) || self.filter.look(piece, &mut self.seen);
        if seam < piece.len() {
            self.overlap.clear();
            self.overlap.extend_from_slice(&piece[piece.len() - seam..]);
        } else {
            let excess = self.overlap.len().saturating_sub(2 * LONGEST);
            self.overlap.drain(..excess);
        }
    }

    /// Whether the line is worth parsing.
    pub const fn wanted(&self) -> bool {
        self.wanted || self.seen.is_prompt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CASES: [(&str, bool); 10] = [
        (r#"{"type":"assistant","message":{"usage":{}}}"#, true),
        (r#"{"type" : "assistant", "message" : {"usage" : {}}}"#, true),
        (r#"{"type":"user","message":{"role":"user","content":"hello"}}"#, true),
        (
            r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"ok"}]}}"#,
            false,
        ),
        (r#"{"type":"user","content":[{"type":"tool_result","is_error":false}]}"#, false),
        (r#"{"type":"user","content":[{"type":"tool_result","is_error" : true}]}"#, true),
        (
            r#"{"type":"user","content":[{"type":"tool_result"}],"toolUseResult":{"structuredPatch":[]}}"#,
            true,
        ),
        (r#"{"type":"progress","text":"say \"usage\" aloud"}"#, false),
        (r#"{"type":"system","subtype":"compact_boundary"}"#, true),
        (r#"{"type":"file-history-snapshot","snapshot":{}}"#, false),
    ];

    #[test]
    fn tells_lines_apart() {
        let filter = Filter::default();
        assert!(filter.0.is_some(), "no vectorised search on this machine: every line would be parsed");
        for (line, expected) in CASES {
            assert_eq!(filter.wants(line.as_bytes()), expected, "{line}");
        }
        assert_eq!(NEEDLES.iter().map(|needle| needle.len()).max(), Some(LONGEST));
        assert_eq!(
            [NEEDLES[IS_ERROR], NEEDLES[USER], NEEDLES[TOOL_RESULT]],
            ["\"is_error\"", "\"user\"", "\"tool_result\""]
        );
    }

    proptest! {
        #[test]
        fn pieces_see_no_less_than_the_whole(case in 0..CASES.len(), cuts in prop::collection::vec(0_usize..120, 0..8)) {
            let filter = Filter::default();
            let line = CASES[case].0.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < line.len()).collect();
            cuts.extend([0, line.len()]);
            cuts.sort_unstable();
            let mut pieces = Pieces::new(&filter);
            for pair in cuts.windows(2) {
                pieces.push(&line[pair[0]..pair[1]]);
            }
            prop_assert!(pieces.wanted() || !filter.wants(line));
        }
    }
}
