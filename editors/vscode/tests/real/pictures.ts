// Takes the pictures of the pages anew, with a made-up history: node tests/real/pictures.ts --vsix … --server …
// The folder /home/ada/harbor must be there, since it can be read in the pictures.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { browser, Editor, Window } from './editor.ts';
import { House } from './house.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { vsix: text, server: text } });
const { vsix = '', server = '' } = values;
const root = join(import.meta.dirname, '../../../..');
const media = join(import.meta.dirname, '../../media');
const folder = '/home/ada/harbor';
const house = new House();
const program = house.write(
  '.local/bin/costline',
  `#!/bin/sh
[ "$1" = lsp ] || exec ${server} "$@"
cd ${folder} && exec ${server} demo --lsp
`,
);
chmodSync(program, 0o755);
const context = await browser(house);
try {
  const editor = await Editor.start(house, 'pictures', { vsix, restricted: false });
  const window = await Window.open(context, editor.url, `folder=${folder}`);
  const { page, item, breakdown } = window;
  await page.setViewportSize({ width: 1180, height: 700 });
  await window.says(/^\$/);
  await window.command('View: Toggle Primary Side Bar Visibility');
  await item.click();
  await breakdown.getByRole('button', { name: '30 days' }).click();
  await breakdown.locator('button.line').nth(3).waitFor();
  await page.screenshot({ path: join(media, 'breakdown.png') });
  await page.waitForTimeout(3_000);
  await item.hover();
  await page.locator('.monaco-hover', { hasText: 'Today by hour' }).waitFor();
  // It fades in.
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: join(root, 'docs/vscode.png') });
  const box = await page.locator('.monaco-hover', { hasText: 'As of' }).boundingBox();
  if (box) {
    const [x, y] = [Math.max(0, box.x - 20), box.y - 20];
    await page.screenshot({ path: join(media, 'tooltip.png'), clip: { x, y, width: 1180 - x, height: 700 - y } });
  }
} finally {
  await Editor.stopAll();
  await context.close();
  house.remove();
}
