// The page as a person sees it: the real server, the real Chromium.

import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { House } from './house.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { server: text, assets: text, out: text } });
const { server = '', assets = '', out = '' } = values;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const began = Date.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
const faults: string[] = [];
let passed = 0;

/** Says that something holds. */
function ok(what: string): void {
  passed++;
  say(`ok   ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

const HARBOR = '/home/ada/harbor';
const TIDES = '/home/ada/tides & <b>winds</b>';
const [BERTH, TABLES, GAUGE] = ['1', '2', '3'].map(digit => `${digit.repeat(8)}-0000-4000-8000-000000000000`) as [
  string,
  string,
  string,
];

/** Three sessions in two projects, over some days. */
function history(house: House): void {
  house.entitle(HARBOR, BERTH, 'Mend the double berth');
  house.prompt(HARBOR, BERTH, 2);
  house.respond(HARBOR, BERTH, { output: 40_000, read: 900_000, ago: 2, tools: [{ name: 'Read' }, { name: 'Bash' }] });
  house.respond(HARBOR, BERTH, {
    output: 5_000,
    write: 60_000,
    ago: 1.9,
    tools: [
      { name: 'Edit', input: { file_path: `${HARBOR}/src/berth.rs`, old_string: 'a', new_string: 'b\nc' } },
      { name: 'Task', input: { subagent_type: 'Explore', description: 'x', prompt: 'y' } },
      { name: 'Skill', input: { skill: 'review' } },
    ],
  });
  house.respond(HARBOR, BERTH, { output: 8_000, agent: 'Explore', ago: 1.8, tools: [{ name: 'Grep' }] });
  house.prompt(HARBOR, BERTH, 0.1);
  house.respond(HARBOR, BERTH, { output: 2_000, read: 120_000, ago: 0.05, tools: [{ name: 'mcp__charts__depth' }] });
  house.respond(HARBOR, TABLES, { output: 70_000, read: 2_000_000, model: 'claude-opus-4-5', ago: 50 });
  house.respond(HARBOR, TABLES, { output: 9_000, model: 'claude-opus-4-5', ago: 26 });
  house.entitle(TIDES, GAUGE, 'Find the <i>missing</i> gauge');
  house.respond(TIDES, GAUGE, { output: 30_000, input: 4_000, model: 'claude-haiku-4-5', ago: 100 });
  house.respond(TIDES, GAUGE, { output: 1_000, model: 'a-model-without-a-price', ago: 99 });
  for (let day = 6; day < 28; day += 1 + (day % 3)) {
    house.respond(day % 2 ? HARBOR : TIDES, day % 2 ? TABLES : GAUGE, {
      output: 3_000 * day,
      read: 90_000 * day,
      ago: day * 24 + day,
    });
  }
}

/** What goes wrong on a page is a fault of the test. */
async function watch(context: BrowserContext, expected: () => boolean = () => false): Promise<void> {
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', event => {
      // biome-ignore lint/suspicious/noConsole: the test hears of it so
      console.error(`policy: ${event.violatedDirective}`);
    });
  });
  context.on('weberror', error => faults.push(`error: ${error.error().message}`));
  context.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && !expected()) {
      faults.push(`${message.type()}: ${message.text()} ${message.location().url}`);
    }
  });
}

const live = (page: Page) => page.locator('.pulse[data-state="live"]').waitFor();

/** A page that a new link opened. */
async function opened(house: House, context: BrowserContext, query = ''): Promise<Page> {
  const page = await context.newPage();
  const link = house.run('dashboard', '--print').trim();
  await page.goto(link.replace('/#', `/${query}#`));
  await live(page);
  return page;
}

/** The rows of a table of the terminal: the first cell and the others. */
function printed(house: House, ...args: string[]): string[][] {
  const lines = house.run(...args).split('\n');
  const end = lines.findIndex(line => line.startsWith(' Total'));
  return lines.slice(1, end).map(line => line.trim().split(/\s{2,}/));
}

async function looksFine(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<{ violations: object[] }> } }).axe;
    return run();
  });
  assert.deepEqual(violations, [], `axe on ${what}`);
}

/** Waits until something is so. */
async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await check()) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain until ${what}`);
}

const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"]`);

async function opens(house: House, context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  const link = house.run('dashboard', '--print').trim();
  await page.goto(link);
  await live(page);
  assert.equal(new URL(page.url()).hash, '', 'the code leaves the address');
  const kept = await page.evaluate(() => [Object.keys(sessionStorage), document.cookie, Object.keys(localStorage)]);
  assert.deepEqual(kept, [['costline.token'], '', []]);
  const paints: number[] = [];
  for (let tries = 0; tries < 3; tries++) {
    await page.reload();
    await live(page);
    const [paint] = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint'));
    paints.push(Math.round(paint?.startTime ?? 0));
  }
  const packed = ['index.html', 'app.js', 'app.css', 'icon.svg'].map(
    name => gzipSync(readFileSync(join(assets, name))).length,
  );
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

async function figures(house: House, page: Page): Promise<void> {
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

async function walks(page: Page, house: House): Promise<void> {
  await page.goto(`${house.url}/?table=sessions`);
  await live(page);
  await page.locator(`tr[data-key="${BERTH}"] button`).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('heading', { name: 'Mend the double berth' }).waitFor();
  const turns = house.json<{ turns: object[] }>('session', BERTH);
  assert.equal(await sheet.locator('.turns tbody tr').count(), turns.turns.length);
  const words = await sheet.innerText();
  for (const part of ['Edit', 'berth.rs', 'charts', 'Explore', 'sonnet-4-5', 'review']) {
    assert.ok(words.includes(part), `${part} in ${words}`);
  }
  await looksFine(page, 'a session');
  await page.screenshot({ path: join(out, 'session.png') });
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'hidden' });
  assert.ok(!page.url().includes('session='), page.url());
  await page.goBack();
  await sheet.waitFor();
  assert.ok(page.url().includes(BERTH));
  await page.goForward();
  await sheet.waitFor({ state: 'hidden' });
  ok('a session opens with its turns, tools, agents and files, by itself and by the way back');
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

async function grows(house: House, page: Page): Promise<void> {
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

async function budgets(house: House, page: Page): Promise<void> {
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
  const alert = page.locator('.notice[data-alert]');
  await alert.first().waitFor();
  const id = Number(await alert.first().getAttribute('data-alert'));
  await looksFine(page, 'a page with an alert');
  await alert
    .first()
    .getByRole('button', { name: /^Acknowledge/ })
    .click();
  await page.locator(`.notice[data-alert="${id}"]`).waitFor({ state: 'detached' });
  type Alerts = { alerts: { id: number; acknowledgedAt: string | null }[] };
  const known = house.json<Alerts>('alerts', '--no-ingest').alerts.find(one => one.id === id);
  assert.ok(known?.acknowledgedAt, 'the command line knows that it was seen');
  await page.locator('.tables .choice').getByRole('button', { name: 'Alerts', exact: true }).click();
  await page.locator(`.raised tr[data-key="${id}"]`).getByText(/^seen/).waitFor();
  ok('an alert is acknowledged on the page');
  await page.getByRole('button', { name: 'Remove Monthly · harbor' }).click();
  await page.getByRole('button', { name: 'Yes, remove Monthly · harbor' }).click();
  await page.getByText('Monthly · harbor').waitFor({ state: 'detached' });
  assert.equal(held().length, 1);
  ok('a budget is removed on the page');
}

async function recovers(house: House, page: Page): Promise<void> {
  await page.goto(house.url);
  await live(page);
  const before = await figure(page, 'today').innerText();
  quiet = true;
  await house.kill();
  await page.locator('.pulse[data-state="offline"]').waitFor();
  await page.locator('.notice.offline').waitFor();
  assert.match(await page.title(), /^Offline/);
  assert.ok(await page.locator('main.old').count(), 'what is old looks old');
  await looksFine(page, 'a page without a server');
  await page.screenshot({ path: join(out, 'offline.png') });
  house.respond(HARBOR, BERTH, { output: 1_000_000 });
  await house.serve();
  await live(page);
  await until('what happened meanwhile shows', async () => (await figure(page, 'today').innerText()) !== before);
  await page.locator('.notice.offline').waitFor({ state: 'detached' });
  quiet = false;
  ok('the server dies, the page says so, and recovers when it is back');
}

async function closed(house: House, context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(house.url);
  await live(page);
  await page.locator('.closed').waitFor();
  await page.locator('.tables tr[data-key]').first().waitFor();
  const everything = await page.content();
  for (const secret of ['harbor', 'tides', 'berth', 'missing', '/home']) {
    assert.ok(!everything.includes(secret), `${secret} is told`);
  }
  assert.match(await figure(page, 'today').innerText(), /^\$/);
  await looksFine(page, 'sums only');
  await page.screenshot({ path: join(out, 'closed.png'), fullPage: true });
  quiet = true;
  await page.locator('input[name="token"]').fill('nonsense');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('That token is not known.').waitFor();
  await page.locator('input[name="token"]').fill(house.run('token', 'show', '--read').trim());
  await page.getByRole('button', { name: 'Open' }).click();
  await page.locator('.sessions').waitFor();
  assert.equal(await page.locator('.closed').count(), 0);
  await page.getByRole('button', { name: 'Set a budget' }).click();
  await page.getByLabel('Dollars').fill('1');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'may only read' }).waitFor();
  // A link that was used opens nothing.
  const link = house.run('dashboard', '--print').trim();
  const [first, second] = [await context.newPage(), await context.newPage()];
  await first.goto(link);
  await first.locator('.sessions').waitFor();
  await second.goto(link);
  await second.getByText('The link was used already').waitFor();
  quiet = false;
  ok('without a token sums alone; a token that may only read changes nothing; a link opens once');
}

/** Pictures of a page at every width; nothing stands out of it. */
async function widths(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: width < 500 ? 780 : 1000 });
    await page.locator('.chart canvas').waitFor();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels beyond ${width}`);
    await page.screenshot({ path: join(out, `${scheme}-${width}.png`), fullPage: true });
    if (width === 360 || width === 1440) {
      await looksFine(page, `${scheme} ${width}`);
    }
  }
}

async function pictures(house: House, context: BrowserContext): Promise<void> {
  const page = await opened(house, context);
  await widths(page, 'light');
  await widths(page, 'dark');
  const theme = () => page.getAttribute('html', 'data-theme');
  await page.getByRole('button', { name: /^Colours as the system/ }).click();
  assert.equal(await theme(), 'light');
  await page.getByRole('button', { name: /^Light colours/ }).click();
  assert.equal(await theme(), 'dark');
  await page.reload();
  assert.equal(await theme(), 'dark');
  ok('light and dark, 360 to 2560 pixels: nothing stands out, axe finds nothing');
}

async function empty(context: BrowserContext): Promise<void> {
  const house = new House(server);
  try {
    await house.serve();
    const page = await opened(house, context);
    await page.getByRole('heading', { name: 'Nothing yet' }).waitFor();
    await looksFine(page, 'an empty page');
    await page.screenshot({ path: join(out, 'empty.png') });
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

/** Whether the network is known to fail just now, which a browser writes down as errors. */
let quiet = false;

mkdirSync(out, { recursive: true });
const house = new House(server);
const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
let failed = 0;
try {
  history(house);
  await house.serve();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const stranger = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await watch(context, () => quiet);
  await watch(stranger, () => quiet);
  context.setDefaultTimeout(10_000);
  stranger.setDefaultTimeout(10_000);
  try {
    const page = await opens(house, context);
    await figures(house, page);
    await walks(page, house);
    await grows(house, page);
    await budgets(house, page);
    await recovers(house, page);
    await page.close();
    await closed(house, stranger);
    await pictures(house, context);
    await empty(context);
    assert.deepEqual(faults, [], 'nothing was written to the console, and no policy was broken');
    ok('the console stays empty, and the content policy is kept');
  } catch (error) {
    failed++;
    say(`FAIL ${error instanceof Error ? error.stack : error}`);
    say(faults.join('\n'));
    for (const [index, page] of [...context.pages(), ...stranger.pages()].entries()) {
      await page.screenshot({ path: join(out, `failed-${index}.png`) }).catch(() => {});
    }
  }
} finally {
  await browser.close();
  await house.remove();
}
say(
  `Dashboard: ${passed} passed, ${failed} failed (${((Date.now() - began) / 1000).toFixed(1)} s); pictures are in ${out}`,
);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
