// What is looked at stands in the address, so that it can be kept, shared between one's own windows, and gone back to.

export const RANGES = {
  '1': 'Today',
  '7': '7 days',
  '30': '30 days',
  '90': '90 days',
  '365': 'Year',
  all: 'All',
} as const;
export const STEPS = { auto: 'Auto', 'day-hour': 'Hours', day: 'Days', week: 'Weeks', month: 'Months' } as const;
export const STACKS = { model: 'Model', project: 'Project' } as const;
export const METRICS = { cost: 'Cost', tokens: 'Tokens' } as const;
export const TABLES = {
  projects: 'Projects',
  sessions: 'Sessions',
  models: 'Models',
  agents: 'Agents',
  skills: 'Skills',
  tools: 'Tools',
  mcp: 'MCP servers',
  branches: 'Branches',
  alerts: 'Alerts',
} as const;

/** What is looked at. */
export type View = {
  /** So many days, `all`, or `span` for what `since` and `until` say. */
  range: keyof typeof RANGES | 'span';
  since: string;
  until: string;
  /** The one project that counts; empty for all. */
  project: string;
  step: keyof typeof STEPS;
  stack: keyof typeof STACKS;
  metric: keyof typeof METRICS;
  table: keyof typeof TABLES;
  /** The session whose page is open; empty for none. */
  session: string;
};

export const START: View = {
  range: '30',
  since: '',
  until: '',
  project: '',
  step: 'auto',
  stack: 'model',
  metric: 'cost',
  table: 'projects',
  session: '',
};

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads the part behind the question mark; what it does not know it leaves as at the start. */
export function read(query: string): View {
  const params = new URLSearchParams(query);
  const text = (name: string) => params.get(name) ?? '';
  const one = <T extends string>(name: string, known: Record<T, string>, usual: T): T =>
    Object.hasOwn(known, text(name)) ? (text(name) as T) : usual;
  const day = (name: string) => (DAY.test(text(name)) ? text(name) : '');
  const [since, until] = [day('since'), day('until')];
  return {
    range: since || until ? 'span' : one('range', RANGES, START.range as keyof typeof RANGES),
    since,
    until,
    project: text('project'),
    step: one('step', STEPS, START.step),
    stack: one('stack', STACKS, START.stack),
    metric: one('metric', METRICS, START.metric),
    table: one('table', TABLES, START.table),
    session: text('session'),
  };
}

/** Writes what `read` reads; what is as at the start is left out. */
export function write(view: View): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(START) as (keyof View)[]) {
    if (view[key] !== START[key] && !(key === 'range' && view.range === 'span')) {
      params.set(key, view[key]);
    }
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

/** The parameters of a report for what is looked at. */
export function reportRange(view: View): Record<string, string> {
  const params: Record<string, string> = {};
  if (view.range === 'span') {
    for (const key of ['since', 'until'] as const) {
      if (view[key]) {
        params[key] = view[key];
      }
    }
  } else if (view.range !== 'all') {
    params.days = view.range;
  }
  if (view.project) {
    params.project = view.project;
  }
  return params;
}

/** How long a bar of the timeline is, where that is left to the page. */
export function step(view: View): Exclude<View['step'], 'auto'> {
  if (view.step !== 'auto') {
    return view.step;
  }
  const days =
    view.range === 'span' ? length(view) : view.range === 'all' ? Number.POSITIVE_INFINITY : Number(view.range);
  if (days <= 3) {
    return 'day-hour';
  }
  return days <= 120 ? 'day' : days <= 800 ? 'week' : 'month';
}

function length({ since, until }: View): number {
  const last = until ? Date.parse(until) : Date.now();
  return since ? Math.floor((last - Date.parse(since)) / 86_400_000) + 1 : Number.POSITIVE_INFINITY;
}

/** What the timeline and its words call the range. */
export function rangeName(view: View): string {
  if (view.range !== 'span') {
    return view.range === '1' ? 'today' : view.range === 'all' ? 'all time' : `last ${view.range} days`;
  }
  return `${view.since || 'the beginning'} to ${view.until || 'today'}`;
}
