import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShown, type Notifications } from '../../src/view.ts';

test('what is only worth knowing is never a message', () => {
  const cases: [string | null | undefined, Notifications, boolean][] = [
    ['info', 'all', false],
    ['ok', 'all', false],
    ['warning', 'all', true],
    ['error', 'all', true],
    [undefined, 'all', true],
    [null, 'errors', false],
    ['warning', 'errors', false],
    ['error', 'errors', true],
    ['error', 'none', false],
  ];
  for (const [severity, wanted, expected] of cases) {
    assert.equal(isShown(severity, wanted), expected, `${severity}, ${wanted}`);
  }
});
