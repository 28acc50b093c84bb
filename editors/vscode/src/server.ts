// The server as the rest of the extension sees it: a link that is mended by itself, and the newest status.

import * as vscode from 'vscode';
import type { Client } from './client.ts';
import { METHODS, type Query, type Report, type Row, type Status, type Warning } from './contract.ts';
import { find, places } from './program.ts';
import { serverOptions, serverPath } from './settings.ts';
import type { Link, View } from './view.ts';

/** How long after an end the server is started again: sooner at first, then by and by. */
const PAUSES = [0, 1_000, 3_000, 10_000, 30_000];
/** A server that lived so long has earned a new first start. */
const STEADY = 60_000;
/** How often a silent server is asked whether it is there. */
const HEARTBEAT = 60_000;
/** How long an answer may take before the server counts as gone. */
const PATIENCE = 15_000;
/** Today by hour is asked for at most so often. */
const HOURS = 60_000;

/** A warning, and which message told it. */
export type Told = { method: string; warning: Warning };

/** The server, whether it runs or not. */
export class Server implements vscode.Disposable {
  private client: Client | undefined;
  private link: Link = { kind: 'starting' };
  private status: Status | undefined;
  private hours: Row[] = [];
  private hoursAt = 0;
  private program: string | undefined;
  private ends = 0;
  private startedAt = 0;
  private round = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly warnings = new vscode.EventEmitter<Told>();

  /** Something that is shown has changed. */
  readonly onDidChange = this.changes.event;
  /** The server warns. */
  readonly onDidWarn = this.warnings.event;

  constructor(
    private readonly extension: string,
    private readonly channel: vscode.LogOutputChannel,
  ) {}

  /** What there is to show. */
  get view(): View {
    return { link: this.link, status: this.status, hours: this.hours };
  }

  /** Whether the server that runs knows a command. */
  knows(command: string): boolean {
    return this.client?.commands.includes(command) ?? false;
  }

  /** The program that runs, for its other commands; `undefined` where none was found. */
  get path(): string | undefined {
    return this.program;
  }

  /** Starts the server, whatever was before. */
  async start(): Promise<void> {
    const round = ++this.round;
    this.forget();
    const former = this.client;
    this.client = undefined;
    this.show({ kind: 'starting' });
    await former?.stop();
    const found = await find(places(serverPath(), this.extension));
    if (round !== this.round) {
      return;
    }
    if ('problem' in found) {
      this.program = undefined;
      this.fail(found.problem);
      return;
    }
    this.program = found.path;
    this.channel.info(`starting ${found.path}, version ${found.version.join('.')}`);
    await this.greet(found.path, round);
  }

  /** Starts it anew because somebody asked for it. */
  async restart(): Promise<void> {
    this.ends = 0;
    await this.start();
  }

  /** Asks the server. The error's message is the server's. */
  async ask<T>(method: string, parameters: unknown): Promise<T> {
    await this.settled();
    const client = this.client;
    if (!client || this.link.kind !== 'connected') {
      throw new Error(this.link.kind === 'failed' ? this.link.reason : 'Costline is not connected to its server.');
    }
    return client.language.sendRequest<T>(method, parameters);
  }

  /** Has the server carry out one of its commands. */
  async execute<T>(command: string, argument?: object): Promise<T> {
    return this.ask<T>('workspace/executeCommand', { command, arguments: argument ? [argument] : [] });
  }

  /** The newest status; asked for where none has come yet. */
  async now(): Promise<Status> {
    return this.status && this.link.kind === 'connected' ? this.status : this.ask<Status>(METHODS.getStatus, {});
  }

  /** A report. */
  async report(query: Query): Promise<Report> {
    return this.ask<Report>(METHODS.breakdown, query);
  }

  /** Tells the server the settings, which have changed. */
  async configure(): Promise<void> {
    if (this.link.kind === 'connected') {
      const settings = { settings: { costline: serverOptions() } };
      await this.client?.language.sendNotification('workspace/didChangeConfiguration', settings);
    }
  }

  async stop(): Promise<void> {
    this.round++;
    this.forget();
    await this.client?.stop();
    this.client = undefined;
  }

  dispose(): void {
    this.changes.dispose();
    this.warnings.dispose();
  }

  /** Waits while the server starts, but not for ever. */
  private async settled(): Promise<void> {
    if (this.link.kind === 'starting') {
      await new Promise<void>(resolve => {
        const done = () => {
          listener.dispose();
          clearTimeout(timer);
          resolve();
        };
        const listener = this.onDidChange(() => this.link.kind !== 'starting' && done());
        const timer = setTimeout(done, PATIENCE);
      });
    }
  }

  private async greet(program: string, round: number): Promise<void> {
    // The client is most of this extension: it is loaded when the window stands, not while it starts.
    const { Client } = await import('./client.ts');
    if (round !== this.round) {
      return;
    }
    const client = new Client(program, serverOptions, this.channel, reason => this.lose(round, reason));
    this.client = client;
    client.language.onNotification(METHODS.status, (status: Status) => this.take(round, status));
    for (const method of [METHODS.budgetWarning, METHODS.limitWarning, METHODS.alert]) {
      client.language.onNotification(method, (warning: Warning) => this.warnings.fire({ method, warning }));
    }
    this.startedAt = Date.now();
    try {
      await client.language.start();
    } catch (error) {
      this.lose(round, `the server could not be started: ${message(error)}`);
      return;
    }
    if (round === this.round) {
      this.show({ kind: 'connected' });
      this.later(HEARTBEAT, () => this.beat(round));
    }
  }

  private take(round: number, status: Status): void {
    if (round !== this.round) {
      return;
    }
    this.status = status;
    this.show({ kind: 'connected' });
    void this.askHours(round);
  }

  /** A server that hangs ends nothing: it is asked now and then whether it is there. */
  private async beat(round: number): Promise<void> {
    const answer = this.ask<Status>(METHODS.getStatus, {}).then(
      () => true,
      () => true,
    );
    const silence = new Promise<boolean>(resolve => this.later(PATIENCE, () => resolve(false)));
    if (await Promise.race([answer, silence])) {
      this.later(HEARTBEAT, () => this.beat(round));
    } else {
      this.lose(round, 'the server does not answer');
    }
  }

  /** The server is gone; a new one is started by and by. */
  private lose(round: number, reason: string): void {
    if (round !== this.round) {
      return;
    }
    this.round++;
    this.forget();
    const client = this.client;
    this.client = undefined;
    void client?.stop();
    this.channel.warn(reason);
    this.ends = Date.now() - this.startedAt > STEADY ? 1 : this.ends + 1;
    const pause = PAUSES[this.ends - 1];
    if (pause === undefined) {
      this.fail(`${reason}, for the ${this.ends}th time in a row.`);
      return;
    }
    this.show({ kind: 'lost', reason: `${reason}; it is being started again.` });
    // Even the first start leaves what was lost to be seen.
    this.later(Math.max(pause, 500), () => this.start());
  }

  private fail(reason: string): void {
    this.channel.error(reason);
    this.show({ kind: 'failed', reason });
  }

  private async askHours(round: number): Promise<void> {
    const status = this.status;
    if (!status || Date.now() - this.hoursAt < HOURS) {
      return;
    }
    this.hoursAt = Date.now();
    const today = status.generatedAt.slice(0, 10);
    try {
      const { rows } = await this.report({ by: 'hour', since: today, until: today });
      if (round === this.round) {
        this.hours = rows;
        this.changes.fire();
      }
    } catch (error) {
      this.channel.debug(`the hours of today are not known: ${message(error)}`);
    }
  }

  private show(link: Link): void {
    this.link = link;
    void vscode.commands.executeCommand('setContext', 'costline.connected', link.kind === 'connected');
    this.changes.fire();
  }

  private later(time: number, act: () => unknown): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, time);
    this.timers.add(timer);
  }

  private forget(): void {
    for (const timer of this.timers) {
      clearTimeout(timer);
    }
    this.timers.clear();
    this.hoursAt = 0;
  }
}

/** What an error says. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
