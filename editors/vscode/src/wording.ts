// How values are written for people. Nothing here works out a value: the server does.

/** What stands for a value that is not known. */
export const UNKNOWN = '–';

/** `$1,234.50`, `<$0.01`: an amount of dollars to the cent. */
export function usd(amount: number | null | undefined): string {
  if (amount === null || amount === undefined || !Number.isFinite(amount)) {
    return UNKNOWN;
  }
  if (amount > 0 && amount < 0.005) {
    return '<$0.01';
  }
  const text = grouped(Math.abs(amount), 2);
  return amount <= -0.005 ? `-$${text}` : `$${text}`;
}

/** The cost of sums: `+?` where some of their models have no price. */
export function cost(sums: { costUsd: number; unpricedMessages: number }): string {
  return usd(sums.costUsd) + (sums.unpricedMessages > 0 ? '+?' : '');
}

/** `5.4M`, `97.2K`, `312`: a count of tokens. */
export function tokens(count: number | null | undefined): string {
  if (count === null || count === undefined) {
    return UNKNOWN;
  }
  const units: [number, string][] = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ];
  for (const [size, unit] of units) {
    // What would be rounded up to a thousand of a unit is one of the next.
    if (count >= size * 0.99995 || (size === 1e3 && count >= 1e3)) {
      return `${(count / size).toFixed(1)}${unit}`;
    }
  }
  return String(count);
}

/** `1,234`: a whole number. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : grouped(value, 0);
}

/** `41%`: a percentage. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${Math.round(value)}%`;
}

/** `▰▰▰▰▱▱▱▱▱▱`: so much of a hundred percent; empty for what is not known. */
export function bar(value: number | null | undefined, cells = 10): string {
  if (value === null || value === undefined) {
    return '';
  }
  const full = Math.min(cells, Math.max(value > 0 ? 1 : 0, Math.round((value / 100) * cells)));
  return '▰'.repeat(full) + '▱'.repeat(cells - full);
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** `▁▁▃█▂`: a letter a value, the greatest the highest. What is greater than nothing stands above the ground. */
export function sparkline(values: number[]): string {
  const greatest = Math.max(0, ...values);
  const level = (value: number) => (value <= 0 ? 0 : Math.max(1, Math.round((value / greatest) * (LEVELS.length - 1))));
  return values.map(value => LEVELS.charAt(level(value))).join('');
}

/** `opus-4-8`: a model's id without what all of them share. */
export function model(id: string | null | undefined): string {
  return id ? id.replace(/^claude-/, '').replace(/-20\d{6}$/, '') : UNKNOWN;
}

/** The time of day of a moment as it is written, in its own zone: `21:02`, or `21:02:30`. */
export function clock(moment: string, seconds = false): string {
  return moment.slice(11, seconds ? 19 : 16);
}

/** `21:02` for a moment on the day of `now`, else `Tue 15 Sep, 21:02`; both are in one zone. */
export function when(moment: string | null | undefined, now: string): string {
  if (!moment || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(moment)) {
    return UNKNOWN;
  }
  return moment.slice(0, 10) === now.slice(0, 10) ? clock(moment) : `${day(moment.slice(0, 10))}, ${clock(moment)}`;
}

/** `Mon 14 Sep`: a day that is written as `2026-09-14`; anything else as it is. */
export function day(date: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) {
    return date;
  }
  // What a system's tables of languages say differs between versions.
  const moment = new Date(`${date}T00:00:00Z`);
  return `${WEEKDAYS[moment.getUTCDay()]} ${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]}`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The last part of a path, on any system. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

/** How a budget's period or a limit's window is called. */
export function window(name: string): string {
  const names: Record<string, string> = {
    day: 'Day',
    week: 'Week',
    month: 'Month',
    block: '5-hour window',
    session: 'Session',
    cycle: 'Billing cycle',
    fiveHour: '5 hours',
    sevenDay: '7 days',
    sevenDayOpus: '7 days, Opus',
    sevenDaySonnet: '7 days, Sonnet',
    spend: 'Spend',
  };
  return names[name] ?? name;
}

/** Text that is no icon where `$(name)` would be one. */
export function iconless(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}

/** Text that Markdown shows as it is: no link, no icon, no cell of a table comes of it. */
export function plain(text: string): string {
  return iconless(text)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~>$:@/]/g, '\\$&');
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
