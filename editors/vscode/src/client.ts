// The language client, reduced to what a server of numbers needs.

import { type ChildProcess, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  type FeatureState,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type StaticFeature,
} from 'vscode-languageclient/node';

/** What a client tells of its server's end. */
export type Ended = (reason: string) => void;

/** A client and its process; both end together. */
export class Client {
  readonly language: LanguageClient;
  private child: ChildProcess | undefined;
  private leaving = false;

  constructor(program: string, options: () => object, channel: LogOutputChannel, ended: Ended) {
    const start = () => this.spawn(program, ended);
    this.language = new Lean('costline', 'Costline', start, clientOptions(options, channel));
    this.language.registerFeature(new Greeting());
  }

  /** The commands that the server knows. */
  get commands(): string[] {
    return this.language.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  /** Asks the server to leave, and makes it. */
  async stop(): Promise<void> {
    this.leaving = true;
    const child = this.child;
    try {
      await this.language.dispose(1500);
    } catch {
      // It was not running, or did not answer.
    }
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
    }
  }

  private spawn(program: string, ended: Ended): Promise<ChildProcess> {
    return new Promise((resolve, reject) => {
      // No workspace is the working directory: the server needs none, and holds none busy.
      const child = spawn(program, ['lsp', '--stdio'], { cwd: homedir(), windowsHide: true });
      this.child = child;
      child.once('spawn', () => resolve(child));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (!this.leaving) {
          ended(signal ? `the server was ended by ${signal}` : `the server ended with code ${code}`);
        }
      });
    });
  }
}

function clientOptions(options: () => object, channel: LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector: [],
    outputChannel: channel,
    traceOutputChannel: channel,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: options,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      // A new client takes the place of one whose server ended.
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
  };
}

/** A client without anything about documents: it hears of no keystroke, and leaves the names of our commands to us. */
class Lean extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if (!('registrationType' in feature) || feature.registrationType.method === 'workspace/didChangeWorkspaceFolders') {
      super.registerFeature(feature);
    }
  }
}

/** Says that this client understands our notifications. */
class Greeting implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental as object), costline: { version: 1 } };
  }

  initialize(): void {}

  getState(): FeatureState {
    return { kind: 'static' };
  }

  clear(): void {}
}
