// What runs inside the extension host: each test has the whole API of VS Code, and the extension under test beside it.

import { double } from './double.ts';
import { real } from './real.ts';

/** A test, by name. */
export type Tests = Record<string, () => Promise<void>>;

/** VS Code calls this; an error fails the run. */
export async function run(): Promise<void> {
  const only = process.env.ONLY ?? '';
  let failed = 0;
  let passed = 0;
  for (const [name, test] of Object.entries({ ...real, ...double })) {
    if (!name.includes(only)) {
      continue;
    }
    const began = Date.now();
    try {
      await test();
      passed++;
      say(`ok   ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed++;
      say(`FAIL ${name}\n${error instanceof Error ? error.stack : error}`);
    }
  }
  say(`in the extension host: ${passed} passed, ${failed} failed`);
  if (failed > 0) {
    throw new Error(`${failed} tests failed`);
  }
}

function say(text: string): void {
  // biome-ignore lint/suspicious/noConsole: this is where the one who started the tests listens
  console.log(text);
}
