// Figures on the page, beside those of the command line.

import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { BERTH, HARBOR } from './history.ts';
import type { House } from './house.ts';
import { assets, figure, live, ok, printed, type Scene, say, until, usd } from './stage.ts';

/** Opens the page by its link, and weighs it. */
export async function opens(house: House, { context }: Scene): Promise<Page> {
  const page = await context.newPage();
  const link = house.run('dashboard', '--print').trim();
  await page.goto(link);
  await live(page);
  assert.equal(new URL(page.url()).hash, '', 'the code leaves the address');
  const kept = await page.evaluate(() => [Object.keys(sessionStorage), document.cookie, Object.keys(localStorage)]);
  assert.deepEqual(kept, [['costline.token'], '', []]);
  const paints: number[] = [];
  for (let tries = 0; tries < 3; tries++) {
    await page.goto('about:blank');
    await page.goto(house.url);
    await live(page);
    const [paint] = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint'));
    paints.push(Math.round(paint?.startTime ?? 0));
  }
  const packed = readdirSync(assets).map(name => gzipSync(readFileSync(join(assets, name))).length);
  const size = packed.reduce((sum, one) => sum + one, 0);
  say(`     first paint after ${paints.join(', ')} ms, ${(size / 1000).toFixed(1)} kB compressed`);
  assert.ok(size < 150_000, `${size} bytes compressed`);
  const asked = await page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
  );
  assert.deepEqual([...new Set(asked)], [house.url], 'nothing is asked of anyone else');
  ok('a link opens the page once, keeps its token for the tab alone, and asks nobody else');
  return page;
}

/** Cards, timeline, heat map, tables and limits tell what the command line prints. */
export async function figures(house: House, page: Page): Promise<void> {
  type Sums = { totals: { costUsd: number } };
  const current = house.run('current').split('\n');
  const costs =
    current
      .find(line => line.startsWith(' Cost'))
      ?.trim()
      .split(/\s{2,}/) ?? [];
  for (const [index, name] of ['today', 'week', 'month'].entries()) {
    assert.equal(await figure(page, name).innerText(), costs[index + 1], name);
  }
  const range =
    house
      .run('summary', '--days', '30')
      .split('\n')
      .find(line => line.startsWith(' Total')) ?? '';
  assert.equal(await figure(page, 'range').innerText(), /\$\S+/.exec(range)?.[0]);
  const days = house.json<Sums & { rows: { key: string }[] }>('breakdown', '--by', 'day', '--days', '30');
  await page.getByText('As a table').click();
  const shown = await page.locator('.as-table tbody tr').count();
  assert.equal(shown, days.rows.length);
  assert.deepEqual(
    await page.locator('.as-table tbody td:nth-child(2)').allInnerTexts(),
    printed(house, 'breakdown', '--by', 'day', '--days', '30').map(([, cost]) => cost),
  );
  await page.getByText('As a table').click();
  const week = printed(house, 'breakdown', '--by', 'weekday', '--split', 'hour', '--days', '30');
  const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
  let day = 0;
  let cells = 0;
  for (const [name = '', cost] of week) {
    day = names.includes(name) ? names.indexOf(name) + 1 : day;
    if (!names.includes(name)) {
      cells++;
      assert.equal(await page.locator(`[data-cell="${day}-${name}"] span`).textContent(), cost, `${day} ${name}`);
    }
  }
  assert.ok(cells > 5);
  ok('cards, timeline and heat map show what the command line prints');
  for (const [table, by] of Object.entries({
    Projects: 'project',
    Sessions: 'session',
    Models: 'model',
    Agents: 'agent',
    Skills: 'skill',
    Tools: 'tool',
    'MCP servers': 'mcp',
    Branches: 'branch',
  })) {
    await page.locator('.tables .choice').getByRole('button', { name: table, exact: true }).click();
    const lines = house.json<{ rows: { key: string }[] }>('breakdown', '--by', by, '--days', '30');
    await page.locator(`.tables tr[data-key="${lines.rows[0]?.key.replaceAll('"', '\\"')}"]`).waitFor();
    const keys = await page
      .locator('.tables tbody tr')
      .evaluateAll(rows => rows.map(row => row.getAttribute('data-key')));
    assert.deepEqual(
      keys,
      lines.rows.map(row => row.key),
      table,
    );
    const costs = await page.locator('.tables tbody td.c-cost').allInnerTexts();
    const expected = printed(house, 'breakdown', '--by', by, '--days', '30').map(cells =>
      cells.find(cell => /\$/.test(cell)),
    );
    assert.deepEqual(
      costs.map(cost => cost.trim()),
      expected,
      table,
    );
  }
  ok('every table has the rows and costs of the command line, in its order');
}

/** The present rate, the five-hour window and the plan's limits. */
export async function rates(house: House, page: Page): Promise<void> {
  type Now = {
    burn: { usdPerHour: number; block: { costUsd: number; projectedUsd: number; endsAt: string } };
    limits: { window: string; usedPercent: number; resetsAt: string; exhaustedAt: string | null }[];
  };
  await page.goto(house.url);
  await live(page);
  await page.getByText('Nobody has told of any yet.').waitFor();
  const hour = Math.floor(Date.now() / 1000) + 3600;
  house.tell(HARBOR, BERTH, {
    five_hour: { used_percentage: 23.5, resets_at: hour },
    seven_day: { used_percentage: 91, resets_at: hour + 90_000 },
  });
  await page.locator('[data-limit="sevenDay"]').waitFor();
  // Each look works out the rate anew: both are of one moment where they agree.
  await until('rate and limits are those of the command line', async () => {
    const { burn, limits } = house.json<Now>('status', '--no-ingest');
    const card = await page.locator('.card.rate').innerText();
    const expected = [
      `${usd(burn.usdPerHour)} an hour`,
      `${usd(burn.block.costUsd)} in this window`,
      `${usd(burn.block.projectedUsd)} at its end`,
      `until ${burn.block.endsAt.slice(11, 16)}`,
    ];
    assert.deepEqual(
      limits.map(({ window, usedPercent }) => [window, usedPercent]),
      [
        ['fiveHour', 23.5],
        ['sevenDay', 91],
      ],
    );
    return expected.every(part => card.replaceAll(/\s+/g, ' ').includes(part));
  });
  const { limits } = house.json<Now>('limits', '--no-ingest');
  for (const { window, usedPercent, resetsAt, exhaustedAt } of limits) {
    const shown = page.locator(`[data-limit="${window}"]`);
    assert.equal(await shown.locator('b').innerText(), `${usedPercent}%`);
    const words = await shown.locator('.under').innerText();
    assert.ok(words.includes(resetsAt.slice(11, 16)), `${resetsAt} in ${words}`);
    assert.equal(words.includes('used up'), exhaustedAt !== null, words);
  }
  ok('the rate, the five-hour window and the plan limits are those of the command line');
}

/** A response that is appended shows. */
export async function grows(house: House, page: Page): Promise<void> {
  await page.goto(`${house.url}/?range=1`);
  await live(page);
  await page.evaluate(() => document.body.setAttribute('data-same', 'yes'));
  const before = await figure(page, 'today').innerText();
  // $15 a million.
  const started = Date.now();
  house.respond(HARBOR, BERTH, { output: 1_000_000 });
  await until('the response shows', async () => (await figure(page, 'today').innerText()) !== before);
  const took = Date.now() - started;
  const added = Number((await figure(page, 'today').innerText()).slice(1)) - Number(before.slice(1));
  assert.equal(added.toFixed(2), '15.00');
  await until(
    'reports follow',
    async () => (await figure(page, 'range').innerText()) === (await figure(page, 'today').innerText()),
  );
  say(`     a response showed after ${took} ms, in reports after ${Date.now() - started} ms`);
  assert.equal(await page.getAttribute('body', 'data-same'), 'yes', 'without a reload');
  ok('a response shows without a reload');
}
