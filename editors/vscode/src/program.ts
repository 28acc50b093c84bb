// Finding the `costline` program, and whether it can be used.

import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** The oldest server that this extension understands. */
export const OLDEST: Version = [0, 1, 0];

/** Major, minor and patch. */
export type Version = [number, number, number];

/** Where programs are looked for. */
export type Places = {
  /** The setting `costline.server.path`. */
  setting: string | null;
  /** The folder of the extension. */
  extension: string;
  /** The variable `PATH`. */
  path: string;
  home: string;
  windows: boolean;
};

/** A program that can be used, or why there is none: a sentence with the way out. */
export type Found = { path: string; version: Version } | { problem: string };

/** The first program of: the setting, the extension's own, the `PATH`, where Cargo and others install for a user. */
export async function find(places: Places): Promise<Found> {
  const setting = places.setting?.trim();
  if (setting) {
    const path = expanded(setting, places.home);
    return isAbsolute(path)
      ? check(path, `The setting costline.server.path names ${path}`)
      : { problem: `The setting costline.server.path must be an absolute path, not ${path}.` };
  }
  const name = places.windows ? 'costline.exe' : 'costline';
  const bundled = join(places.extension, 'server', name);
  if (await isProgram(bundled)) {
    return check(bundled, `The extension brought ${bundled}`);
  }
  for (const folder of folders(places)) {
    const path = join(folder, name);
    if (await isProgram(path)) {
      return check(path, `${path} is the first on the PATH`);
    }
  }
  return {
    problem:
      'There is no costline program: this extension came without one, and none is on the PATH. ' +
      'Install it, or say in the setting costline.server.path where it is.',
  };
}

/** Reads what `costline --version` prints. */
export function version(text: string): Version | undefined {
  const parts = /^costline (\d+)\.(\d+)\.(\d+)/.exec(text);
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : undefined;
}

/** Whether a version is older than another one. */
export function isOlder(one: Version, other: Version): boolean {
  const index = one.findIndex((part, place) => part !== other[place]);
  return index >= 0 && (one[index] ?? 0) < (other[index] ?? 0);
}

/** Folders that are searched. A relative one would be another program in every workspace. */
export function folders({ path, home, windows }: Places): string[] {
  const usual = windows ? ['.cargo\\bin'] : ['.cargo/bin', '.local/bin'];
  return [...path.split(delimiter).filter(isAbsolute), ...usual.map(folder => join(home, folder))];
}

/** The places of this process. */
export function places(setting: string | null, extension: string): Places {
  return {
    setting,
    extension,
    path: process.env.PATH ?? '',
    home: homedir(),
    windows: process.platform === 'win32',
  };
}

function expanded(path: string, home: string): string {
  return path.replace(/^~(?=[\\/]|$)/, home).replace(/\$\{userHome\}/g, home);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function check(path: string, origin: string): Promise<Found> {
  const answer = await run(path, ['--version']);
  if ('problem' in answer) {
    return { problem: `${origin}, which cannot be run: ${answer.problem}.` };
  }
  const found = version(answer.output);
  if (!found) {
    return { problem: `${origin}, which is another program: it does not say its version as costline does.` };
  }
  if (isOlder(found, OLDEST)) {
    return {
      problem: `${origin}, whose version is ${found.join('.')}; this extension needs ${OLDEST.join('.')} or later. Update it.`,
    };
  }
  return { path, version: found };
}

/** Runs a program to its end and gives what it printed, or why that failed in a few words. */
export function run(path: string, args: string[]): Promise<{ output: string } | { problem: string }> {
  return new Promise(resolve => {
    const options = { timeout: 20_000, windowsHide: true, cwd: homedir(), maxBuffer: 16 * 1024 * 1024 };
    execFile(path, args, options, (error, output, errors) => {
      resolve(error ? { problem: reason(error, errors) } : { output });
    });
  });
}

function reason(error: Error & { code?: unknown }, errors: string): string {
  const said = errors.trim().split('\n').at(-1);
  if (said) {
    return said.replace(/\.$/, '');
  }
  const known: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be executed',
    ENOEXEC: 'it is not made for this system',
  };
  return known[String(error.code)] ?? error.message;
}
