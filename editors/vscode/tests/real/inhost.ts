// The tests that run inside the extension host, with the extension from this folder.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './all.ts';
import { Editor, PATIENCE, Window } from './editor.ts';

export async function inHost(stage: Stage): Promise<void> {
  const { house, context, server } = stage;
  const folder = house.project('hosted');
  // $0.30 + $0.60 = $0.90.
  house.entitle(folder, 'cccccccc-0000-4000-8000-000000000003', 'Tidy up $(bug)');
  house.respond(folder, 'cccccccc-0000-4000-8000-000000000003', { input: 100_000, output: 40_000 });
  // The extension of this folder brings no server along; it finds the one that a user has installed.
  house.write('.local/bin/here', '');
  symlinkSync(server, join(house.home, '.local/bin/costline'));
  const editor = await Editor.start(house, 'inhost', { restricted: false });

  const root = join(import.meta.dirname, '../..');
  const remote = `vscode-remote://${new URL(editor.url).host}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', `${remote}${root}`],
    ['extensionTestsPath', `${remote}${join(root, 'dist/tests/host.js')}`],
  ]);
  let end: (code: number) => void = () => {};
  const code = new Promise<number>((resolve, reject) => {
    end = resolve;
    setTimeout(() => reject(new Error('the tests in the extension host do not end')), 2 * PATIENCE);
  });
  await Window.open(context, editor.url, `folder=${folder}&payload=${encodeURIComponent(payload)}`, async page => {
    await page.exposeFunction('codeAutomationExit', (status: number) => end(status));
    await page.exposeFunction('codeAutomationLog', (_: string, args: unknown[]) => {
      const text = args.map(String).join(' ');
      if (/^(ok|FAIL|in the extension host)/.test(text)) {
        process.stdout.write(`     ${text}\n`);
      }
    });
  });
  if ((await code) !== 0) {
    throw new Error('tests in the extension host failed');
  }
  stage.ok('the tests in the extension host pass');
}
