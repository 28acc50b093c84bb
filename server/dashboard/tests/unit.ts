// Functions that need no page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, reportRange, START, step, type View, write } from '../src/address.ts';
import { wait } from '../src/backoff.ts';
import * as format from '../src/format.ts';
import { reader } from '../src/sse.ts';
import { columns, heat, times, tops } from '../src/stack.ts';
import type { Report, Row, Totals } from '../src/wire.ts';

const NOTHING: Totals = {
  costUsd: 0,
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
};

test('folders of one name are told apart', () => {
  const paths = ['/a/app', '/b/app', '/b/x/app', '/c/tool', 'C:\\d\\tool', '/', '/lone'];
  const name = format.folders(paths);
  assert.deepEqual(paths.map(name), ['a/app', 'b/app', 'x/app', 'c/tool', 'd/tool', '/', 'lone']);
  // One lies at the end of the other.
  assert.deepEqual(['/app', '/z/app', '/app'].map(format.folders(['/app', '/z/app', '/app'])), ['app', 'z/app', 'app']);
  assert.equal(name('/another/one'), 'one');
});

test('amounts read as on the terminal', () => {
  for (const [amount, text] of [
    [0, '$0.00'],
    [0.004, '<$0.01'],
    [0.005, '$0.01'],
    [1234.5, '$1,234.50'],
    [null, '–'],
  ] as const) {
    assert.equal(format.dollars(amount), text);
  }
  assert.equal(format.cost({ costUsd: 1, unpricedMessages: 2 }), '$1.00+?');
  for (const [count, text] of [
    [950, '950'],
    [1234, '1.2K'],
    [34_562_288, '34.6M'],
    [2_497_375_111, '2.50B'],
    [null, '–'],
  ] as const) {
    assert.equal(format.tokens(count), text);
  }
  assert.deepEqual([99.99, 100].map(format.cut), ['99%', '100%']);
  assert.deepEqual([40.5, 99.4, null].map(format.rounded), ['41%', '99%', '–']);
  assert.deepEqual([62.5, 38, 0.125].map(format.exact), ['62.5%', '38%', '0.13%']);
  assert.deepEqual([12.7, -4.2, 0].map(format.change), ['+12%', '-4%', '0%']);
});

test('times are those of the server’s zone', () => {
  const now = Date.parse('2026-09-14T22:30:00Z');
  // It is half past twelve at night in Berlin, so yesterday’s evening is not today.
  assert.equal(format.moment('2026-09-15T00:10:00.000+02:00', now), '00:10');
  assert.equal(format.moment('2026-09-14T21:00:00.000+02:00', now), 'Mon 21:00');
  assert.equal(format.moment('2026-08-02T21:00:00.000+02:00', now).startsWith('2 Aug'), true);
  assert.equal(format.moment('2026-09-14T22:10:00.000Z', now), '22:10');
  assert.deepEqual([900, 59_000, 60_000, 3_600_000, 12_000_000, 90_000_000].map(format.duration), [
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '3 h 20 min',
    '1 d 1 h',
  ]);
  assert.equal(format.ahead('2026-09-14T22:29:00Z', now), 'now');
  assert.equal(format.timeName('day-hour', '2026-09-14T05'), `Mon ${format.date('2026-09-14')}, 05:00`);
  assert.equal(format.date('2026-09', 2026), 'Sep');
  assert.equal(format.date('2025-09-14', 2026), '14 Sep 2025');
});

test('the address says what is looked at', () => {
  assert.deepEqual(read(''), START);
  assert.equal(write(START), '');
  const views: Partial<View>[] = [
    { range: '7' },
    { range: 'all', table: 'mcp', project: '/home/ada/a b&c=d' },
    { range: 'span', since: '2026-09-01' },
    { range: 'span', since: '2026-09-01', until: '2026-09-14', step: 'week', stack: 'project', metric: 'tokens' },
    { session: 'x/../y?z#' },
  ];
  for (const change of views) {
    const view = { ...START, ...change };
    assert.deepEqual(read(write(view)), view);
  }
  // What does not fit is as at the start.
  assert.deepEqual(read('?range=5&step=__proto__&table=constructor&since=yesterday&x=1'), START);
});

test('reports are asked about what is looked at', () => {
  const params = (change: Partial<View>) => reportRange({ ...START, ...change });
  assert.deepEqual(params({}), { days: '30' });
  assert.deepEqual(params({ range: 'all', project: '/p' }), { project: '/p' });
  assert.deepEqual(params({ range: 'span', until: '2026-09-14' }), { until: '2026-09-14' });
  for (const [change, expected] of [
    [{ range: '1' }, 'day-hour'],
    [{ range: '30' }, 'day'],
    [{ range: '365' }, 'week'],
    [{ range: 'all' }, 'month'],
    [{ range: 'all', step: 'day' }, 'day'],
    [{ range: 'span', since: '2026-09-01', until: '2026-09-03' }, 'day-hour'],
    [{ range: 'span', since: '2026-09-01', until: '2026-09-04' }, 'day'],
    [{ range: 'span', since: new Date().toISOString().slice(0, 10) }, 'day-hour'],
    [{ range: 'span', until: '2026-09-04' }, 'month'],
  ] as const) {
    assert.equal(step({ ...START, ...change }), expected);
  }
});

test('events come in any pieces', () => {
  const text =
    'retry: 1000\n\nevent: status\nid: 7\ndata: {"a":\ndata: 1}\n\n: \n\ndata:x\r\n\r\nevent: alert\ndata: é\n\ndata: cut';
  const expected = [
    { event: 'status', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'x', id: '7' },
    { event: 'alert', data: 'é', id: '7' },
  ];
  for (let size = 1; size <= text.length; size++) {
    const parse = reader();
    const sent = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      parse(text.slice(index * size, (index + 1) * size)),
    );
    assert.deepEqual(sent.flat(), expected, `pieces of ${size}`);
  }
});

test('waits grow and end at fifteen seconds', () => {
  const waits = [0, 1, 2, 3, 20].map(failed => wait(failed, 1));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 15_000]);
  assert.equal(wait(0, 0), 375);
});

test('a timeline has a column for every time', () => {
  assert.deepEqual(times('day', '2026-02-27', '2026-03-01'), ['2026-02-27', '2026-02-28', '2026-03-01']);
  assert.deepEqual(times('month', '2025-11-30', '2026-02-01'), ['2025-11', '2025-12', '2026-01', '2026-02']);
  assert.equal(times('day-hour', '2026-03-01', '2026-03-02').length, 48);
  assert.equal(times('day-hour', '2026-03-01', '2026-03-01').at(-1), '2026-03-01T23');
  // Weeks begin as the server’s do, also before the first one that it names.
  assert.deepEqual(times('week', '2026-09-01', '2026-09-15', '2026-09-13'), ['2026-08-30', '2026-09-06', '2026-09-13']);
});

const row = (key: string, costUsd: number, parts: [string, number][]): Row => ({
  ...NOTHING,
  key,
  costUsd,
  parts: parts.map(([part, cost]) => ({ ...NOTHING, key: part, costUsd: cost })),
});

test('columns stand on each other, and what has no colour on top', () => {
  const rows = [
    row('2026-03-02', 6, [
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ]),
    row('2026-03-01', 2, [['b', 2]]),
  ];
  const report: Report = { totals: NOTHING, rows, since: '2026-03-01', until: '2026-03-03', timezone: 'UTC' };
  const found = columns(report, 'day');
  assert.deepEqual(found.keys, ['2026-03-01', '2026-03-02', '2026-03-03']);
  assert.deepEqual(tops(found.rows, ['a', 'b'], 'cost'), [
    [0, 3, 0],
    [2, 5, 0],
    [2, 6, 0],
  ]);
  // A row that the calendar does not expect is shown all the same.
  assert.deepEqual(columns({ ...report, until: '2026-03-01' }, 'day').keys, ['2026-03-01', '2026-03-02']);
});

test('heat is 0 for nothing alone', () => {
  assert.deepEqual(
    [0, 0.001, 1, 5, 25].map(value => heat(value, 25)),
    [0, 1, 1, 3, 5],
  );
  assert.equal(heat(0, 0), 0);
});
