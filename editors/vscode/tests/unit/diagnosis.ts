import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosis } from '../../src/diagnosis.ts';

test('the gravest finding comes first, with its advice', () => {
  const text = diagnosis({
    version: 1,
    program: 'costline 0.1.0',
    generatedAt: '2026-09-14T17:20:05.000+02:00',
    severity: 'error',
    findings: [
      { name: 'settings', severity: 'ok', message: 'All is well.', advice: null },
      { name: 'folders', severity: 'error', message: 'It is not there.', advice: 'Make it.' },
    ],
  });
  assert.match(text, /✗ \*\*folders\*\*: It is not there\.\n\n {2}→ Make it\.\n\n✓ \*\*settings\*\*: All is well\.\n$/);
});
