// The extension as it is shipped, in the real VS Code.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContext } from 'playwright-core';
import { browser, Editor, type Window } from './editor.ts';
import { House } from './house.ts';
import { inHost } from './inhost.ts';
import { packages } from './packages.ts';
import { plain } from './plain.ts';
import { restricted } from './restricted.ts';

/** What a test has at hand. */
export type Stage = {
  house: House;
  context: BrowserContext;
  /** The packaged extension, with the server inside. */
  vsix: string;
  /** The packaged extension without a server. */
  bare: string;
  /** The same server, to ask by hand. */
  server: string;
  /** Says that something holds. */
  ok(name: string): void;
  /** Says what is left out, and why. */
  skip(name: string, why: string): void;
  /** Keeps a picture of a window. */
  picture(window: Window, name: string): Promise<void>;
};

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { vsix: text, bare: text, server: text, out: text } });
const { vsix = '', bare = '', server = '', out = '' } = values;
const only = process.env.SCENE ?? '';

let passed = 0;
let failed = 0;
let skipped = 0;
const began = Date.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;

mkdirSync(out, { recursive: true });
for (const [name, scene] of Object.entries({ packages, plain, restricted, inHost })) {
  if (!name.includes(only)) {
    continue;
  }
  const house = new House();
  const context = await browser(house);
  const stage: Stage = {
    house,
    context,
    vsix,
    bare,
    server,
    ok: what => {
      passed++;
      say(`ok   ${what} (${seconds()})`);
    },
    skip: (what, why) => {
      skipped++;
      say(`SKIPPED ${what}: ${why}`);
    },
    picture: async (window, what) => {
      await window.page.screenshot({ path: join(out, `${what}.png`) });
    },
  };
  try {
    await scene(stage);
  } catch (error) {
    failed++;
    say(`FAIL ${name}: ${error instanceof Error ? error.stack : error}`);
    for (const [index, page] of context.pages().entries()) {
      await page.screenshot({ path: join(out, `failed-${name}-${index}.png`) }).catch(() => {});
    }
  } finally {
    await Editor.stopAll();
    await context.close();
    house.remove();
  }
}
say(`VS Code: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds()}); pictures are in ${out}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
