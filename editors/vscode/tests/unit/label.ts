import assert from 'node:assert/strict';
import { test } from 'node:test';
import { label, type Taste } from '../../src/label.ts';
import type { View } from '../../src/view.ts';
import { session, status } from './example.ts';

const taste: Taste = { visible: 'always', icon: '$(graph)', compact: false };
const connected: View = { link: { kind: 'connected' }, status: status(), hours: [] };

test('the text is the server’s, after the icon', () => {
  assert.deepEqual(label(connected, taste), {
    text: '$(graph) $3.42 · ctx 41%',
    spoken: 'Costline: $3.42 · ctx 41%',
    background: undefined,
    faded: false,
  });
  assert.equal(label(connected, { ...taste, icon: '' })?.text, '$3.42 · ctx 41%');
  assert.equal(label({ ...connected, status: status({ text: '' }) }, taste)?.text, '$(graph) Costline');
});

test('the compact form is what today cost, here or everywhere', () => {
  const compact = { ...taste, compact: true };
  assert.equal(label(connected, compact)?.text, '$(graph) $3.42');
  const workspace = { project: null, todayUsd: null, session: null, context: null };
  assert.equal(label({ ...connected, status: status({ workspace }) }, compact)?.text, '$(graph) $5.10');
});

test('severity is the background', () => {
  for (const severity of ['warning', 'error'] as const) {
    const shown = label({ ...connected, status: status({ severity }) }, taste);
    assert.equal(shown?.background, severity);
    assert.ok(shown?.spoken.endsWith(`, ${severity}`));
  }
});

test('what is stale never looks fresh', () => {
  const shown = label({ ...connected, status: status({ severity: 'stale' }) }, taste);
  assert.equal(shown?.text, '$(history) $3.42 · ctx 41% (stale)');
  assert.equal(shown?.faded, true);
  for (const kind of ['lost', 'failed'] as const) {
    const away = label({ ...connected, link: { kind, reason: 'it ended' } }, taste);
    assert.ok(away && !away.text.includes('3.42'), 'no number of a server that is gone');
    assert.ok(away.background);
    assert.ok(away.spoken.endsWith('it ended'));
  }
});

test('the item hides while nothing goes on, but not what is wrong', () => {
  const active = { ...taste, visible: 'active' as const };
  const idle = status({ sessions: [session({ state: 'idle' })] });
  const cases: [string, View, boolean][] = [
    ['active', connected, true],
    ['idle', { ...connected, status: idle }, false],
    ['idle, over budget', { ...connected, status: { ...idle, severity: 'error' } }, true],
    ['idle, stale', { ...connected, status: { ...idle, severity: 'stale' } }, true],
    ['starting', { link: { kind: 'starting' }, status: undefined, hours: [] }, false],
    ['lost', { link: { kind: 'lost', reason: 'x' }, status: idle, hours: [] }, true],
  ];
  for (const [name, view, shown] of cases) {
    assert.equal(label(view, active) !== undefined, shown, name);
  }
  assert.equal(label(connected, { ...taste, visible: 'never' }), undefined);
});
