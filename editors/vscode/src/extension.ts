// Where it begins: wires the server, the status bar, the page, warnings and commands.

import * as vscode from 'vscode';
import { commands, wayOut } from './commands.ts';
import type { Status } from './contract.ts';
import { Documents } from './documents.ts';
import { Panel } from './panel.ts';
import { Server } from './server.ts';
import { StatusBar } from './statusbar.ts';
import { Warnings } from './warnings.ts';

/** What other extensions, and the tests, may ask. */
export type Api = {
  version: 1;
  /** The newest status, and how things stand with the server. */
  status(): { status: Status | undefined; connection: string };
  /** One of the two has changed. */
  onDidChange: vscode.Event<void>;
};

let running: Server | undefined;

/** Starts in the background: nothing waits for the server. */
export function activate(context: vscode.ExtensionContext): Api {
  const channel = vscode.window.createOutputChannel('Costline', { log: true });
  const server = new Server(context.extensionPath, channel);
  running = server;
  const bar = new StatusBar(server);
  const documents = new Documents();
  const panel = new Panel(server, context.extensionUri);
  const warnings = new Warnings(server, context.globalState, channel);
  context.subscriptions.push(
    channel,
    server,
    bar,
    documents,
    panel,
    warnings,
    commands({ server, panel, documents, channel }),
    server.onDidChange(() => {
      bar.update();
      panel.update();
    }),
    vscode.workspace.onDidChangeConfiguration(change => configure(change, server, bar)),
  );
  let failed = false;
  context.subscriptions.push(
    server.onDidChange(() => {
      const fails = server.view.link.kind === 'failed';
      if (fails && !failed) {
        void wayOut(server);
      }
      failed = fails;
    }),
  );
  void server.start();
  return {
    version: 1,
    status: () => ({ status: server.view.status, connection: server.view.link.kind }),
    onDidChange: server.onDidChange,
  };
}

/** Takes the server along. */
export async function deactivate(): Promise<void> {
  await running?.stop();
}

function configure(change: vscode.ConfigurationChangeEvent, server: Server, bar: StatusBar): void {
  if (change.affectsConfiguration('costline.server')) {
    void server.restart();
  } else if (change.affectsConfiguration('costline.status')) {
    void server.configure();
  }
  if (change.affectsConfiguration('costline')) {
    bar.configure();
  }
}
