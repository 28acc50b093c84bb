// From a report with parts to the columns of a chart. Figures stay the server's: here they are only put in their places.

import type { Report, Row, Totals } from './wire.ts';

/** Most keys that have a colour of their own. */
export const MOST = 7;

/** The columns of a timeline: one for each key of a time, also where nothing was spent. */
export type Columns = {
  keys: string[];
  rows: (Row | undefined)[];
};

/** The keys of times from the first to the last day, and the rows that there are. */
export function columns(report: Report, by: string): Columns {
  const rows = new Map(report.rows.map(row => [row.key, row]));
  const keys = report.since && report.until ? times(by, report.since, report.until, report.rows[0]?.key) : [];
  // A key that the calendar does not expect is not lost.
  const all = report.rows.every(row => keys.includes(row.key)) ? keys : [...rows.keys()].sort();
  return { keys: all, rows: all.map(key => rows.get(key)) };
}

/** Every key of a time between two days; weeks are counted from one that is known to begin one. */
export function times(by: string, since: string, until: string, aWeek?: string): string[] {
  const [first, last] = [Date.parse(since), Date.parse(until)];
  const keys: string[] = [];
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (by === 'month') {
    for (
      let at = `${since.slice(0, 7)}-01`;
      at <= until;
      at = day(Date.parse(at) + 32 * DAY)
        .slice(0, 8)
        .concat('01')
    ) {
      keys.push(at.slice(0, 7));
    }
    return keys;
  }
  if (by === 'week') {
    const known = aWeek ? Date.parse(aWeek) : first;
    const offset = (((first - known) % (7 * DAY)) + 7 * DAY) % (7 * DAY);
    for (let at = first - offset; at <= last; at += 7 * DAY) {
      keys.push(day(at));
    }
    return keys;
  }
  for (let at = first; at <= last; at += DAY) {
    if (by === 'day-hour') {
      keys.push(...HOURS.map(hour => `${day(at)}T${hour}`));
    } else {
      keys.push(day(at));
    }
  }
  return keys;
}

const DAY = 86_400_000;
export const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** What of sums a chart shows. */
export function measure(metric: 'cost' | 'tokens', sums: Totals | undefined): number {
  return sums === undefined ? 0 : metric === 'cost' ? sums.costUsd : sums.totalTokens;
}

/**
 * The tops of stacked columns, for each key of `keys` from the bottom up, and last of whole rows: what is in none of the keys
 * stands between the last and that.
 */
export function tops(rows: (Row | undefined)[], keys: string[], metric: 'cost' | 'tokens'): number[][] {
  const found = keys.map(() => rows.map(() => 0));
  const whole: number[] = [];
  for (const [index, row] of rows.entries()) {
    const parts = new Map(row?.parts?.map(part => [part.key, part]));
    let top = 0;
    for (const [at, key] of keys.entries()) {
      top += measure(metric, parts.get(key));
      const series = found[at];
      if (series) {
        series[index] = top;
      }
    }
    whole.push(Math.max(measure(metric, row), top));
  }
  return [...found, whole];
}

/** How strong a cell of the heat map is coloured, in steps of 0 to 5: small sums still show beside a great one. */
export function heat(value: number, most: number): number {
  return value <= 0 || most <= 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(value / most) * 5));
}
