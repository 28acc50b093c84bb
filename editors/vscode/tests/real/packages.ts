// What lies in the packages, and for which platform they are.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import type { Stage } from './all.ts';

const COMMON = [
  'LICENSE.txt',
  'changelog.md',
  'dist/extension.js',
  'media/breakdown.png',
  'media/icon.png',
  'media/start/breakdown.md',
  'media/start/budget.md',
  'media/start/server.md',
  'media/start/status.md',
  'media/tooltip.png',
  'package.json',
  'readme.md',
].map(name => `extension/${name}`);

export async function packages({ vsix, bare, server, ok }: Stage): Promise<void> {
  const full = unpacked(vsix);
  const without = unpacked(bare);
  const own = (files: Map<string, Buffer>) => [...files.keys()].filter(name => name.startsWith('extension/')).sort();
  assert.deepEqual(own(without), COMMON);
  assert.deepEqual(own(full), [...COMMON, 'extension/server/costline'].sort());
  const platform = (files: Map<string, Buffer>) =>
    /TargetPlatform="([^"]*)"/.exec(String(files.get('extension.vsixmanifest')))?.[1];
  assert.equal(platform(full), 'linux-x64');
  assert.equal(platform(without), undefined);
  const hash = (content: Buffer | undefined) =>
    createHash('sha256')
      .update(content ?? '')
      .digest('hex');
  assert.equal(hash(full.get('extension/server/costline')), hash(readFileSync(server)));
  assert.match(execFileSync(server, ['--version'], { encoding: 'utf8' }), /^costline \d/);
  ok('the packages have what they should, and nothing else');
}

/** The files of a ZIP archive, by its central directory. */
function unpacked(path: string): Map<string, Buffer> {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32),
    ];
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + packed);
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), method === 0 ? content : inflateRawSync(content));
    at += 46 + name + extra + comment;
  }
  return files;
}
