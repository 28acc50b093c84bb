// The page while something is missing: the server, the leader, a token, a history.

import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import { BERTH, HARBOR } from './history.ts';
import { House } from './house.ts';
import { figure, live, looksFine, ok, opened, picture, type Scene, server, until } from './stage.ts';
import { Wire } from './wire.ts';

/** A server that dies and returns. */
export async function recovers(house: House, scene: Scene, page: Page): Promise<void> {
  await page.goto(house.url);
  await live(page);
  const before = await figure(page, 'today').innerText();
  scene.rough = true;
  await house.kill();
  await page.locator('.pulse[data-state="offline"]').waitFor();
  await page.locator('.notice.offline').waitFor();
  assert.match(await page.title(), /^Offline/);
  assert.ok(await page.locator('main.old').count(), 'what is old looks old');
  await looksFine(page, 'a page without a server');
  await picture(page, 'offline');
  house.respond(HARBOR, BERTH, { output: 1_000_000 });
  await house.serve();
  await live(page);
  await until('what happened meanwhile shows', async () => (await figure(page, 'today').innerText()) !== before);
  await page.locator('.notice.offline').waitFor({ state: 'detached' });
  scene.rough = false;
  ok('the server dies, the page says so, and recovers when it is back');
}

/** A network that breaks off in the middle of what the server says, and again whenever it is asked. */
export async function breaks(house: House, scene: Scene): Promise<void> {
  const wire = new Wire(new URL(house.url));
  const link = new URL(house.run('dashboard', '--print').trim());
  link.host = await wire.open();
  const page = await scene.context.newPage();
  try {
    await page.goto(link.href);
    await live(page);
    const dollars = async () => Number((await figure(page, 'today').innerText()).replace(/[$,]/g, ''));
    const before = await dollars();
    scene.rough = true;
    // Within the event, within the head of an answer, and within its body.
    for (const most of [40, 25, 700]) {
      const cuts = wire.cuts;
      wire.cut(most);
      house.respond(HARBOR, BERTH, { output: 1_000_000 });
      await page.locator('.pulse[data-state="offline"]').waitFor();
      await until('it is cut again', () => wire.cuts > cuts + 1);
      wire.mend();
      await live(page);
    }
    // $15 each, once.
    await until('what happened meanwhile shows', async () => (await dollars()) === before + 45);
    await page.locator('.notice.offline').waitFor({ state: 'detached' });
    scene.rough = false;
    ok('a network that breaks off in the middle of an answer leaves nothing half read');
  } finally {
    await page.close();
    wire.close();
  }
}

/** Who has no token, and one that may only read. */
export async function closed(house: House, scene: Scene): Promise<void> {
  const { context } = scene;
  const page = await context.newPage();
  // What somebody looked at who has a token.
  await page.goto(`${house.url}/?table=sessions&${new URLSearchParams({ project: HARBOR, session: BERTH })}`);
  await live(page);
  await page.locator('.closed').waitFor();
  await page.locator('.tables tr[data-key]').first().waitFor();
  const everything = await page.content();
  for (const secret of ['harbor', 'tides', 'berth', 'missing', '/home']) {
    assert.ok(!everything.includes(secret), `${secret} is told`);
  }
  assert.match(await figure(page, 'today').innerText(), /^\$/);
  await looksFine(page, 'sums only');
  await picture(page, 'closed', true);
  scene.rough = true;
  await page.locator('input[name="token"]').fill('nonsense');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('That token is not known.').waitFor();
  await page.locator('input[name="token"]').fill(house.run('token', 'show', '--read').trim());
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('dialog').getByRole('heading', { name: 'Mend the double berth' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.closed').count(), 0);
  await page.getByRole('button', { name: 'Set a budget' }).click();
  await page.getByLabel('Dollars').fill('1');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'may only read' }).waitFor();
  await page
    .getByRole('button', { name: /^Snooze/ })
    .first()
    .click();
  await page.locator('.notice[data-alert]').filter({ hasText: 'may only read' }).waitFor();
  // A link that was used opens nothing.
  const link = house.run('dashboard', '--print').trim();
  const [first, second] = [await context.newPage(), await context.newPage()];
  await first.goto(link);
  await first.locator('.sessions').waitFor();
  await second.goto(link);
  await second.getByText('The link was used already').waitFor();
  scene.rough = false;
  ok('without a token sums alone; a token that may only read changes nothing; a link opens once');
}

/** A machine without a history. */
export async function empty(scene: Scene): Promise<void> {
  const house = new House(server);
  try {
    await house.serve();
    const page = await opened(house, scene);
    await page.getByRole('heading', { name: 'Nothing yet' }).waitFor();
    await looksFine(page, 'an empty page');
    await picture(page, 'empty');
    house.configure('colour = "blue"\n');
    await page.locator('.notice.warning').filter({ hasText: 'colour' }).waitFor();
    house.configure('');
    await page.locator('.notice.warning').waitFor({ state: 'detached' });
    house.respond(HARBOR, BERTH, { output: 1_000_000 });
    await page.locator('.timeline').waitFor();
    await until('the first response shows', async () => (await figure(page, 'today').innerText()) === '$15.00');
    await page.close();
    ok('an empty page says so, tells what is wrong, and fills with the first response');
  } finally {
    await house.remove();
  }
}

/** The server that serves follows a leader that is stopped. `check` is for when that has lasted a while. */
export async function stalls(scene: Scene): Promise<{ check: () => Promise<void>; end: () => Promise<void> }> {
  const house = new House(server);
  house.respond(HARBOR, BERTH, { output: 1_000_000 });
  await house.lead();
  await house.serve();
  await until('the leader has read it', async () => (await house.health()).revision > 0);
  assert.equal((await house.health()).leader, false, 'another one leads');
  const page = await opened(house, scene);
  await until('the page is up to date', async () => (await figure(page, 'today').innerText()) === '$15.00');
  await house.stop();
  // $15, of which nobody hears.
  house.respond(HARBOR, BERTH, { output: 1_000_000 });
  const check = async () => {
    const notice = page.locator('.notice.stale');
    // After ten seconds.
    await page.locator('.pulse[data-state="stale"]').waitFor();
    await notice.waitFor();
    await page.locator('.notice.warning').filter({ hasText: 'is stopped' }).waitFor();
    assert.equal(await figure(page, 'today').innerText(), '$15.00', 'the last that is known');
    assert.ok(await page.locator('main.old').count(), 'what is old looks old');
    assert.match(await page.title(), /^Stale/);
    await looksFine(page, 'a stale page');
    await picture(page, 'stale');
    house.resume();
    await page.locator('.pulse[data-state="live"]').waitFor();
    await notice.waitFor({ state: 'detached' });
    await until('what waited shows', async () => (await figure(page, 'today').innerText()) === '$30.00');
    await page.close();
    ok('a leader that does not read makes the page stale; it recovers');
  };
  return { check, end: () => house.remove() };
}
