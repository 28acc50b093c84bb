// What package.json promises is what there is.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = process.cwd();
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const sources = readdirSync(join(root, 'src'))
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

test('every command of the palette is registered', () => {
  for (const { command } of manifest.contributes.commands) {
    assert.ok(sources.includes(`'${command}':`), command);
  }
});

test('every setting is read, and every setting that is read is declared', () => {
  const declared = Object.keys(manifest.contributes.configuration.properties).map(name =>
    name.replace('costline.', ''),
  );
  const read = [...sources.matchAll(/\.get(?:<[^(]*>)?\(\s*'([\w.]+)'/g)].map(([, name]) => name);
  assert.deepEqual(declared.filter(name => name !== 'trace.server').sort(), read.sort());
});

test('every part of the text that the server knows can be chosen', () => {
  const schema = JSON.parse(readFileSync(join(root, '../../docs/schema/config.json'), 'utf8'));
  const known = schema.properties.status.properties.parts.items.enum;
  const offered = manifest.contributes.configuration.properties['costline.status.parts'].items.enum;
  for (const part of known) {
    assert.ok(offered.includes(part), `package.json: costline.status.parts must offer ${part}`);
  }
});

test('the program that is run is restricted', () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ['costline.server.path']);
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
});

test('the lock file names no registry', () => {
  for (const lock of ['package-lock.json', 'tests/real/package-lock.json']) {
    assert.ok(!/"resolved"|https?:\/\/[^"]*registry/.test(readFileSync(join(root, lock), 'utf8')), lock);
  }
});
