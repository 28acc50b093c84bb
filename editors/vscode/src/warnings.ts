// Warnings of the server, as messages of the focused window.

import * as vscode from 'vscode';
import { METHODS, type Warning } from './contract.ts';
import { message, type Server, type Told } from './server.ts';
import { notifications } from './settings.ts';
import { isShown } from './view.ts';

/** Where all windows remember which warnings were shown. */
const SHOWN = 'costline.shownWarnings';
/** So many are remembered. */
const REMEMBERED = 100;
/** A warning that no focused window has shown for so long is not news any more. */
const FRESH = 30 * 60_000;

const OPEN = 'Open Breakdown';
const SNOOZE = 'Snooze';
const CHANGE = 'Change Budget';
const ACKNOWLEDGE = 'Acknowledge';

/** Shows each warning in one window: that which has the focus, or the first that gets it. */
export class Warnings implements vscode.Disposable {
  private readonly waiting = new Map<string, { told: Told; at: number }>();
  private readonly listeners: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly memory: vscode.Memento,
    private readonly channel: vscode.LogOutputChannel,
  ) {
    this.listeners = [
      server.onDidWarn(told => this.take(told)),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && this.showAll()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.listeners).dispose();
  }

  private take(told: Told): void {
    this.channel.info(`warning: ${told.warning.message}`);
    if (isShown(told.warning.severity, notifications())) {
      // A number alone may come again when the database is made anew.
      const { id, message: text } = told.warning;
      this.waiting.set(`${told.method} ${id} ${text}`, { told, at: Date.now() });
      if (vscode.window.state.focused) {
        this.showAll();
      }
    }
  }

  private showAll(): void {
    const shown = this.memory.get<string[]>(SHOWN, []);
    const now: string[] = [];
    for (const [id, { told, at }] of this.waiting) {
      if (!shown.includes(id) && Date.now() - at < FRESH) {
        now.push(id);
        void this.show(told);
      }
    }
    this.waiting.clear();
    if (now.length > 0) {
      void this.memory.update(SHOWN, [...shown, ...now].slice(-REMEMBERED));
    }
  }

  private async show({ method, warning }: Told): Promise<void> {
    const actions = this.actions(method, warning);
    const show = warning.severity === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const chosen = await show(words(warning), ...actions.keys());
    try {
      await (chosen && actions.get(chosen)?.());
    } catch (error) {
      void vscode.window.showErrorMessage(`Costline: ${message(error)}`);
    }
  }

  /** What can be done, by what its button says: what every warning offers, and what the server adds. */
  private actions(method: string, { id, actions }: Warning): Map<string, () => Thenable<unknown>> {
    const all = new Map<string, () => Thenable<unknown>>();
    all.set(OPEN, () => vscode.commands.executeCommand('costline.showBreakdown'));
    all.set(SNOOZE, () => this.server.execute('costline.snoozeAlert', { id }));
    if (method === METHODS.budgetWarning) {
      all.set(CHANGE, () => vscode.commands.executeCommand('costline.setBudget'));
    }
    all.set(ACKNOWLEDGE, () => this.server.execute('costline.acknowledgeAlert', { id }));
    for (const { title, command, arguments: given } of actions ?? []) {
      if (!USUAL.includes(command)) {
        all.set(title, () => this.server.execute(command, given?.[0] as object | undefined));
      }
    }
    return all;
  }
}

/** What is offered anyway. */
const USUAL = ['costline.showBreakdown', 'costline.setBudget', 'costline.snoozeAlert', 'costline.acknowledgeAlert'];

function words({ title, message: text }: Warning): string {
  return title && !text.startsWith(title) ? `${title}: ${text}` : text;
}
