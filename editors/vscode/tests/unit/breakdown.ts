import assert from 'node:assert/strict';
import { test } from 'node:test';
import { above, csv, daysBefore, HOME, opened, type Place, page, query } from '../../src/breakdown.ts';
import { row, session, status, totals } from './example.ts';

const NOW = '2026-03-02T00:10:00.000+01:00';

test('periods begin on days of the server’s zone', () => {
  const cases: [Partial<Place>, object][] = [
    [{ span: 'today' }, { by: 'project', since: '2026-03-02' }],
    [{ span: 'week' }, { by: 'project', since: '2026-03-01' }],
    [{ span: 'month' }, { by: 'project', since: '2026-03-01' }],
    [{ span: '30days' }, { by: 'project', since: '2026-02-01' }],
    [{ span: 'all' }, { by: 'project' }],
    [
      { span: 'all', by: 'model', project: '/p' },
      { by: 'model', project: '/p' },
    ],
    [
      { span: 'all', by: 'model', project: '' },
      { by: 'model', project: '' },
    ],
    [
      { span: 'all', day: '2026-01-05' },
      { by: 'project', since: '2026-01-05', until: '2026-01-05' },
    ],
  ];
  for (const [place, expected] of cases) {
    assert.deepEqual(
      query({ ...HOME, ...place }, NOW, '2026-03-01'),
      { limit: 300, ...expected },
      JSON.stringify(place),
    );
  }
});

test('days before reach over months and years', () => {
  assert.equal(daysBefore('2026-03-01', 1), '2026-02-28');
  assert.equal(daysBefore('2024-03-01', 1), '2024-02-29');
  assert.equal(daysBefore('2026-01-01', 29), '2025-12-03');
});

test('what is opened is left upwards', () => {
  const project = opened(HOME, '/p');
  assert.deepEqual(project, { by: 'model', span: 'today', project: '/p' });
  const inDay = opened({ ...project, by: 'day' }, '2026-03-01');
  assert.deepEqual(inDay, { by: 'session', span: 'today', project: '/p', day: '2026-03-01' });
  assert.deepEqual(above(inDay), { by: 'day', span: 'today', project: '/p', day: undefined });
  assert.deepEqual(above(project), { by: 'project', span: 'today', project: undefined });
  assert.deepEqual(above(HOME), HOME);
  assert.deepEqual(opened({ ...HOME, by: 'model' }, 'x'), { ...HOME, by: 'model' });
});

test('rows say what the server says, and the costliest has the longest bar', () => {
  const report = {
    totals: totals(4, {
      totalTokens: 1_500_000,
      messages: 12,
      sessions: 3,
      unpricedMessages: 1,
      lowerBoundMessages: 2,
    }),
    rows: [row('/home/ada/app', 3), row('/home/ada/docs', 1, { unpricedMessages: 1 }), row('', 0)],
    since: null,
    until: null,
    timezone: 'Europe/Berlin',
    partial: true,
  };
  const shown = page(HOME, report, status());
  assert.deepEqual(
    shown.lines.map(({ name, more, cost, length, opens }) => [name, more, cost, length, opens]),
    [
      ['app', '/home/ada/app', '$3.00', 1000, 'project'],
      ['docs', '/home/ada/docs', '$1.00+?', 333, 'project'],
      ['(none)', '', '$0.00', 0, 'project'],
    ],
  );
  assert.deepEqual(shown.total, { cost: '$4.00+?', tokens: '1.5M', responses: '12', sessions: '3' });
  assert.equal(shown.notes.length, 3);
  assert.equal(shown.nothing, '');
  assert.equal(shown.asOf, 'As of 17:20:05, days of Europe/Berlin');
});

test('within a project there are no projects, and the trail leads back', () => {
  const report = { totals: totals(0), rows: [], since: null, until: null, timezone: 'UTC' };
  const shown = page({ by: 'session', span: 'all', project: '/home/ada/app', day: '2026-03-02' }, report, undefined);
  assert.deepEqual(
    shown.trail.map(({ id, name }) => [id, name]),
    [
      ['', 'Everything'],
      ['project', 'app'],
      ['day', 'Mon 2 Mar'],
    ],
  );
  assert.ok(!shown.keys.some(({ id }) => id === 'project' || id === 'day'));
  assert.equal(shown.nothing, 'Nothing was used in this time.');
});

test('sessions have the titles that the status knows', () => {
  const report = {
    totals: totals(1),
    rows: [row(session().id, 1), row('ffffffff-1', 1)],
    since: null,
    until: null,
    timezone: 'UTC',
  };
  const [known, unknown] = page({ ...HOME, by: 'session' }, report, status()).lines;
  assert.equal(known?.name, 'Fix the parser');
  assert.equal(known?.more, '2efd1f5f · opus-5-5');
  assert.equal(unknown?.name, 'ffffffff');
});

test('CSV has every digit, and no formula', () => {
  const text = csv('project', [row('/a, "b"', 0.123456789, { messages: 2 }), row('=1+1', 1)]);
  const [head, first, second, end] = text.split('\r\n');
  assert.equal(
    head,
    'project,costUsd,inputTokens,outputTokens,cacheWriteTokens,cacheReadTokens,totalTokens,messages,sessions,unpricedMessages,lowerBoundMessages',
  );
  assert.equal(first, '"/a, ""b""",0.123456789,0,0,0,0,0,2,0,0,0');
  assert.equal(second, "'=1+1,1,0,0,0,0,0,0,0,0,0");
  assert.equal(end, '');
});
