// A browser on a house: pages, and what is looked at on them.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { House } from './house.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { server: text, assets: text, out: text } });
/** The program, the files that it carries, and where pictures go. */
export const { server = '', assets = '', out = '' } = values;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const began = Date.now();
/** How long it has taken so far, in seconds. */
export const elapsed = () => ((Date.now() - began) / 1000).toFixed(1);
export const say = (line: string) => process.stdout.write(`${line}\n`);

/** What was written to a console. */
export const faults: string[] = [];
/** So many things hold. */
export let passed = 0;

/** Says that something holds. */
export function ok(what: string): void {
  passed++;
  say(`ok   ${what} (${elapsed()} s)`);
}

export function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/** A person's windows. */
export type Scene = {
  context: BrowserContext;
  /** Whether requests are known to fail just now, which a browser writes down as errors. */
  rough: boolean;
};

/** Windows of a new person; what goes wrong in them is a fault of the test. */
export async function scene(browser: Browser): Promise<Scene> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  context.setDefaultTimeout(20_000);
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', event => {
      // biome-ignore lint/suspicious/noConsole: the test hears of it so
      console.error(`policy: ${event.violatedDirective}`);
    });
  });
  const made: Scene = { context, rough: false };
  context.on('weberror', error => faults.push(`error: ${error.error().message}`));
  context.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && !made.rough) {
      faults.push(`${message.type()}: ${message.text()} ${message.location().url}`);
    }
  });
  return made;
}

export const live = (page: Page) => page.locator('.pulse[data-state="live"]').waitFor();

/** A page that a new link opened. */
export async function opened(house: House, { context }: Scene): Promise<Page> {
  const page = await context.newPage();
  await page.goto(house.run('dashboard', '--print').trim());
  await live(page);
  return page;
}

/** The rows of a table of the terminal: the first cell and the others. */
export function printed(house: House, ...args: string[]): string[][] {
  const lines = house.run(...args).split('\n');
  const end = lines.findIndex(line => line.startsWith(' Total'));
  return lines.slice(1, end).map(line => line.trim().split(/\s{2,}/));
}

/** An amount of the protocol as the terminal prints it: cents, half up. */
export function usd(amount: number): string {
  const cents = Math.round(Math.round(amount * 1e9) / 1e7);
  return `$${(cents / 100).toFixed(2)}`;
}

/** Nothing of what axe knows is wrong with a page. */
export async function looksFine(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<{ violations: object[] }> } }).axe;
    return run();
  });
  assert.deepEqual(violations, [], `axe on ${what}`);
}

/** Waits until something is so. */
export async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (await check()) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain until ${what}`);
}

/** A picture of a page, to be looked at. */
export async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  await page.screenshot({ path: join(out, `${name}.png`), fullPage });
}

export const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"]`);
