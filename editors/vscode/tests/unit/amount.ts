import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount } from '../../src/amount.ts';

test('amounts are read as people write them', () => {
  const cases: [string, number | undefined][] = [
    ['10', 10],
    [' $10 ', 10],
    ['12.50', 12.5],
    ['12,5', 12.5],
    ['10$', 10],
    ['0', undefined],
    ['0.00', undefined],
    ['-3', undefined],
    ['1e3', undefined],
    ['1,000', undefined],
    ['ten', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) {
    assert.equal(amount(text), expected, text);
  }
});
