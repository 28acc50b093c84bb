// What is changed on the page, and what the command line says of it.

import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import { HARBOR } from './history.ts';
import type { House } from './house.ts';
import { live, looksFine, ok, picture, until } from './stage.ts';

/** Budgets are set, changed and removed; alerts are acknowledged and snoozed. */
export async function changes(house: House, page: Page): Promise<void> {
  type Budgets = {
    budgets: { id: number; period: string; limitUsd: number; scope: string; name: string | null; hard: boolean }[];
  };
  const held = () => house.json<Budgets>('budget', 'status', '--no-ingest').budgets;
  await page.goto(house.url);
  await live(page);
  await page.getByRole('button', { name: 'Set a budget' }).click();
  await page.getByLabel('Dollars').fill('2.50');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.locator('li[data-budget]').waitFor();
  assert.deepEqual(
    held().map(({ period, limitUsd, scope, hard }) => ({ period, limitUsd, scope, hard })),
    [{ period: 'day', limitUsd: 2.5, scope: 'all', hard: false }],
  );
  await page.getByRole('button', { name: 'Change Daily' }).click();
  await page.getByLabel('Dollars').fill('3');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await until('the budget is another one', () => held()[0]?.limitUsd === 3);
  await page.getByRole('button', { name: 'Set a budget' }).click();
  await page.getByLabel('Dollars').fill('40');
  await page.locator('select[name="period"]').selectOption('month');
  await page.locator('select[name="scope"]').selectOption('project');
  await page.locator('input[name="name"]').fill(HARBOR);
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await until('there are two', () => held().length === 2);
  assert.deepEqual(
    held()
      .map(({ name }) => name)
      .sort(),
    [HARBOR, null].sort(),
  );
  await page.getByText('Monthly · harbor').waitFor();
  const percents = await page.locator('.budgets .with-meter > span').allInnerTexts();
  const status = house.run('budget', 'status', '--no-ingest');
  assert.ok(percents.length > 0 && percents.every(percent => status.includes(percent)), `${percents} in ${status}`);
  ok('budgets are set and changed on the page, and stand as the command line says');
  await answers(house, page);
  await page.getByRole('button', { name: 'Remove Monthly · harbor' }).click();
  await page.getByRole('button', { name: 'Yes, remove Monthly · harbor' }).click();
  await page.getByText('Monthly · harbor').waitFor({ state: 'detached' });
  assert.equal(held().length, 1);
  ok('a budget is removed on the page');
}

/** Of two alerts the one is acknowledged, the other snoozed. */
async function answers(house: House, page: Page): Promise<void> {
  type Alert = { id: number; acknowledgedAt: string | null; snoozedUntil: string | null };
  const known = (id: number) =>
    house.json<{ alerts: Alert[] }>('alerts', '--no-ingest').alerts.find(alert => alert.id === id);
  const alerts = page.locator('.notice[data-alert]');
  await alerts.nth(1).waitFor();
  await looksFine(page, 'a page with alerts');
  await picture(page, 'alerts');
  const answer = async (name: RegExp): Promise<[number, Alert | undefined]> => {
    const id = Number(await alerts.first().getAttribute('data-alert'));
    await alerts.first().getByRole('button', { name }).click();
    await page.locator(`.notice[data-alert="${id}"]`).waitFor({ state: 'detached' });
    return [id, known(id)];
  };
  const [seen, first] = await answer(/^Acknowledge/);
  assert.ok(first?.acknowledgedAt && first.snoozedUntil === null, JSON.stringify(first));
  const [put, second] = await answer(/^Snooze/);
  assert.ok(
    second?.acknowledgedAt === null && Date.parse(second.snoozedUntil ?? '') > Date.now(),
    JSON.stringify(second),
  );
  await page.locator('.tables .choice').getByRole('button', { name: 'Alerts', exact: true }).click();
  const fate = (id: number) => page.locator(`.raised tr[data-key="${id}"]`);
  await fate(seen).getByText(/^seen/).waitFor();
  const until = second?.snoozedUntil?.slice(11, 16) ?? '';
  await fate(put)
    .getByText(new RegExp(`^snoozed until .*${until}$`))
    .waitFor();
  // They stay away.
  await page.reload();
  await live(page);
  await page.locator('.raised tr[data-key]').first().waitFor();
  for (const id of [seen, put]) {
    assert.equal(await page.locator(`.notice[data-alert="${id}"]`).count(), 0);
  }
  ok('an alert is acknowledged on the page, another snoozed, and the command line knows');
}
