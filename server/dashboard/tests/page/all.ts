// The page as a person sees it: the real server, the real Chromium.

import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { changes } from './changes.ts';
import { figures, grows, opens, rates } from './figures.ts';
import { history } from './history.ts';
import { House } from './house.ts';
import { pictures } from './looks.ts';
import { elapsed, faults, launch, ok, out, passed, say, scene, server } from './stage.ts';
import { breaks, closed, empty, recovers, stalls } from './states.ts';
import { looks, reloads, walks } from './views.ts';

mkdirSync(out, { recursive: true });
const house = new House(server);
const browser = await launch();
let failed = 0;
let stalled: Awaited<ReturnType<typeof stalls>> | undefined;
try {
  history(house);
  await house.serve();
  const owner = await scene(browser);
  const page = await opens(house, owner);
  // It takes its time to be stale; so long other things are looked at.
  stalled = await stalls(await scene(browser));
  await figures(house, page);
  await rates(house, page);
  await walks(house, page);
  await looks(house, page);
  await reloads(house, page);
  await grows(house, page);
  await changes(house, page);
  await recovers(house, owner, page);
  await page.close();
  await breaks(house, await scene(browser));
  await stalled.check();
  await closed(house, await scene(browser));
  await Promise.all([pictures(house, owner), empty(await scene(browser))]);
  assert.deepEqual(faults, [], 'nothing was written to the console, and no policy was broken');
  ok('the console stays empty, and the content policy is kept');
} catch (error) {
  failed++;
  say(`FAIL ${error instanceof Error ? error.stack : error}`);
  say(faults.join('\n'));
  for (const [index, page] of browser
    .contexts()
    .flatMap(context => context.pages())
    .entries()) {
    await page.screenshot({ path: join(out, `failed-${index}.png`) }).catch(() => {});
  }
} finally {
  await browser.close();
  await stalled?.end();
  await house.remove();
}
say(`Dashboard: ${passed} passed, ${failed} failed (${elapsed()} s); pictures are in ${out}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
