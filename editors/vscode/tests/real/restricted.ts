// A folder that is not trusted: the status shows, and the folder does not choose the program.

import assert from 'node:assert/strict';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './all.ts';
import { Editor, until, Window } from './editor.ts';

export async function restricted(stage: Stage): Promise<void> {
  const { house, context, vsix } = stage;
  const folder = house.project('strange');
  house.respond(folder, 'eeeeeeee-0000-4000-8000-000000000005', { output: 60_000 });
  const traces = join(house.home, 'traces');
  const program = house.write('work/strange/program', `#!/bin/sh\ntouch ${traces}\necho costline 0.0.1\n`);
  chmodSync(program, 0o755);
  house.write('work/strange/.vscode/settings.json', JSON.stringify({ 'costline.server.path': program }));

  const editor = await Editor.start(house, 'restricted', { vsix, restricted: true });
  const window = await Window.open(context, editor.url, `folder=${folder}`);
  await window.says(/^\$0\.90/);
  await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  assert.ok(!existsSync(traces), 'the program of the folder was not run');
  await stage.picture(window, 'restricted');
  stage.ok('in Restricted Mode the status shows, and the folder’s program is not run');

  await window.command('Workspaces: Manage Workspace Trust');
  await window.page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first().click();
  await until('the program of the folder is run', async () => existsSync(traces));
  await until('it is said that it is too old', async () => /codicon-error/.test(await window.item.innerHTML()));
  await window.page.locator('.monaco-modal-editor-block .codicon-close').first().click();
  // The page about trust has covered the message; it waits where messages are kept.
  await window.command('Notifications: Show Notifications');
  const message = window.page.locator('.notifications-center .notification-list-item', {
    hasText: 'whose version is 0.0.1',
  });
  await message.first().waitFor();
  await message.first().getByText('Choose the Program').waitFor();
  await stage.picture(window, 'too-old');
  stage.ok('once it is trusted, it chooses; a program that is too old is named, with ways out');
}
