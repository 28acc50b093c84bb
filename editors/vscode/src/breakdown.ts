// The breakdown as a page shows it: which report is asked for, and every word and width of it.

import type { Query, Report, Row, Status } from './contract.ts';
import { baseName, clock, cost, count, day, model, tokens, UNKNOWN, usd, when } from './wording.ts';

/** So many rows are shown. */
export const ROWS = 300;

/** What the page looks at. */
export type Place = {
  by: string;
  span: string;
  /** The project that was opened. */
  project?: string | undefined;
  /** The day that was opened. */
  day?: string | undefined;
};

/** The page's place at first. */
export const HOME: Place = { by: 'project', span: 'today' };

/** Something to choose. */
export type Choice = { id: string; name: string; chosen: boolean };

/** One row of the page. */
export type Line = {
  key: string;
  name: string;
  /** What stands below the name. */
  more: string;
  cost: string;
  tokens: string;
  responses: string;
  sessions: string;
  /** The length of its bar, in thousandths of the longest. */
  length: number;
  /** What happens when it is opened; empty for nothing. */
  opens: '' | 'project' | 'session' | 'day';
};

/** Everything that the page shows. */
export type Page = {
  title: string;
  /** Where one is: the first leads back to everything. */
  trail: Choice[];
  keys: Choice[];
  spans: Choice[];
  lines: Line[];
  total: { cost: string; tokens: string; responses: string; sessions: string };
  /** What the numbers leave out, each in a sentence. */
  notes: string[];
  /** What stands in place of lines. */
  nothing: string;
  asOf: string;
};

/** What the page says. */
export type Said =
  | { say: 'ready'; place?: Place }
  | { say: 'key' | 'span' | 'trail' | 'open'; id: string }
  | { say: 'up' | 'csv' | 'refresh' };

/** What the page is told. */
export type Shown = { page: Page; place: Place } | { trouble: string };

const KEYS: [string, string][] = [
  ['project', 'Projects'],
  ['model', 'Models'],
  ['session', 'Sessions'],
  ['agent', 'Agents'],
  ['day', 'Days'],
  ['tool', 'Tools'],
  ['branch', 'Branches'],
  ['file', 'Files'],
];

const SPANS: [string, string][] = [
  ['today', 'Today'],
  ['week', 'This week'],
  ['month', 'This month'],
  ['30days', '30 days'],
  ['all', 'All time'],
];

/** The question for what a place shows. Days are those of the server's zone: `now` is its clock, `monday` its week's first. */
export function query({ by, span, project, day: opened }: Place, now: string, monday: string): Query {
  const today = now.slice(0, 10);
  const first: Record<string, string> = {
    today,
    week: monday,
    month: `${today.slice(0, 7)}-01`,
    '30days': daysBefore(today, 29),
  };
  const since = opened ?? first[span];
  return {
    by,
    limit: ROWS,
    ...(since ? { since } : {}),
    ...(opened ? { until: opened } : {}),
    ...(project === undefined ? {} : { project }),
  };
}

/** The day that lies so many days before another one, both as `2026-09-14`. */
export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** The place that opening a row leads to; a session leads to no place. */
export function opened(place: Place, key: string): Place {
  if (place.by === 'project') {
    return { ...place, by: 'model', project: key };
  }
  return place.by === 'day' ? { ...place, by: place.project === undefined ? 'project' : 'session', day: key } : place;
}

/** The place that encloses another one. */
export function above(place: Place): Place {
  if (place.day !== undefined) {
    return { ...place, by: 'day', day: undefined };
  }
  return place.project === undefined ? place : { ...place, by: 'project', project: undefined };
}

/** A report as the page shows it. */
export function page(place: Place, report: Report, status: Status | undefined): Page {
  const { totals, rows } = report;
  const keys = KEYS.filter(
    ([id]) => !(id === 'project' && place.project !== undefined) && !(id === 'day' && place.day),
  );
  return {
    title: place.project === undefined ? 'Everything' : baseName(place.project),
    trail: trail(place),
    keys: choices(keys, place.by),
    spans: choices(SPANS, place.day === undefined ? place.span : ''),
    lines: lines(place.by, rows, status),
    total: sums(totals),
    notes: notes(report),
    nothing: rows.length === 0 ? 'Nothing was used in this time.' : '',
    asOf: status ? `As of ${clock(status.generatedAt, true)}, days of ${report.timezone}` : '',
  };
}

/** The report of a place as a table for other programs: comma-separated, with the values as the server sent them. */
export function csv(by: string, rows: Row[]): string {
  const fields = [
    'costUsd',
    'inputTokens',
    'outputTokens',
    'cacheWriteTokens',
    'cacheReadTokens',
    'totalTokens',
    'messages',
    'sessions',
    'unpricedMessages',
    'lowerBoundMessages',
  ] as const;
  const table = rows.map(row => [cell(row.key), ...fields.map(field => String(row[field]))]);
  return [[by, ...fields], ...table].map(line => `${line.join(',')}\r\n`).join('');
}

/** A cell of CSV. What a spreadsheet would take for a formula is kept from being one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function choices(all: [string, string][], chosen: string): Choice[] {
  return all.map(([id, name]) => ({ id, name, chosen: id === chosen }));
}

function trail({ project, day: opened }: Place): Choice[] {
  const steps: [string, string][] = [['', 'Everything']];
  if (project !== undefined) {
    steps.push(['project', baseName(project) || '(no project)']);
  }
  if (opened !== undefined) {
    steps.push(['day', day(opened)]);
  }
  return steps.map(([id, name], index) => ({ id, name, chosen: index === steps.length - 1 }));
}

function lines(by: string, rows: Row[], status: Status | undefined): Line[] {
  const longest = Math.max(0, ...rows.map(row => row.costUsd));
  return rows.map(row => ({
    key: row.key,
    ...named(by, row, status),
    ...sums(row),
    length: longest > 0 ? Math.round((row.costUsd / longest) * 1000) : 0,
    opens: by === 'project' || by === 'session' || by === 'day' ? by : '',
  }));
}

function sums(totals: Report['totals']): Page['total'] {
  return {
    cost: cost(totals),
    tokens: tokens(totals.totalTokens),
    responses: count(totals.messages),
    sessions: count(totals.sessions),
  };
}

function named(by: string, row: Row, status: Status | undefined): { name: string; more: string } {
  const { key } = row;
  const now = status?.generatedAt ?? '';
  switch (by) {
    case 'project':
    case 'file':
      return key ? { name: baseName(key), more: key } : { name: '(none)', more: '' };
    case 'session': {
      const known = status?.sessions.find(({ id }) => id === key);
      const details = [known?.title ? key.slice(0, 8) : '', known?.model ? model(known.model) : '', lastly(row, now)];
      return { name: known?.title ?? key.slice(0, 8), more: details.filter(Boolean).join(' · ') };
    }
    case 'agent':
      return { name: key || 'Main thread', more: uses(row, 'run') };
    case 'day':
      return { name: day(key), more: key };
    case 'tool':
      return { name: key || '(no tool)', more: uses(row, 'use') };
    default:
      return { name: key || '(none)', more: lastly(row, now) };
  }
}

function lastly({ lastActivityAt }: Row, now: string): string {
  const moment = when(lastActivityAt, now);
  return moment === UNKNOWN ? '' : `last ${moment}`;
}

function uses({ uses: times, failures }: Row, what: string): string {
  if (times === null || times === undefined) {
    return '';
  }
  const failed = failures ? `, ${count(failures)} failed` : '';
  return `${count(times)} ${what}${times === 1 ? '' : 's'}${failed}`;
}

function notes({ totals, partial, rows }: Report): string[] {
  const all: string[] = [];
  if (totals.unpricedMessages > 0) {
    all.push(`+? ${count(totals.unpricedMessages)} responses of models without a price are not in the cost.`);
  }
  if (totals.lowerBoundMessages > 0) {
    const of = `${count(totals.lowerBoundMessages)} of ${count(totals.messages)}`;
    all.push(`At least: ${of} responses have no final output count in their transcripts.`);
  }
  if (partial) {
    all.push('Partial: not everything that is there has been read.');
  }
  if (rows.length === ROWS) {
    all.push(`The first ${ROWS} rows are shown; the sums are of all, ${usd(totals.costUsd)}.`);
  }
  return all;
}
