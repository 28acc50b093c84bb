// What the item in the status bar says when it is pointed at, as Markdown.

import type { Budget, Limit, Row, Session, Status, Totals } from './contract.ts';
import type { View } from './view.ts';
import {
  bar,
  baseName,
  clock,
  cost,
  count,
  model,
  percent,
  plain,
  sparkline,
  tokens,
  usd,
  when,
  window,
} from './wording.ts';

/** The commands that the tooltip may call; nothing else in it is a link that runs something. */
export const LINKS = [
  'costline.showBreakdown',
  'costline.showSessions',
  'costline.openSession',
  'costline.setBudget',
  'costline.doctor',
  'costline.refresh',
  'costline.restartServer',
  'costline.showLog',
];

/** So many sessions are named; the others are counted. */
const SESSIONS = 5;

/** The tooltip for what there is to show. */
export function tooltip(view: View): string {
  const parts = [state(view)];
  const { status } = view;
  if (status) {
    parts.push(
      sessions(status),
      sums(status),
      burn(status),
      budgets(status),
      limits(status),
      hours(status, view.hours),
    );
    parts.push(age(status), problems(status));
  }
  parts.push(actions(view));
  return parts.filter(Boolean).join('\n\n');
}

function state({ link, status }: View): string {
  const old = status
    ? ` What follows is of ${plain(when(status.generatedAt, status.generatedAt))} and may be out of date.`
    : '';
  switch (link.kind) {
    case 'starting':
      return '$(loading~spin) **Costline** is starting.';
    case 'lost':
      return `$(debug-disconnect) **Disconnected**: ${plain(link.reason)}${old}`;
    case 'failed':
      return `$(error) **Costline does not run**: ${plain(link.reason)}${old}`;
    case 'connected':
      return status ? here(status) : '$(loading~spin) **Costline** is reading.';
  }
}

function here({ workspace, today, severity }: Status): string {
  const stale = severity === 'stale' ? ' $(history) **not up to date**' : '';
  return workspace.project === null
    ? `**Costline** ${plain(cost(today))} today${stale}`
    : `**${plain(baseName(workspace.project))}** ${plain(usd(workspace.todayUsd))} today${stale}`;
}

function sessions({ sessions: all }: Status): string {
  const shown = all.filter(({ state: now }) => now !== 'ended').slice(0, SESSIONS);
  if (shown.length === 0) {
    return all.length === 0
      ? ''
      : `${link(`${count(all.length)} sessions here`, 'costline.showSessions')}, none at work`;
  }
  const more = all.length - shown.length;
  const rest = more > 0 ? `\n\n${link(`${count(more)} more sessions here`, 'costline.showSessions')}` : '';
  return table(['Session', 'Model', 'Context', 'Cost'], ':::-', shown.map(session)) + rest;
}

function session({ id, title, state: now, model: name, context, costUsd }: Session): string[] {
  const icon = now === 'active' ? '$(circle-filled)' : '$(circle-outline)';
  const used = context.usedPercent === null ? '–' : `${bar(context.usedPercent)} ${percent(context.usedPercent)}`;
  return [
    `${icon} ${link(shortened(title ?? id.slice(0, 8)), 'costline.openSession', id)}`,
    plain(model(name)),
    used,
    usd(costUsd),
  ];
}

function sums({ today, week, month }: Status): string {
  const row = (name: string, totals: Totals) => [
    name,
    cost(totals),
    tokens(totals.totalTokens),
    count(totals.messages),
  ];
  const rows = [row('Today', today), row('This week', week), row('This month', month)];
  return table(['Everywhere', 'Cost', 'Tokens', 'Responses'], ':---', rows);
}

function burn({ burn: { usdPerHour, block }, generatedAt }: Status): string {
  if (!block) {
    return '';
  }
  const rate = usdPerHour === null ? '' : `$(flame) ${usd(usdPerHour)} an hour · `;
  const end = when(block.endsAt, generatedAt);
  return `${rate}5-hour window until ${plain(end)}: ${usd(block.costUsd)}, ${usd(block.projectedUsd)} by then at this rate`;
}

function budgets({ budgets: all, generatedAt }: Status): string {
  const row = ({ name, scope, period, usedPercent, spentUsd, limitUsd, resetsAt, severity }: Budget) => [
    `${mark(severity)}${plain(window(period))}${scope === 'all' ? '' : ` · ${plain(shortened(baseName(name ?? scope)))}`}`,
    used(usedPercent),
    `${usd(spentUsd)} of ${usd(limitUsd)}`,
    plain(when(resetsAt, generatedAt)),
  ];
  return all?.length ? table(['Budget', 'Used', 'Spent', 'Resets'], '::-:', all.map(row)) : '';
}

function limits({ limits: all, generatedAt }: Status): string {
  const row = ({ window: name, usedPercent, resetsAt, reportedAt }: Limit) => [
    plain(window(name)),
    used(usedPercent),
    plain(when(resetsAt, generatedAt)),
    plain(when(reportedAt, generatedAt)),
  ];
  return all?.length ? table(['Plan limit', 'Used', 'Resets', 'Reported'], '::::', all.map(row)) : '';
}

function hours({ generatedAt }: Status, rows: Row[]): string {
  if (rows.length === 0) {
    return '';
  }
  const spent = new Map(rows.map(row => [Number(row.key), row.costUsd]));
  const last = Number(generatedAt.slice(11, 13));
  const values = Array.from({ length: last + 1 }, (_, hour) => spent.get(hour) ?? 0);
  return `Today by hour \`${sparkline(values)}\` 00–${String(last).padStart(2, '0')}`;
}

function age({ generatedAt, health }: Status): string {
  const read = health.lastIngestAt ? `, transcripts read at ${clock(health.lastIngestAt, true)}` : '';
  return `As of ${clock(generatedAt, true)}${read}`;
}

function problems({ health }: Status): string {
  return health.problems.map(problem => `$(warning) ${plain(problem)}`).join('\n\n');
}

function actions({ link: { kind } }: View): string {
  const links =
    kind === 'connected' || kind === 'starting'
      ? [
          link('Breakdown', 'costline.showBreakdown'),
          link('Sessions', 'costline.showSessions'),
          link('Budget', 'costline.setBudget'),
          link('Refresh', 'costline.refresh'),
          link('Doctor', 'costline.doctor'),
        ]
      : [link('Restart', 'costline.restartServer'), link('Log', 'costline.showLog')];
  return `---\n\n${links.join(' · ')}`;
}

function used(value: number | null): string {
  return value === null ? '–' : `${bar(value)} ${percent(value)}`;
}

function mark(severity: string | null | undefined): string {
  return severity === 'error' ? '$(error) ' : severity === 'warning' ? '$(warning) ' : '';
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function link(text: string, command: string, argument?: unknown): string {
  const query = argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `[${plain(text)}](command:${command}${query.replace(/[()']/g, letter => `%${letter.charCodeAt(0).toString(16)}`)})`;
}

/** A table; `sides` has a `:` for each column that begins at the left, a `-` for one that ends at the right. */
function table(heads: string[], sides: string, rows: string[][]): string {
  // VS Code sets cells close together.
  const line = (cells: string[]) => `| ${cells.join(' | &nbsp;&nbsp;')} |`;
  const rule = heads.map((_, index) => (sides.charAt(index) === ':' ? ':--' : '--:'));
  return [line(heads), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}
