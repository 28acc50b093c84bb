//! Turns: a prompt, and all that followed it.

use super::{Tally, totals};
use crate::money::NanoUsd;
use crate::snapshot::wire::Totals;
use crate::time::{Millis, Zone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A turn of a session. Turns come in the order of their prompts and sum to the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TurnRow {
    /// The prompt's id; empty for responses whose prompt is not known.
    pub key: String,
    /// When the prompt was given; the first response's time where that is not known.
    pub started_at: Option<String>,
    /// When the last response began.
    pub last_activity_at: Option<String>,
    /// Between the two, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What the session had cost when the turn was over.
    #[cfg_attr(test, schemars(with = "f64"))]
    pub running_usd: NanoUsd,
    /// The models that answered, as written.
    pub models: Vec<String>,
    /// The tools that were used, most used first.
    pub tools: Vec<Uses>,
    /// Subagents at work.
    pub subagents: i64,
    /// Its sums.
    #[serde(flatten)]
    pub totals: Totals,
}

/// How often something was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Uses {
    /// Its name.
    pub name: String,
    /// How often.
    pub uses: i64,
}

/// What a turn is made of.
#[derive(Clone, Debug, Default)]
pub struct TurnTally {
    /// The prompt's id; empty where it is not known.
    pub key: String,
    /// When the prompt was given.
    pub at: Option<Millis>,
    /// Its sums.
    pub tally: Tally,
    /// Its models.
    pub models: BTreeSet<String>,
    /// Uses of its tools.
    pub tools: BTreeMap<String, i64>,
    /// Its subagents, by number.
    pub agents: BTreeSet<i64>,
}

/// A response, as far as its turn depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub id: i64,
    /// Its time.
    pub at: Millis,
    /// Its own turn; 0 where it is not known.
    pub turn: i64,
    /// It lies beside the main thread.
    pub sidechain: bool,
    /// Its subagent; 0 where it has none.
    pub agent: i64,
}

/// The turn of each response. One of the main thread knows its own. A subagent works for the turn in which it was
/// started; where that is not known, and for what lies beside the main thread without an agent, it is the latest one that
/// had begun. `starters` gives the response that started an agent, `turns` the time of each turn's prompt.
pub fn attribute(responses: &[Seen], starters: &BTreeMap<i64, i64>, turns: &[(i64, Millis)]) -> Vec<i64> {
    let by_id: HashMap<i64, &Seen> = responses.iter().map(|seen| (seen.id, seen)).collect();
    let mut first: HashMap<i64, Millis> = HashMap::new();
    for seen in responses.iter().filter(|seen| seen.agent != 0) {
        let at = first.entry(seen.agent).or_insert(seen.at);
        *at = seen.at.min(*at);
    }
    let latest = |at: Millis| {
        let begun = turns.iter().filter(|(_, start)| *start <= at);
        begun.max_by_key(|(turn, start)| (*start, *turn)).map_or(0, |(turn, _)| *turn)
    };
    let of_agent = |agent: i64| {
        let (mut agent, mut known) = (agent, BTreeSet::new());
        // An agent may have been started by another one; a damaged transcript may claim a circle.
        while known.insert(agent) {
            match starters.get(&agent).and_then(|starter| by_id.get(starter)) {
                Some(starter) if starter.turn != 0 => return starter.turn,
                Some(starter) if starter.agent != 0 => agent = starter.agent,
                _ => break,
            }
        }
        first.get(&agent).map_or(0, |at| latest(*at))
    };
    let mut of_agents: HashMap<i64, i64> = HashMap::new();
    responses
        .iter()
        .map(|seen| match seen {
            Seen { turn, .. } if *turn != 0 => *turn,
            Seen { agent, .. } if *agent != 0 => *of_agents.entry(*agent).or_insert_with(|| of_agent(*agent)),
            Seen { sidechain: true, at, .. } => latest(*at),
            _ => 0,
        })
        .collect()
}

/// Turns in the order of their prompts, each with what the session had cost by then. Those whose prompt is not known
/// come where their first response belongs.
pub fn turns(mut tallies: Vec<TurnTally>, zone: &Zone) -> Vec<TurnRow> {
    tallies.sort_by(|a, b| {
        let start = |turn: &TurnTally| turn.at.or(turn.tally.first);
        (start(a), &a.key).cmp(&(start(b), &b.key))
    });
    let mut running = NanoUsd::ZERO;
    let rows = tallies.into_iter().map(|turn| {
        running += turn.tally.sums.cost;
        let start = turn.at.or(turn.tally.first);
        let mut tools: Vec<Uses> = turn.tools.into_iter().map(|(name, uses)| Uses { name, uses }).collect();
        tools.sort_by(|a, b| (b.uses, &a.name).cmp(&(a.uses, &b.name)));
        TurnRow {
            key: turn.key,
            started_at: start.map(|at| zone.rfc3339(at)),
            last_activity_at: turn.tally.last.map(|at| zone.rfc3339(at)),
            duration_ms: start.zip(turn.tally.last).map(|(start, last)| (last - start).max(0)),
            running_usd: running,
            models: turn.models.into_iter().collect(),
            tools,
            subagents: turn.agents.len() as i64,
            totals: totals(&turn.tally),
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sums::Sums;

    fn seen(id: i64, at: Millis, turn: i64, agent: i64) -> Seen {
        Seen { id, at, turn, sidechain: turn == 0, agent }
    }

    #[test]
    fn subagents_work_for_the_turn_that_started_them() {
        let turns = [(100, 0), (200, 50)];
        let responses = [
            seen(1, 1, 100, 0),
            // Started by response 1, and still at work when the next prompt came.
            seen(2, 60, 0, 7),
            // Started by that agent.
            seen(3, 70, 0, 8),
            // Nobody knows who started this one: it began during the first turn.
            seen(4, 40, 0, 9),
            seen(5, 80, 0, 9),
            // An old sidechain without an agent.
            seen(6, 55, 0, 0),
            seen(7, 90, 200, 0),
        ];
        let starters = BTreeMap::from([(7, 1), (8, 2)]);
        assert_eq!(attribute(&responses, &starters, &turns), [100, 100, 100, 100, 100, 200, 200]);
        // The main thread's response before any prompt, and a circle.
        let odd = [Seen { sidechain: false, ..seen(1, 1, 0, 0) }, seen(2, 60, 0, 7), seen(3, 20, 0, 8)];
        let circle = BTreeMap::from([(7, 3), (8, 2)]);
        assert_eq!(attribute(&odd, &circle, &turns)[0], 0);
        assert!(attribute(&odd, &circle, &turns)[1..].iter().all(|turn| [100, 200].contains(turn)));
        assert_eq!(attribute(&odd, &BTreeMap::new(), &[]), [0, 0, 0]);
    }

    #[test]
    fn running_totals_follow_the_prompts() {
        let turn = |key: &str, at: Option<Millis>, first: Millis, cost: i64| TurnTally {
            key: key.to_owned(),
            at,
            tally: Tally {
                sums: Sums { cost: NanoUsd(cost), ..Sums::default() },
                first: Some(first),
                last: Some(first + 500),
                ..Tally::default()
            },
            ..TurnTally::default()
        };
        let rows = turns(
            vec![
                turn("b", Some(2_000), 2_500, 20),
                turn("", None, 1_000, 1),
                turn("a", Some(1_200), 1_300, 300),
            ],
            &Zone::named("UTC").unwrap(),
        );
        let found: Vec<_> =
            rows.iter().map(|row| (row.key.as_str(), row.running_usd.0, row.duration_ms)).collect();
        assert_eq!(found, [("", 1, Some(500)), ("a", 301, Some(600)), ("b", 321, Some(1_000))]);
    }
}
