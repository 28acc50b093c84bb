// What the tests of the host share.

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension.ts';

const PATIENCE = 30_000;

/** The extension, as other extensions see it. */
export async function extension(): Promise<Api> {
  const found = vscode.extensions.getExtension<Api>('costline.costline');
  assert.ok(found, 'the extension is there');
  return found.activate();
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`waited in vain until ${what}`);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Waits until the link to the server is of some kind. */
export async function connection(kind: string): Promise<void> {
  const api = await extension();
  await until(`the connection is ${kind}`, () => api.status().connection === kind);
}

/** Sets a setting of ours for all folders. */
export async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('costline').update(name, value, vscode.ConfigurationTarget.Global);
}

/** What the extension asked or told the user. */
export type Asked = { how: string; what: string; offers: string[] };

/** Answers questions of the extension in place of a user, in this order; gives what was asked. */
export function user(...answers: (string | undefined)[]): { asked: Asked[]; leave(): void } {
  const asked: Asked[] = [];
  const { window } = vscode;
  const former = { ...window };
  const next = () => answers.shift();
  type Item = string | vscode.QuickPickItem;
  const name = (item: Item) => (typeof item === 'string' ? item : item.label);
  const message =
    (how: string) =>
    (what: string, ...items: string[]) => {
      asked.push({ how, what, offers: items });
      const answer = next();
      return Promise.resolve(items.find(item => item === answer));
    };
  Object.assign(window, {
    showErrorMessage: message('error'),
    showWarningMessage: message('warning'),
    showInformationMessage: message('information'),
    showInputBox: ({ title }: vscode.InputBoxOptions) => {
      asked.push({ how: 'input', what: title ?? '', offers: [] });
      return Promise.resolve(next());
    },
    showQuickPick: (items: Item[], { title }: vscode.QuickPickOptions) => {
      asked.push({ how: 'pick', what: title ?? '', offers: items.map(name) });
      const answer = next();
      return Promise.resolve(items.find(item => answer !== undefined && name(item).includes(answer)));
    },
  });
  const { showErrorMessage, showWarningMessage, showInformationMessage, showInputBox, showQuickPick } = former;
  const all = { showErrorMessage, showWarningMessage, showInformationMessage, showInputBox, showQuickPick };
  return { asked, leave: () => Object.assign(window, all) };
}
