import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { find, folders, isOlder, type Places, version } from '../../src/program.ts';

const home = mkdtempSync(join(tmpdir(), 'costline-program-'));
after(() => rmSync(home, { recursive: true }));

/** A program that says a version, or something else. */
function program(folder: string, says: string): string {
  mkdirSync(join(home, folder), { recursive: true });
  const path = join(home, folder, 'costline');
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(path, 0o755);
  return path;
}

function places(more: Partial<Places>): Places {
  return {
    setting: null,
    extension: join(home, 'none'),
    path: '/nowhere',
    home: join(home, 'nobody'),
    windows: false,
    ...more,
  };
}

async function problem(more: Partial<Places>): Promise<string> {
  const found = await find(places(more));
  return 'problem' in found ? found.problem : `found ${found.path}`;
}

test('the setting wins, then what came along, then the PATH, then where Cargo installs', async () => {
  const set = program('set', 'costline 1.2.3 (abc)');
  const bundled = program('extension/server', 'costline 0.1.0');
  const first = program('first', 'costline 0.1.1');
  const cargo = program('user/.cargo/bin', 'costline 0.1.2');
  const all = {
    setting: set,
    extension: join(home, 'extension'),
    path: `relative:${join(home, 'first')}`,
    home: join(home, 'user'),
  };
  assert.deepEqual(await find(places(all)), { path: set, version: [1, 2, 3] });
  assert.deepEqual(await find(places({ ...all, setting: '  ' })), { path: bundled, version: [0, 1, 0] });
  assert.deepEqual(await find(places({ path: all.path })), { path: first, version: [0, 1, 1] });
  assert.deepEqual(await find(places({ home: all.home })), { path: cargo, version: [0, 1, 2] });
  assert.deepEqual(await find(places({ home, setting: '~/set/costline' })), { path: set, version: [1, 2, 3] });
  assert.deepEqual(await find(places({ home, setting: '${' + 'userHome}/set/costline' })), {
    path: set,
    version: [1, 2, 3],
  });
});

test('what cannot be used is named, with the way out', async () => {
  assert.match(await problem({}), /Install it, or say in the setting costline\.server\.path/);
  assert.match(await problem({ setting: 'bin/costline' }), /must be an absolute path, not bin\/costline/);
  assert.match(await problem({ setting: '/nowhere/costline' }), /there is no such file/);
  assert.match(await problem({ setting: program('other', 'hello') }), /another program/);
  assert.match(
    await problem({ setting: program('old', 'costline 0.0.9') }),
    /version is 0\.0\.9; this extension needs 0\.1\.0 or later/,
  );
  const plain = join(home, 'plain');
  writeFileSync(plain, 'no program');
  assert.match(await problem({ setting: plain }), /it may not be executed/);
});

test('no folder of the PATH is relative', () => {
  assert.deepEqual(folders(places({ path: '.:bin:/usr/bin', home: '/home/ada' })), [
    '/usr/bin',
    '/home/ada/.cargo/bin',
    '/home/ada/.local/bin',
  ]);
});

test('versions are read and compared by number', () => {
  assert.deepEqual(version('costline 10.2.33 (e5e0529c6)\n'), [10, 2, 33]);
  assert.equal(version('something 1.2.3'), undefined);
  assert.equal(isOlder([0, 9, 0], [0, 10, 0]), true);
  assert.equal(isOlder([0, 10, 0], [0, 10, 0]), false);
  assert.equal(isOlder([1, 0, 0], [0, 10, 0]), false);
});
