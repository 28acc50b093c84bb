// Numbers, times and names for people: the same texts as on the terminal. Nothing here is worked out but how it is written.

import type { Totals } from './wire.ts';

const CENTS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What stands for a value that is not known. */
export const UNKNOWN = '–';

/** `$1,234.50`, `<$0.01`; what is not known is no zero. */
export function dollars(amount: number | null | undefined): string {
  if (amount === null || amount === undefined) {
    return UNKNOWN;
  }
  return amount > 0 && amount < 0.005 ? '<$0.01' : CENTS.format(amount);
}

/** The cost of sums, with a mark where a model without a price is missing in it. */
export function cost(totals: Pick<Totals, 'costUsd' | 'unpricedMessages'>): string {
  return dollars(totals.costUsd) + (totals.unpricedMessages > 0 ? '+?' : '');
}

/** `950`, `1.2K`, `34.6M`, `2.50B`. */
export function tokens(count: number | null | undefined): string {
  if (count === null || count === undefined) {
    return UNKNOWN;
  }
  if (count < 1e3) {
    return String(count);
  }
  if (count < 1e6) {
    return `${(count / 1e3).toFixed(1)}K`;
  }
  return count < 1e9 ? `${(count / 1e6).toFixed(1)}M` : `${(count / 1e9).toFixed(2)}B`;
}

/** `1,234`. */
export function count(number: number | null | undefined): string {
  return number === null || number === undefined ? UNKNOWN : GROUPED.format(number);
}

/** `12 responses`. */
export function plural(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** The used part of a budget, cut as on the terminal: 100% is reached, not rounded up to. */
export function cut(value: number): string {
  return `${Math.trunc(value)}%`;
}

/** The used part of a context, rounded as in the status text. */
export function rounded(value: number | null): string {
  return value === null ? UNKNOWN : `${Math.round(value)}%`;
}

/** The used part of a plan limit, as it was told. */
export function exact(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}

/** `+12%`, `-4%`. */
export function change(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${value > 0 ? '+' : ''}${Math.trunc(value)}%`;
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) {
    return UNKNOWN;
  }
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) {
    return `${Math.max(0, Math.floor(ms / 1000))} s`;
  }
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) {
    return `${days} d${hours > 0 ? ` ${hours} h` : ''}`;
  }
  return hours > 0 ? `${hours} h${rest > 0 ? ` ${rest} min` : ''}` : `${rest} min`;
}

/** `17:20` of a time as the server wrote it: in its zone. */
export function clock(time: string): string {
  return time.slice(11, 16);
}

/** `17:20` of today, else `Thu 17:20` within a week, else `14 Sep 17:20`. */
export function moment(time: string | null, now: number): string {
  if (time === null) {
    return UNKNOWN;
  }
  const offset = /([+-])(\d\d):(\d\d)$/.exec(time);
  const minutes = offset ? Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
  const today = new Date(now + minutes * 60_000).toISOString().slice(0, 10);
  const apart = Math.abs(Date.parse(time.slice(0, 10)) - Date.parse(today)) / 86_400_000;
  if (apart === 0) {
    return clock(time);
  }
  return `${apart < 7 ? weekday(time).slice(0, 3) : date(time.slice(0, 10))} ${clock(time)}`;
}

/** `3 min ago`. */
export function ago(time: string, now: number): string {
  const passed = now - Date.parse(time);
  return passed < 10_000 ? 'just now' : `${duration(passed)} ago`;
}

/** `in 3 h 20 min`; what has passed is due now. */
export function ahead(time: string, now: number): string {
  const left = Date.parse(time) - now;
  return left <= 0 ? 'now' : `in ${duration(left)}`;
}

/** `Thursday` of a day or a time. */
export function weekday(day: string): string {
  return WEEKDAYS[new Date(`${day.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? '';
}

/** `14 Sep`, with its year where it is not the present one. */
export function date(day: string, year = new Date().getUTCFullYear()): string {
  const [y, m, d] = day.slice(0, 10).split('-').map(Number);
  const month = MONTHS[(m ?? 1) - 1] ?? '';
  const text = d === undefined ? month : `${d} ${month}`;
  return y === year ? text : `${text} ${y}`;
}

/** What a key of a time is called in full. */
export function timeName(by: string, key: string): string {
  switch (by) {
    case 'day-hour':
      return `${weekday(key).slice(0, 3)} ${date(key)}, ${key.slice(11, 13)}:00`;
    case 'day':
      return `${weekday(key)}, ${date(key)}`;
    case 'week':
      return `Week of ${date(key)}`;
    default:
      return date(key);
  }
}

/** The last part of a path. */
export function folder(path: string): string {
  return tail(path, 1);
}

/** Names of paths that stand beside each other: so many of their last parts that no two are called the same. */
export function folders(paths: string[]): (path: string) => string {
  const names = new Map<string, string>();
  for (const path of paths) {
    const others = paths.filter(other => other !== path);
    const taken = (name: string, length: number) => others.some(other => tail(other, length) === name);
    let length = 1;
    while (tail(path, length) !== tail(path, length + 1) && taken(tail(path, length), length)) {
      length++;
    }
    names.set(path, tail(path, length));
  }
  return path => names.get(path) ?? folder(path);
}

function tail(path: string, length: number): string {
  const parts = path.split(/[\\/]/).filter(part => part !== '');
  return parts.length === 0 ? path : parts.slice(-length).join('/');
}

/** A model's name without what goes without saying. */
export function model(id: string): string {
  return id.replace(/^claude-/, '').replace(/-20\d{6}$/, '');
}

/** The name of a plan limit's window. */
export function windowName(window: string): string {
  const known: Record<string, string> = {
    fiveHour: '5 hours',
    sevenDay: '7 days',
    sevenDayOpus: '7 days, Opus',
    sevenDaySonnet: '7 days, Sonnet',
    spend: 'Extra usage',
  };
  return known[window] ?? window;
}

/** The name of a budget's period. */
export function periodName(period: string): string {
  const known: Record<string, string> = {
    day: 'Daily',
    week: 'Weekly',
    month: 'Monthly',
    cycle: 'Billing cycle',
    block: '5-hour window',
    session: 'Session',
  };
  return known[period] ?? period;
}
