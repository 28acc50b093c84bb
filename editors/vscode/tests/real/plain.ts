// A window as people have it: the item, its tooltip, the page, a server that dies, and what all that costs.

import assert from 'node:assert/strict';
import type { Stage } from './all.ts';
import { Editor, until, Window } from './editor.ts';
import { commandsOf, processes } from './house.ts';

const PARSER = 'aaaaaaaa-0000-4000-8000-000000000001';
const TESTS = 'aaaaaaaa-0000-4000-8000-000000000002';
const DOCS = 'bbbbbbbb-0000-4000-8000-000000000003';

export async function plain(stage: Stage): Promise<void> {
  const { house, context, vsix } = stage;
  const alpha = house.project('alpha');
  const beta = house.project('beta');
  // Sonnet 4.5: $3 and $15 a million tokens. $0.30 + $1.20 = $1.50 today, $0.60 ten days ago.
  house.entitle(alpha, PARSER, 'Fix the parser');
  house.respond(alpha, PARSER, { output: 40_000, days: 10 });
  house.respond(alpha, PARSER, { input: 100_000, output: 80_000 });
  // Haiku 4.5: $1 and $5 a million tokens. $0.05 + $0.20 = $0.25.
  house.respond(alpha, TESTS, { input: 50_000, output: 40_000, model: 'claude-haiku-4-5' });
  // $0.30 + $0.45 = $0.75 elsewhere.
  house.respond(beta, DOCS, { input: 100_000, output: 30_000 });

  const editor = await Editor.start(house, 'plain', { vsix, restricted: false });
  const window = await Window.open(context, editor.url, `folder=${alpha}`);
  await window.says(/^\$1\.75/);
  stage.ok('the item says what today cost in this folder');

  await appended(stage, window, alpha);
  await tooltip(stage, window);
  await breakdown(stage, window);
  await dies(stage, window, alpha);
  await colours(stage, window);
  await burden(stage, window);
}

/** Five responses of 10,000 tokens of output, $0.15 each: the soonest shows within a second. */
async function appended({ house, ok }: Stage, window: Window, project: string): Promise<void> {
  const times: number[] = [];
  for (const expected of ['1.90', '2.05', '2.20', '2.35', '2.50']) {
    const began = Date.now();
    house.respond(project, PARSER, { output: 10_000 });
    await window.says(new RegExp(`^\\$${expected}`));
    times.push(Date.now() - began);
  }
  assert.ok(Math.min(...times) < 1000, `an appended response shows after ${times} ms`);
  ok(`an appended response shows within a second (after ${times.join(', ')} ms)`);
}

async function tooltip({ ok, picture }: Stage, window: Window): Promise<void> {
  await window.item.hover();
  const hover = window.page.locator('.monaco-hover', { hasText: 'As of' });
  await hover.waitFor();
  const text = ((await hover.textContent()) ?? '').replaceAll('\u00a0', ' ');
  for (const part of ['alpha $2.50 today', 'Fix the parser', 'sonnet-4-5', 'haiku-4-5', 'an hour', 'Today by hour']) {
    assert.ok(text.includes(part), `${part} in: ${text}`);
  }
  // $2.50 here and $0.75 elsewhere.
  assert.match(text, /Today\s+\$3\.25/);
  await picture(window, 'tooltip');
  await hover.getByText('Doctor', { exact: true }).click();
  await window.page.locator('.monaco-editor', { hasText: 'Costline doctor' }).waitFor();
  await window.page.keyboard.press('Escape');
  ok('the tooltip says it all, and its links work');
}

async function breakdown({ ok, picture, house }: Stage, window: Window): Promise<void> {
  const { page, breakdown: frame } = window;
  await window.item.click();
  const lines = frame.locator('.line');
  const shown = async () => {
    const all = await lines.all();
    return Promise.all(
      all.map(async line => (await line.locator('.name > :first-child, .number').allTextContents()).join(' ')),
    );
  };
  const shows = (what: string[]) => until(`the page shows ${what}`, async () => String(await shown()) === String(what));
  await shows(['alpha $2.50 320.0K 7 2', 'beta $0.75 130.0K 1 1']);
  ok('a click on the item opens the breakdown by project');

  // By keyboard alone: down to the first row, into it, to the next tab, back up.
  await frame.locator('button.line').first().focus();
  await page.keyboard.press('Enter');
  await shows(['claude-sonnet-4-5 $2.25 230.0K 6 1', 'claude-haiku-4-5 $0.25 90.0K 1 1']);
  await frame.getByRole('tab', { name: 'Models' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  // The session of $0.60 ten days ago is the same one, but not today.
  await until('sessions show', async () => (await shown()).includes('Fix the parser $2.25 230.0K 6 1'));
  await frame.getByRole('button', { name: 'All time' }).click();
  await until('all time shows', async () => (await shown()).some(line => line.startsWith('Fix the parser $2.85')));
  await frame.getByRole('tab', { name: 'Days' }).click();
  await until(
    'days show',
    async () => (await lines.count()) === 2 && (await shown()).some(line => line.includes('$0.60')),
  );
  await picture(window, 'breakdown-days');
  await frame.getByRole('tab', { name: 'Days' }).press('Backspace');
  await until('projects show', async () => (await shown()).some(line => line.startsWith('alpha $3.10')));
  ok('keys and clicks lead into a project and back');

  house.respond(house.project('gamma'), 'dddddddd-0000-4000-8000-000000000004', { output: 100_000 });
  await until('a new project shows', async () => (await shown()).some(line => line.startsWith('gamma $1.50')));
  await picture(window, 'breakdown');
  ok('the page follows the server');
  const policy = await frame.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.match(policy ?? '', /^default-src 'none'; style-src 'nonce-[^']+'; script-src 'nonce-[^']+'$/);
}

/** In the browser: notes how our item looks whenever something of the window changes. */
const NOTE = `{
  globalThis.seen = [];
  const note = () => globalThis.seen.push(document.getElementById('costline.costline.status')?.outerHTML ?? '');
  const what = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(note).observe(document.querySelector('.part.statusbar'), what);
}`;

async function dies({ ok, house, picture }: Stage, window: Window, project: string): Promise<void> {
  const servers = () => processes(house.home, 'costline lsp --stdio');
  assert.equal(servers().length, 1, 'one process serves the window');
  const [first = 0] = servers();
  // What is shown is noted as it changes: the time without a server is short.
  await window.page.evaluate(NOTE);
  process.kill(first, 'SIGKILL');
  await window.says(/^\$2\.50/);
  await until('there is another server', async () => servers().some(id => id !== first));
  const seen = (await window.page.evaluate('globalThis.seen')) as string[];
  const away = seen.filter(html => html.includes('codicon-debug-disconnect'));
  assert.ok(away.length > 0, 'it was shown that the server is away');
  assert.ok(
    away.every(html => !html.includes('$2.50')),
    'no number was shown meanwhile',
  );
  assert.ok(
    away.some(html => html.includes('warning-kind')),
    'the item had the colour of a warning',
  );
  house.respond(project, PARSER, { output: 10_000 });
  await window.says(/^\$2\.65/);
  await picture(window, 'mended');
  ok('a server that is killed is missed, and comes back');
}

/** A budget of a dollar a day, of which more than that is spent. */
async function colours({ ok, skip, picture, server, house }: Stage, window: Window): Promise<void> {
  const known = await commandsOf(server, { ...house.environment, COSTLINE_STATE_DIR: `${house.home}/asked` });
  if (!known.includes('costline.setBudget')) {
    skip('a budget that is exceeded changes the colour', 'this server has no budgets');
    return;
  }
  assert.ok(!(await kinds(window)).includes('error-kind'), 'no colour before');
  await window.command('Costline: Set Budget');
  await window.answer('What is the budget for?', 'Day');
  await window.answer('how many US dollars?', '1');
  await window.answer('What counts?', 'Everything');
  await window.answer('What happens beyond it?', 'Warn');
  await until('the item has the colour of an error', async () => (await kinds(window)).includes('error-kind'));
  await picture(window, 'budget');
  ok('a budget that is exceeded changes the colour');
}

async function kinds(window: Window): Promise<string> {
  return (await window.item.getAttribute('class')) ?? '';
}

/** One process more, and what VS Code says that our activation took: told, not judged, since others work on this machine. */
async function burden({ ok, picture, house }: Stage, window: Window): Promise<void> {
  assert.equal(processes(house.home, 'costline lsp --stdio').length, 1, 'there is one process more');
  await window.command('Developer: Show Running Extensions');
  // The list has only the rows that can be seen, and those that took longest come first.
  await window.page.setViewportSize({ width: 1200, height: 3000 });
  const row = window.page.locator('.runtime-extensions-editor .extension', { hasText: 'Costline' });
  await row.getByText('Activation:').waitFor();
  const time = /Activation:\s*(\d+)ms/.exec((await row.textContent()) ?? '')?.[1];
  await picture(window, 'burden');
  ok(`there is one process more; VS Code says that activation took ${time} ms`);
}
