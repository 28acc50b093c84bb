// What goes over the wire: the generated types, and what the protocol names beside them.

import type { Report, Row, Severity, Totals, Session as WireSession, Status as WireStatus } from '../../protocol.d.ts';

export type { Report, Row, Severity, Totals };

/** The names of our messages. */
export const METHODS = {
  status: 'costline/status',
  getStatus: 'costline/getStatus',
  breakdown: 'costline/breakdown',
  budgetWarning: 'costline/budgetWarning',
  limitWarning: 'costline/limitWarning',
  alert: 'costline/alert',
} as const;

/** A session, as far as it is shown. */
export type Session = Omit<WireSession, 'cache' | 'process'>;

/** A status, as far as it is shown; an older server has no budgets and no limits. */
export type Status = Omit<WireStatus, 'sessions' | 'budgets' | 'limits' | 'alerts'> & {
  sessions: Session[];
  budgets?: Budget[] | null;
  limits?: Limit[] | null;
};

/** A budget, and what of it is spent. */
export type Budget = {
  id?: string | number | null;
  /** `all`, `project`, `model` or `branch`; `name` says which. */
  scope: string;
  name?: string | null;
  period: string;
  limitUsd: number | null;
  spentUsd: number | null;
  usedPercent: number | null;
  severity?: string | null;
  resetsAt?: string | null;
  exhaustedAt?: string | null;
};

/** A limit of the plan, as Claude Code reported it last. */
export type Limit = {
  window: string;
  usedPercent: number | null;
  resetsAt?: string | null;
  reportedAt?: string | null;
  exhaustedAt?: string | null;
};

/** A budget as `costline.setBudget` takes it. */
export type NewBudget = {
  period: Period;
  limitUsd: number;
  project?: string;
  model?: string;
  branch?: string;
  hard?: boolean;
};

/** The stretch of time that a budget is for. */
export type Period = 'day' | 'week' | 'month' | 'block' | 'session' | 'cycle';

/** What `costline/budgetWarning`, `costline/limitWarning` and `costline/alert` have in common. */
export type Warning = {
  id: string | number;
  severity?: string | null;
  title?: string | null;
  message: string;
  resetsAt?: string | null;
  actions?: Action[] | null;
};

/** Something that can be done about an alert: a command of the server. */
export type Action = { title: string; command: string; arguments?: unknown[] | null };

/** A question for a report. */
export type Query = {
  by: string;
  since?: string;
  until?: string;
  project?: string;
  limit?: number;
};

/** What `costline.doctor` answers. */
export type Examination = {
  version: string | number;
  program?: string | null;
  generatedAt: string;
  severity: string;
  findings: Finding[];
};

/** One thing that the doctor looked at. */
export type Finding = {
  name: string;
  severity: string;
  message: string;
  advice: string | null;
  details?: unknown;
};
