import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bar,
  baseName,
  clock,
  count,
  day,
  model,
  percent,
  plain,
  sparkline,
  tokens,
  usd,
  when,
  window,
} from '../../src/wording.ts';

function table<T>(name: string, act: (given: T) => string, cases: [T, string][]): void {
  test(name, () => {
    for (const [given, expected] of cases) {
      assert.equal(act(given), expected, String(given));
    }
  });
}

table('dollars are written as the server writes them', usd, [
  [3.4195, '$3.42'],
  [0, '$0.00'],
  [0.0049, '<$0.01'],
  [0.005, '$0.01'],
  [1234.5, '$1,234.50'],
  [-0.5, '-$0.50'],
  [null, '–'],
  [undefined, '–'],
]);

table('tokens are written in thousands, millions and milliards', tokens, [
  [0, '0'],
  [999, '999'],
  [1000, '1.0K'],
  [97_249, '97.2K'],
  [999_949, '999.9K'],
  [999_950, '1.0M'],
  [5_430_300, '5.4M'],
  [2_000_000_000, '2.0B'],
  [null, '–'],
]);

table('counts are grouped', count, [
  [0, '0'],
  [1234, '1,234'],
  [null, '–'],
]);

table('percentages are rounded', percent, [
  [40.6, '41%'],
  [0, '0%'],
  [104.2, '104%'],
  [null, '–'],
]);

table('bars are as full as they say', bar, [
  [0, '▱▱▱▱▱▱▱▱▱▱'],
  [1, '▰▱▱▱▱▱▱▱▱▱'],
  [41, '▰▰▰▰▱▱▱▱▱▱'],
  [100, '▰▰▰▰▰▰▰▰▰▰'],
  [180, '▰▰▰▰▰▰▰▰▰▰'],
  [null, ''],
]);

table('lines of hours show the least spending above the ground', sparkline, [
  [[], ''],
  [[0, 0], '▁▁'],
  [[0, 0.001, 5, 10], '▁▂▅█'],
]);

table('models lose what all of them share', model, [
  ['claude-opus-5-5', 'opus-5-5'],
  ['claude-sonnet-4-5-20250929', 'sonnet-4-5'],
  ['gpt-x', 'gpt-x'],
  [null, '–'],
]);

table('moments of today are times, others have their day', moment => when(moment, '2026-09-14T17:20:05.000+02:00'), [
  ['2026-09-14T21:02:30.000+02:00', '21:02'],
  ['2026-09-15T00:00:00.000+02:00', 'Tue 15 Sep, 00:00'],
  [null, '–'],
  ['soon', '–'],
]);

table('days have their weekday', day, [
  ['2026-03-02', 'Mon 2 Mar'],
  ['2026-02', '2026-02'],
]);

table('paths end in a name', baseName, [
  ['/home/ada/app', 'app'],
  ['/home/ada/app/', 'app'],
  ['C:\\work\\app', 'app'],
  ['/', '/'],
]);

table('periods and windows have names, unknown ones their own', window, [
  ['day', 'Day'],
  ['fiveHour', '5 hours'],
  ['somethingNew', 'somethingNew'],
]);

test('the time of day is the one that is written', () => {
  assert.equal(clock('2026-09-14T21:02:30.000+02:00'), '21:02');
  assert.equal(clock('2026-09-14T21:02:30.000+02:00', true), '21:02:30');
});

test('no text becomes a link, an icon, a cell or markup', () => {
  assert.equal(plain('[a](command:b)'), '\\[a\\]\\(command\\:b\\)');
  assert.equal(plain('a|b'), 'a\\|b');
  assert.equal(plain('<b>&amp;'), '&lt;b&gt;&amp;amp;'.replace('&gt;', '\\>'));
  assert.equal(plain('a\n\n# b'), 'a \\# b');
  assert.ok(!/\$\\?\(/.test(plain('$(bug)')), 'the parts of an icon are kept apart');
});
