// The page of the breakdown: keeps its place, asks for its report, and draws it anew when something changes.

import { randomBytes } from 'node:crypto';
import script from 'page:script';
import style from 'page:style';
import * as vscode from 'vscode';
import { above, csv, HOME, opened, type Place, page, query, type Said, type Shown } from './breakdown.ts';
import type { Row } from './contract.ts';
import { message, type Server } from './server.ts';

const TYPE = 'costline.breakdown';
/** The page is drawn at most so often. */
const PAUSE = 1_000;

/** The page; there is one at most in a window. */
export class Panel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private place = HOME;
  private rows: Row[] = [];
  private drawnAt = 0;
  private waiting: NodeJS.Timeout | undefined;
  private round = 0;
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly extension: vscode.Uri,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(TYPE, {
      deserializeWebviewPanel: async panel => this.adopt(panel),
    });
  }

  /** Shows the page, by another key where one is given. */
  show(by?: string): void {
    if (by) {
      this.place = { ...HOME, by, span: this.place.span };
    }
    if (this.panel) {
      this.panel.reveal();
      void this.draw();
    } else {
      this.adopt(vscode.window.createWebviewPanel(TYPE, 'Costline', vscode.ViewColumn.Active, {}));
    }
  }

  /** Draws anew what can be seen: at once after a pause, else when a second has passed. */
  update(): void {
    if (this.panel?.visible && !this.waiting) {
      const pause = Math.max(0, this.drawnAt + PAUSE - Date.now());
      this.waiting = setTimeout(() => {
        this.waiting = undefined;
        void this.draw();
      }, pause);
    }
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.serializer.dispose();
    this.panel?.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.title = 'Costline';
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media', 'icon.png');
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    panel.onDidChangeViewState(() => this.update());
    panel.webview.onDidReceiveMessage((said: Said) => this.hear(said));
    panel.webview.html = html(randomBytes(16).toString('base64'));
  }

  private async hear(said: Said): Promise<void> {
    switch (said.say) {
      case 'ready':
        this.place = said.place ?? this.place;
        break;
      case 'key':
        this.place = { ...this.place, by: said.id };
        break;
      case 'span':
        this.place = { ...this.place, span: said.id, day: undefined };
        break;
      case 'trail':
        this.place =
          said.id === '' ? { ...HOME, span: this.place.span } : { ...this.place, by: 'model', day: undefined };
        break;
      case 'up':
        this.place = above(this.place);
        break;
      case 'open':
        await this.open(said.id);
        break;
      case 'csv':
        await this.copy();
        return;
      case 'refresh':
        await vscode.commands.executeCommand('costline.refresh');
        break;
    }
    await this.draw();
  }

  private async open(key: string): Promise<void> {
    if (this.place.by === 'session') {
      await vscode.commands.executeCommand('costline.openSession', key);
    } else {
      this.place = opened(this.place, key);
    }
  }

  private async copy(): Promise<void> {
    await vscode.env.clipboard.writeText(csv(this.place.by, this.rows));
    vscode.window.setStatusBarMessage(`Costline: ${this.rows.length} rows are copied as CSV`, 4_000);
  }

  private async draw(): Promise<void> {
    const round = ++this.round;
    const { panel, place } = this;
    this.drawnAt = Date.now();
    const shown = await this.ask(place);
    // Another question has been asked meanwhile: its answer is the one to show.
    if (round === this.round && panel === this.panel) {
      await panel?.webview.postMessage(shown);
    }
  }

  private async ask(place: Place): Promise<Shown> {
    const { link } = this.server.view;
    if (link.kind === 'lost') {
      return { trouble: `Disconnected: ${link.reason}` };
    }
    try {
      const { generatedAt } = await this.server.now();
      const monday = place.span === 'week' ? await this.week(generatedAt) : '';
      const report = await this.server.report(query(place, generatedAt, monday));
      this.rows = report.rows;
      return { page: page(place, report, this.server.view.status), place };
    } catch (error) {
      return { trouble: message(error) };
    }
  }

  /** The first day of this week, as the server's settings have it. */
  private async week(now: string): Promise<string> {
    const [latest] = (await this.server.report({ by: 'week', limit: 1 })).rows;
    const used = (this.server.view.status?.week.messages ?? 0) > 0;
    return used && latest ? latest.key : now.slice(0, 10);
  }
}

function html(nonce: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Costline</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main id="page" aria-busy="true"><p class="quiet">Costline is reading…</p></main>
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}
