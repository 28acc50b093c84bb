// What is looked at: a session, a project, a time.

import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import { BERTH, HARBOR, TIDES } from './history.ts';
import type { House } from './house.ts';
import { figure, live, looksFine, ok, picture, until, usd } from './stage.ts';

/** One session in full. */
export async function walks(house: House, page: Page): Promise<void> {
  await page.goto(`${house.url}/?table=sessions`);
  await live(page);
  await page.locator(`tr[data-key="${BERTH}"] button`).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('heading', { name: 'Mend the double berth' }).waitFor();
  type Rows = { key: string; costUsd: number }[];
  const told = house.json<Record<'turns' | 'tools' | 'agents' | 'files' | 'models' | 'skills' | 'mcp', Rows>>(
    'session',
    BERTH,
  );
  const dollars = (rows: Rows) => rows.map(row => usd(row.costUsd));
  assert.deepEqual(await sheet.locator('.turns td.c-cost').allInnerTexts(), dollars(told.turns));
  const parts = { tools: 'Tools', agents: 'Agents', files: 'Files', models: 'Models', skills: 'Skills' } as const;
  for (const [part, title] of Object.entries({ ...parts, mcp: 'MCP servers' })) {
    const rows = told[part as keyof typeof told];
    const shown = sheet.locator('div', { has: page.getByRole('heading', { name: title, exact: true }) }).last();
    const keys = await shown.locator('tbody tr').evaluateAll(all => all.map(row => row.getAttribute('data-key')));
    assert.deepEqual(
      keys,
      rows.map(row => row.key),
      title,
    );
    const costs = await shown.locator('td.c-cost').allInnerTexts();
    assert.deepEqual(
      costs.map(cost => cost.trim()),
      dollars(rows),
      title,
    );
    assert.ok(rows.some(row => row.key !== ''));
  }
  await looksFine(page, 'a session');
  await picture(page, 'session');
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'hidden' });
  await page.waitForURL(url => !url.search.includes('session='));
  await page.goBack();
  await sheet.waitFor();
  await page.waitForURL(url => url.search.includes(BERTH));
  await page.goForward();
  await sheet.waitFor({ state: 'hidden' });
  ok('a session opens with its turns, tools, agents and files as on the command line, by itself and by the way back');
}

/** The address, and the keys of the timeline. */
export async function looks(house: House, page: Page): Promise<void> {
  await page.goto(`${house.url}/?range=all&project=${encodeURIComponent(TIDES)}&step=week&metric=tokens`);
  await live(page);
  await page.locator('.top select').waitFor();
  assert.equal(await page.locator('.top select').inputValue(), TIDES);
  const sums = house.json<{ totals: { totalTokens: number } }>('summary', '--project', TIDES).totals;
  await until('the project’s tokens show', async () => {
    const shown = await page.locator('[data-class="total"]').getAttribute('title');
    return shown?.replaceAll(',', '') === String(sums.totalTokens);
  });
  assert.ok((await page.innerText('main')).includes('last') === false);
  ok('the address says what is looked at');
  const chart = page.locator('.chart');
  await chart.focus();
  await page.keyboard.press('End');
  await page.locator('.hint').waitFor();
  const last = await page.locator('.hint strong').innerText();
  await page.keyboard.press('Home');
  await until('the arrows walk', async () => (await page.locator('.hint strong').innerText()) !== last);
  ok('keys walk through the columns');
}

/** What was chosen is in the address, and outlives a reload. */
export async function reloads(house: House, page: Page): Promise<void> {
  const chosen = { range: '90', step: 'week', stack: 'project', metric: 'tokens', table: 'models' };
  const pressed = async () =>
    (
      await page
        .locator('.choice [aria-pressed="true"]')
        .evaluateAll(all => all.map(one => one.getAttribute('data-value')))
    ).sort();
  const shows = async () => {
    assert.deepEqual(await pressed(), Object.values(chosen).sort());
    assert.equal(await page.getByLabel('Project', { exact: true }).inputValue(), HARBOR);
    const narrowed = ['--days', '90', '--project', HARBOR];
    type Report = { totals: { totalTokens: number }; rows: { key: string }[] };
    const models = house.json<Report>('breakdown', '--by', 'model', ...narrowed);
    await until('the figures are of what was chosen', async () => {
      const total = await page.locator('[data-class="total"]').getAttribute('title');
      const keys = await page
        .locator('.tables tbody tr')
        .evaluateAll(all => all.map(row => row.getAttribute('data-key')));
      return (
        total?.replaceAll(',', '') === String(models.totals.totalTokens) &&
        keys.join() === models.rows.map(row => row.key).join()
      );
    });
  };
  await page.goto(house.url);
  await live(page);
  await page.getByLabel('Project', { exact: true }).selectOption(HARBOR);
  for (const value of Object.values(chosen)) {
    await page.locator(`.choice [data-value="${value}"]`).click();
  }
  await shows();
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { ...chosen, project: HARBOR });
  await page.reload();
  await live(page);
  await shows();

  // Days of the calendar.
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const [since, until_] = [day(5), day(1)];
  await page.goto(house.url);
  await live(page);
  await page.getByLabel('First day').fill(since);
  await page.getByLabel('Last day').fill(until_);
  await page.reload();
  await live(page);
  assert.deepEqual(
    [await page.getByLabel('First day').inputValue(), await page.getByLabel('Last day').inputValue()],
    [since, until_],
  );
  const line = house
    .run('summary', '--since', since, '--until', until_)
    .split('\n')
    .find(one => one.startsWith(' Total'));
  await until(
    'the figure is that of the days',
    async () => (await figure(page, 'range').innerText()) === /\$\S+/.exec(line ?? '')?.[0],
  );
  ok('ranges and filters stand in the address, and outlive a reload');
}
