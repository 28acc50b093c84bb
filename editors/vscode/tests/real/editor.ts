// The real VS Code, served to a real browser.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type BrowserContext, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import type { House } from './house.ts';

/** Nothing is waited for longer. */
export const PATIENCE = 90_000;

const SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.hover.delay': 100,
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/** VS Code's own server with the settings given, and one extension where one is named. */
export class Editor {
  private static readonly running: ChildProcess[] = [];
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(house: House, name: string, options: { vsix?: string; restricted: boolean }): Promise<Editor> {
    const port = await freePort();
    const data = join(house.home, name);
    const settings = { ...SETTINGS, 'security.workspace.trust.enabled': options.restricted };
    mkdirSync(join(data, 'ud/data/Machine'), { recursive: true });
    mkdirSync(join(data, 'ud/data/User'), { recursive: true });
    writeFileSync(join(data, 'ud/data/Machine/settings.json'), JSON.stringify(settings));
    writeFileSync(join(data, 'ud/data/User/settings.json'), JSON.stringify(settings));
    const folders = ['--server-data-dir', join(data, 'ud'), '--extensions-dir', join(data, 'ext')];
    const gallery = JSON.stringify({ serviceUrl: '', itemUrl: '', resourceUrlTemplate: '' });
    const env = { ...house.environment, EXTENSIONS_GALLERY: gallery };
    if (options.vsix) {
      await end(run(['--accept-server-license-terms', ...folders, '--install-extension', options.vsix], env));
    }
    const listen = ['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'];
    const child = run(
      [
        '--accept-server-license-terms',
        ...listen,
        ...folders,
        '--telemetry-level',
        'off',
        '--enable-smoke-test-driver',
      ],
      env,
    );
    Editor.running.push(child);
    const url = `http://127.0.0.1:${port}`;
    await until('VS Code answers', async () => (await fetch(`${url}/version`)).ok);
    return new Editor(url);
  }

  /** Ends them without a wait. */
  static abandon(): void {
    for (const { pid = 0 } of Editor.running.filter(({ pid: id }) => id)) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }

  /** Ends every server of VS Code that was started, and every process that it started. */
  static async stopAll(): Promise<void> {
    await Promise.all(Editor.running.splice(0).map(kill));
  }
}

/** The browser; each window of VS Code is a page of it. */
export async function browser(house: House): Promise<BrowserContext> {
  return chromium.launchPersistentContext(join(house.home, 'browser'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1200, height: 760 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A window of VS Code. */
export class Window {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens a folder. `before` may prepare the page. */
  static async open(context: BrowserContext, url: string, query: string, before?: (page: Page) => Promise<void>) {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await before?.(page);
    await page.goto(`${url}/?${query}`);
    return new Window(page);
  }

  /** Our item in the status bar. */
  get item(): Locator {
    return this.page.locator('[id="costline.costline.status"]');
  }

  /** The document of our page. */
  get breakdown(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  async text(): Promise<string> {
    return ((await this.item.textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();
  }

  /** Waits until the item says what is expected. */
  async says(expected: string | RegExp): Promise<void> {
    const fits = (text: string) => (typeof expected === 'string' ? text === expected : expected.test(text));
    let last = 'nothing';
    await until(
      () => `the item says ${expected}; it says ${last}`,
      async () => {
        last = await this.text();
        return fits(last);
      },
    );
  }

  /** Runs a command from the palette. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input');
    await until('the palette is there', async () => {
      // A window that has only just come does not hear its first keys.
      await this.page.keyboard.press('F1');
      await input.waitFor({ timeout: 3_000 });
      return true;
    });
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  /** Answers a question at the top, once it is asked. */
  async answer(question: string, text: string): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: question }).waitFor();
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    await input.fill(text);
    await this.page.keyboard.press('Enter');
  }
}

/** Waits until something holds; what fails in between does not hold. */
export async function until(what: string | (() => string), holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    if (await holds().catch(() => false)) {
      return;
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 25));
  }
}

/** A process group of its own, so that all of it can be ended. */
function run(args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const main = join(import.meta.dirname, 'node_modules/code-server/lib/vscode/out/server-main.js');
  return spawn(process.execPath, [main, ...args], {
    env,
    detached: true,
    stdio: process.env.NOISY ? 'inherit' : 'ignore',
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`VS Code's server ended with ${code}`))));
  });
}

/** However this process ends, what it started ends with it. */
process.on('exit', () => Editor.abandon());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

async function kill(child: ChildProcess): Promise<void> {
  const group = -(child.pid ?? 0);
  const lives = () => {
    try {
      process.kill(group, 0);
      return true;
    } catch {
      return false;
    }
  };
  if (group !== 0 && lives()) {
    process.kill(group, 'SIGTERM');
    const end = Date.now() + 5_000;
    while (lives() && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    if (lives()) {
      process.kill(group, 'SIGKILL');
    }
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
