import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../src/contract.ts';
import { LINKS, tooltip } from '../../src/tooltip.ts';
import { row, session, status } from './example.ts';

function shown(more: Partial<Status> = {}, hours = [row('08', 1), row('17', 2)]): string {
  return tooltip({ link: { kind: 'connected' }, status: status(more), hours });
}

test('everything of a status is there', () => {
  const text = shown();
  const id = encodeURIComponent(JSON.stringify(['2efd1f5f-1b93-481a-8469-0f589a48d7ae']));
  for (const part of [
    '**app** \\$3\\.42 today',
    `[Fix the parser](command:costline.openSession?${id})`,
    'opus\\-5\\-5',
    '▰▰▰▰▱▱▱▱▱▱ 41%',
    '| Today | &nbsp;&nbsp;$5.10 | &nbsp;&nbsp;5.4M | &nbsp;&nbsp;118 |',
    '$2.50 an hour',
    '5-hour window until 21\\:02: $3.42, $12.68 by then',
    '`▁▁▁▁▁▁▁▁▅▁▁▁▁▁▁▁▁█` 00–17',
    'As of 17:20:05, transcripts read at 17:20:04',
    '[Breakdown](command:costline.showBreakdown)',
  ]) {
    assert.ok(text.includes(part), `${part} in\n${text}`);
  }
  assert.ok(!text.includes('Budget |') && !text.includes('Plan limit'), 'what the server does not say is not there');
});

test('budgets and limits come with their resets', () => {
  const text = shown({
    budgets: [
      {
        scope: 'all',
        period: 'day',
        limitUsd: 10,
        spentUsd: 8.5,
        usedPercent: 85,
        severity: 'warning',
        resetsAt: '2026-09-15T00:00:00.000+02:00',
      },
    ],
    limits: [
      {
        window: 'fiveHour',
        usedPercent: 23.5,
        resetsAt: '2026-09-14T19:00:00.000+02:00',
        reportedAt: '2026-09-14T17:01:00.000+02:00',
      },
      { window: 'sevenDay', usedPercent: null, resetsAt: null, reportedAt: null },
    ],
  });
  assert.match(text, /\$\(warning\) Day \|.*▰▰▰▰▰▰▰▰▰▱ 85% \|.*\$8\.50 of \$10\.00 \|.*Tue 15 Sep, 00/);
  assert.match(text, /5 hours \|.*▰▰▱▱▱▱▱▱▱▱ 24% \|.*19\\:00 \|.*17\\:01 \|/);
  assert.match(text, /7 days \| &nbsp;&nbsp;– \| &nbsp;&nbsp;– \| &nbsp;&nbsp;– \|/);
});

test('what is not known is no number', () => {
  const context = {
    usedTokens: null,
    windowTokens: null,
    usedPercent: null,
    autoCompactPercent: null,
    source: 'unknown' as const,
  };
  const text = shown(
    {
      sessions: [session({ model: null, title: null, context })],
      burn: { usdPerHour: null, tokensPerMinute: null, block: null },
    },
    [],
  );
  assert.match(text, /\[2efd1f5f\]\(.*\) \| &nbsp;&nbsp;– \| &nbsp;&nbsp;– \|/);
  assert.ok(!text.includes('an hour') && !text.includes('by hour'));
});

test('a title is nothing but text', () => {
  const title = '[x](command:costline.doctor) | `$(bug)` <img src=x>';
  const text = shown({ sessions: [session({ title })] });
  assert.ok(!text.includes('[x](command'));
  assert.ok(!text.includes('<img'));
  assert.ok(!text.includes('$(bug)'));
});

test('a server that is away or behind shows as such, with a way out', () => {
  const lost = tooltip({
    link: { kind: 'lost', reason: 'the server was ended by SIGKILL.' },
    status: status(),
    hours: [],
  });
  assert.match(lost, /^\$\(debug-disconnect\) \*\*Disconnected\*\*/);
  assert.match(lost, /may be out of date/);
  assert.match(lost, /command:costline\.restartServer/);
  assert.match(shown({ severity: 'stale' }), /not up to date/);
  const health = { ...status().health, problems: ['No process reads transcripts.'] };
  assert.match(shown({ health }), /\$\(warning\) No process reads transcripts/);
});

test('every command that is linked may be called', () => {
  const texts = [shown(), tooltip({ link: { kind: 'failed', reason: 'x' }, status: undefined, hours: [] })];
  for (const [, command] of texts.join().matchAll(/\(command:([\w.]+)/g)) {
    assert.ok(LINKS.includes(command ?? ''), command);
  }
});
