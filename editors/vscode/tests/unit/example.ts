// A status for the tests, of which single fields are changed.

import type { Row, Session, Status, Totals } from '../../src/contract.ts';

/** Sums with the cost given, and nothing else. */
export function totals(costUsd: number, more: Partial<Totals> = {}): Totals {
  return {
    costUsd,
    inputTokens: 0,
    outputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    totalTokens: 0,
    messages: 0,
    sessions: 0,
    webSearches: 0,
    unpricedMessages: 0,
    lowerBoundMessages: 0,
    ...more,
  };
}

/** A row of a report. */
export function row(key: string, costUsd: number, more: Partial<Row> = {}): Row {
  return { key, ...totals(costUsd), ...more };
}

/** A session at work. */
export function session(more: Partial<Session> = {}): Session {
  return {
    id: '2efd1f5f-1b93-481a-8469-0f589a48d7ae',
    title: 'Fix the parser',
    project: '/home/ada/app',
    model: 'claude-opus-5-5',
    branch: 'main',
    costUsd: 3.4195,
    context: {
      usedTokens: 410_000,
      windowTokens: 1_000_000,
      usedPercent: 41,
      autoCompactPercent: 96.7,
      source: 'inferred',
    },
    lastActivityAt: '2026-09-14T17:20:03.000+02:00',
    state: 'active',
    subagents: [],
    ...more,
  };
}

/** The status of a folder with one session. */
export function status(more: Partial<Status> = {}): Status {
  return {
    version: 1,
    revision: 42,
    generatedAt: '2026-09-14T17:20:05.000+02:00',
    text: '$3.42 · ctx 41%',
    severity: 'ok',
    workspace: { project: '/home/ada/app', todayUsd: 3.4195, session: null, context: null },
    sessions: [session()],
    today: totals(5.1, { totalTokens: 5_430_300, messages: 118 }),
    week: totals(20.31),
    month: totals(61.25),
    allTime: totals(61.25),
    burn: {
      usdPerHour: 2.5,
      tokensPerMinute: 70_000.5,
      block: {
        startedAt: '2026-09-14T16:02:30.000+02:00',
        endsAt: '2026-09-14T21:02:30.000+02:00',
        costUsd: 3.4195,
        projectedUsd: 12.684,
      },
    },
    health: {
      leaderPid: 4711,
      role: 'leader',
      watch: 'events',
      lastIngestAt: '2026-09-14T17:20:04.000+02:00',
      problems: [],
    },
    ...more,
  };
}
