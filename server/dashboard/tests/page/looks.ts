// How the page looks, in both themes and at every width.

import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import type { House } from './house.ts';
import { looksFine, ok, opened, picture, type Scene, until } from './stage.ts';

/** Pictures of a page at every width; nothing stands out of it. */
async function widths(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  for (const width of [360, 768, 1280, 2560]) {
    await page.setViewportSize({ width, height: width < 500 ? 780 : 1000 });
    await page.locator('.chart canvas').waitFor();
    // The chart follows a frame later.
    await until(`nothing stands beyond ${width}`, () =>
      page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    );
    await picture(page, `${scheme}-${width}`, true);
    if (width === 360 || width === 1280) {
      await looksFine(page, `${scheme} ${width}`);
    }
  }
}

export async function pictures(house: House, scene: Scene): Promise<void> {
  const [page, other] = [await opened(house, scene), await opened(house, scene)];
  await Promise.all([widths(other, 'light'), widths(page, 'dark')]);
  await other.close();
  const theme = () => page.getAttribute('html', 'data-theme');
  await page.getByRole('button', { name: /^Colours as the system/ }).click();
  assert.equal(await theme(), 'light');
  await page.getByRole('button', { name: /^Light colours/ }).click();
  assert.equal(await theme(), 'dark');
  await page.reload();
  assert.equal(await theme(), 'dark');
  ok('light and dark, 360 to 2560 pixels: nothing stands out, axe finds nothing');
}
