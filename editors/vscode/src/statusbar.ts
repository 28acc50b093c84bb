// The item in the status bar.

import * as vscode from 'vscode';
import { label } from './label.ts';
import type { Server } from './server.ts';
import { place, taste } from './settings.ts';
import { LINKS, tooltip } from './tooltip.ts';

/** Shows the server's status, and what becomes of the server. */
export class StatusBar implements vscode.Disposable {
  private item: vscode.StatusBarItem;
  private where = place();
  private shown = '';

  constructor(private readonly server: Server) {
    this.item = this.make();
    this.update();
  }

  /** Shows what there is now. */
  update(): void {
    const { item, server } = this;
    const { view } = server;
    const words = label(view, taste());
    if (!words) {
      item.hide();
      return;
    }
    item.text = words.text;
    item.accessibilityInformation = { label: words.spoken, role: 'button' };
    item.backgroundColor = words.background && new vscode.ThemeColor(`statusBarItem.${words.background}Background`);
    item.color = words.faded ? new vscode.ThemeColor('disabledForeground') : undefined;
    item.command = view.link.kind === 'failed' ? 'costline.wayOut' : 'costline.showBreakdown';
    const text = tooltip(view);
    // The same tooltip set anew would close the one that is being read.
    if (text !== this.shown) {
      this.shown = text;
      const markdown = new vscode.MarkdownString(text, true);
      markdown.isTrusted = { enabledCommands: LINKS };
      item.tooltip = markdown;
    }
    item.show();
  }

  /** Takes up other settings. */
  configure(): void {
    const where = place();
    if (where.side !== this.where.side || where.priority !== this.where.priority) {
      this.where = where;
      this.item.dispose();
      this.item = this.make();
      this.shown = '';
    }
    this.update();
  }

  dispose(): void {
    this.item.dispose();
  }

  private make(): vscode.StatusBarItem {
    const { side, priority } = this.where;
    const alignment = side === 'left' ? vscode.StatusBarAlignment.Left : vscode.StatusBarAlignment.Right;
    const item = vscode.window.createStatusBarItem('status', alignment, priority);
    item.name = 'Costline';
    return item;
  }
}
