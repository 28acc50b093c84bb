// The shapes that the server answers with. Those of the protocol are written by its tests.

import type { AlertNotice, Context, Report, State, Subagent, Totals } from '../../../editors/protocol.d.ts';

export type {
  AlertNotice,
  Budget,
  Limit,
  Part,
  Report,
  Row,
  Session,
  Status,
  Totals,
  Urgency,
} from '../../../editors/protocol.d.ts';

/** A prompt and all that followed it. */
export type Turn = {
  key: string;
  startedAt: string | null;
  durationMs: number | null;
  runningUsd: number;
  models: string[];
  tools: { name: string; uses: number }[];
  subagents: number;
} & Totals;

/** One session in full: `costline session ID --json`. */
export type SessionReport = {
  id: string;
  title: string | null;
  project: string | null;
  branch: string | null;
  model: string | null;
  version: string | null;
  startedAt: string | null;
  lastActivityAt: string | null;
  durationMs: number | null;
  apiMs: number | null;
  ownUsd: number | null;
  state: State;
  context: Context;
  totals: Totals;
  turns: Turn[];
  subagents: Subagent[];
  models: Report['rows'];
  branches: Report['rows'];
  agents: Report['rows'];
  skills: Report['rows'];
  tools: Report['rows'];
  mcp: Report['rows'];
  files: Report['rows'];
};

/** An alert that was raised, and what became of it: of `costline alerts --json`. */
export type RaisedAlert = AlertNotice & {
  holds: boolean;
  endedAt: string | null;
  acknowledgedAt: string | null;
  snoozedUntil: string | null;
};

/** A stretch of days that ends today: of `costline current --json`. */
export type Period = {
  since: string;
  totals: Totals;
  peakHour: string | null;
  peakHourUsd: number | null;
  dailyAverageUsd: number;
  budgetUsd: number | null;
  budgetUsedPercent: number | null;
};

/** `costline current --json`. */
export type Current = { today: Period; week: Period; month: Period };
