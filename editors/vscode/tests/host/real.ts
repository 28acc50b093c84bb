// With the real server.

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { House, parent, processes } from '../real/house.ts';
import type { Tests } from './all.ts';
import { connection, extension, set, until, user } from './bench.ts';

const house = new House(homedir());
const SESSION = 'cccccccc-0000-4000-8000-000000000003';

export const real: Tests = {
  'the status is of the folder that is open': async () => {
    const api = await extension();
    await until('a status is there', () => api.status().status !== undefined);
    const { status } = api.status();
    assert.equal(status?.version, 1);
    assert.equal(status?.workspace.project, folder());
    // 100,000 tokens of input at $3 a million and 40,000 of output at $15.
    await until('its cost is right', () => api.status().status?.workspace.todayUsd === 0.9);
  },

  'every command of the palette is there': async () => {
    const manifest = vscode.extensions.getExtension('costline.costline')?.packageJSON;
    const all = await vscode.commands.getCommands(true);
    for (const { command } of manifest.contributes.commands) {
      assert.ok(all.includes(command), command);
    }
  },

  'an appended response changes the status': async () => {
    const api = await extension();
    house.respond(folder(), SESSION, { output: 10_000 });
    await until('15 cents have come', () => api.status().status?.workspace.todayUsd === 1.05);
  },

  'one process serves the window': async () => {
    assert.equal(servers().length, 1);
  },

  'a window’s start costs 30 ms of work at most': async () => {
    // What is read, compiled and run before the window goes on. Work is counted, not time: others use this machine, too.
    const place = join(__dirname, '..', 'extension.js');
    const costs: number[] = [];
    for (let round = 0; round < 8; round++) {
      // Another text, so that nothing of the last round is remembered.
      const copy = join(__dirname, `extension-${round}.js`);
      writeFileSync(copy, `${readFileSync(place, 'utf8')}\n// ${Date.now()}`);
      const before = process.cpuUsage();
      require(copy);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1000);
      rmSync(copy);
    }
    const least = Math.min(...costs);
    assert.ok(least <= 30, `it costs ${costs} ms`);
  },

  'the breakdown opens as a page': async () => {
    await vscode.commands.executeCommand('costline.showBreakdown');
    const tabs = () => vscode.window.tabGroups.all.flatMap(group => group.tabs.map(tab => tab.input));
    const isOurs = (input: unknown) =>
      input instanceof vscode.TabInputWebview && input.viewType.includes('costline.breakdown');
    await until('its tab is there', () => tabs().some(isOurs));
    await vscode.commands.executeCommand('costline.showBreakdown');
    assert.equal(tabs().filter(isOurs).length, 1, 'a second one is not opened');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  },

  'a session opens as a document': async () => {
    await vscode.commands.executeCommand('costline.openSession', SESSION);
    const text = vscode.window.activeTextEditor?.document;
    assert.equal(text?.uri.scheme, 'costline');
    assert.match(text?.getText() ?? '', /cccccccc/);
    assert.match(text?.getText() ?? '', /\$1\.05/);
    const { asked, leave } = user();
    await vscode.commands.executeCommand('costline.openSession', '--help');
    await vscode.commands.executeCommand('costline.openSession', 'no-such-session');
    leave();
    assert.equal(asked.length, 2, JSON.stringify(asked));
  },

  'sessions can be chosen': async () => {
    const { asked, leave } = user('Tidy up');
    await vscode.commands.executeCommand('costline.showSessions');
    leave();
    assert.deepEqual(asked[0]?.offers, [
      '$(circle-filled) Tidy up $\u200b(bug)',
      '$(graph) All sessions in the breakdown',
    ]);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /cccccccc/);
  },

  'the report opens as a document': async () => {
    await vscode.commands.executeCommand('costline.showReport');
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(text, /^# What Claude Code cost[\s\S]*\| Project [\s\S]*\| Model [\s\S]*## Budgets/);
  },

  'the doctor’s findings open as a document': async () => {
    await vscode.commands.executeCommand('costline.doctor');
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /# Costline doctor[\s\S]*✓ \*\*/);
  },

  'the server comes back when it is killed': async () => {
    const api = await extension();
    const kinds: string[] = [];
    const listener = api.onDidChange(() => kinds.push(api.status().connection));
    for (const server of servers()) {
      process.kill(server, 'SIGKILL');
    }
    await until('it is missed', () => kinds.includes('lost'));
    await connection('connected');
    listener.dispose();
    house.respond(folder(), SESSION, { output: 10_000 });
    await until('it goes on counting', () => api.status().status?.workspace.todayUsd === 1.2);
  },

  'a program that cannot be used is named, with ways out': async () => {
    const old = join(homedir(), 'old');
    writeFileSync(old, '#!/bin/sh\necho costline 0.0.9\n');
    chmodSync(old, 0o755);
    for (const [path, expected] of [
      ['/nowhere/costline', /\/nowhere\/costline, which cannot be run: there is no such file/],
      [old, /whose version is 0\.0\.9; this extension needs 0\.1\.0 or later/],
    ] as const) {
      const { asked, leave } = user();
      await set('server.path', path);
      await connection('failed');
      await until('it is said', () => asked.length > 0);
      leave();
      assert.match(asked[0]?.what ?? '', expected);
      assert.deepEqual(asked[0]?.offers, ['Choose the Program', 'Try Again', 'Show Log']);
    }
    await set('server.path', undefined);
    await connection('connected');
  },
};

function folder(): string {
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
}

/** The servers of this extension host; other windows have theirs. */
function servers(): number[] {
  return processes('costline lsp --stdio').filter(id => parent(id) === process.pid);
}
