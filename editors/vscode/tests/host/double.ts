// With a double of the server, which says what it is told to and remembers what it heard: what the contract names, and the
// server that runs beside the tests may lack yet.

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { status } from '../unit/example.ts';
import type { Tests } from './all.ts';
import { connection, extension, set, until, user } from './bench.ts';

type Heard = { method?: string; params?: Record<string, unknown> };

const COMMANDS = ['costline.setBudget', 'costline.removeBudget', 'costline.snoozeAlert', 'costline.acknowledgeAlert'];

/** The double: a program of its own that the extension starts as it would the server. */
class Double {
  heard: Heard[] = [];
  private socket: Socket | undefined;

  /** Has the extension start the double. */
  static async start(commands: string[] = COMMANDS): Promise<Double> {
    const double = new Double();
    const place = join(homedir(), `double-${Date.now()}`);
    writeFileSync(place, `#!${process.execPath}\n(${program})(${JSON.stringify([`${place}.sock`, commands])})\n`);
    chmodSync(place, 0o755);
    await set('server.path', place);
    await connection('connected');
    double.socket = createConnection(`${place}.sock`);
    let rest = '';
    double.socket.on('data', data => {
      const lines = (rest + data).split('\n');
      rest = lines.pop() ?? '';
      double.heard.push(...lines.map(line => JSON.parse(line) as Heard));
    });
    await double.hears('initialized');
    return double;
  }

  /** Has it tell something to the extension. */
  say(method: string, params: object): void {
    this.socket?.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`);
  }

  /** Waits until it hears something. */
  async hears(method: string, params?: object): Promise<Heard> {
    const fits = (heard: Heard) => heard.method === method && (!params || same(heard.params, params));
    try {
      await until(`${method} is heard`, () => this.heard.some(fits));
    } catch (error) {
      throw new Error(`${error}; heard: ${JSON.stringify(this.heard.slice(-5))}`);
    }
    return this.heard.find(fits) ?? {};
  }

  async stop(): Promise<void> {
    this.socket?.destroy();
    await set('server.path', undefined);
    await connection('connected');
  }
}

export const double: Tests = {
  'the greeting says what we understand, and asks for no document': async () => {
    const server = await Double.start();
    const { params } = await server.hears('initialize');
    const capabilities = params?.capabilities as Record<string, unknown>;
    assert.deepEqual(capabilities.experimental, { costline: { version: 1 } });
    assert.equal((capabilities.textDocument as Record<string, unknown> | undefined)?.synchronization, undefined);
    assert.deepEqual(params?.initializationOptions, { status: { parts: null, separator: null } });
    assert.equal((params?.workspaceFolders as unknown[] | undefined)?.length, 1);
    await server.stop();
  },

  'typing in a large file sends nothing': async () => {
    const server = await Double.start();
    const content = `${'const line = "of a large file";\n'.repeat(50_000)}`;
    const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content });
    await vscode.window.showTextDocument(document);
    server.say('costline/status', status({ text: '$7.00' }));
    const api = await extension();
    await until('the status is taken', () => api.status().status?.text === '$7.00');
    // The one question for today by hour follows a status.
    await server.hears('costline/breakdown');
    const before = server.heard.length;
    for (const letter of 'The quick brown fox jumps over the lazy dog.') {
      await vscode.commands.executeCommand('type', { text: letter });
    }
    assert.ok(document.getText().startsWith('The quick brown fox'));
    server.say('costline/status', status({ text: '$8.00' }));
    await until('the next status is taken', () => api.status().status?.text === '$8.00');
    assert.deepEqual(server.heard.slice(before), [], 'nothing was heard meanwhile');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await server.stop();
  },

  'what an editor may set is told, and nothing else': async () => {
    const server = await Double.start();
    await set('status.parts', ['context']);
    await server.hears('workspace/didChangeConfiguration', {
      settings: { costline: { status: { parts: ['context'], separator: null } } },
    });
    const before = server.heard.length;
    await set('statusBar.compact', true);
    await set('statusBar.compact', undefined);
    await set('status.parts', undefined);
    await server.hears('workspace/didChangeConfiguration', {
      settings: { costline: { status: { parts: null, separator: null } } },
    });
    const later = server.heard.slice(before).filter(({ method }) => method !== '$/setTrace');
    assert.equal(later.length, 1, JSON.stringify(later));
    await server.stop();
  },

  'a budget is set step by step': async () => {
    const server = await Double.start();
    const project = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const workspace = { project, todayUsd: 1, session: null, context: null };
    server.say('costline/status', status({ text: 'ready', workspace }));
    const api = await extension();
    await until('the status is taken', () => api.status().status?.text === 'ready');
    const { asked, leave } = user('Day', '12,50', 'Project', 'Warn and stop');
    await vscode.commands.executeCommand('costline.setBudget');
    leave();
    const budget = { period: 'day', limitUsd: 12.5, project, hard: true };
    await server.hears('workspace/executeCommand', { command: 'costline.setBudget', arguments: [budget] });
    assert.equal(asked.at(-1)?.what, 'The budget is set: $12.50 for day.');
    await server.stop();
  },

  'a budget is removed, and a question that is not answered changes nothing': async () => {
    const server = await Double.start();
    const budgets = [
      { id: 7, scope: 'all', period: 'week', limitUsd: 50, spentUsd: 5, usedPercent: 10, severity: 'ok' },
    ];
    server.say('costline/status', status({ text: 'budgets', budgets }));
    const api = await extension();
    await until('the status is taken', () => api.status().status?.text === 'budgets');
    const first = user('Month', undefined);
    await vscode.commands.executeCommand('costline.setBudget');
    first.leave();
    const second = user('Remove: Week');
    await vscode.commands.executeCommand('costline.setBudget');
    second.leave();
    await server.hears('workspace/executeCommand', { command: 'costline.removeBudget', arguments: [{ id: 7 }] });
    assert.equal(server.heard.filter(({ method }) => method === 'workspace/executeCommand').length, 1);
    await server.stop();
  },

  'a warning is one message, with actions': async () => {
    const server = await Double.start();
    await until('the window has the focus', () => vscode.window.state.focused);
    const id = `day-80-${Date.now()}`;
    const warning = { id, scope: 'all', period: 'day', severity: 'warning', message: '80% of $10.00 is spent.' };
    const { asked, leave } = user('Snooze');
    server.say('costline/budgetWarning', { ...warning, id: `${id}-info`, severity: 'info' });
    server.say('costline/budgetWarning', warning);
    await server.hears('workspace/executeCommand', { command: 'costline.snoozeAlert', arguments: [{ id }] });
    server.say('costline/budgetWarning', warning);
    server.say('costline/alert', {
      id: `${id}-alert`,
      rule: 'x',
      severity: 'error',
      title: 'Pace',
      message: 'Too fast.',
      actions: [{ title: 'Look Again', command: 'costline.refresh', arguments: [] }],
    });
    await until('the alert is shown', () => asked.length === 2);
    leave();
    assert.deepEqual(asked, [
      {
        how: 'warning',
        what: '80% of $10.00 is spent.',
        offers: ['Open Breakdown', 'Snooze', 'Change Budget', 'Acknowledge'],
      },
      { how: 'error', what: 'Pace: Too fast.', offers: ['Open Breakdown', 'Snooze', 'Acknowledge', 'Look Again'] },
    ]);
    await server.stop();
  },

  'warnings are acknowledged, and can be switched off': async () => {
    const server = await Double.start();
    const id = `five-${Date.now()}`;
    const warning = {
      id,
      window: 'fiveHour',
      usedPercent: 91,
      thresholdPercent: 90,
      resetsAt: null,
      message: '91% of 5 hours.',
    };
    const first = user('Acknowledge');
    server.say('costline/limitWarning', warning);
    await server.hears('workspace/executeCommand', { command: 'costline.acknowledgeAlert', arguments: [{ id }] });
    first.leave();
    await set('notifications', 'none');
    const second = user();
    server.say('costline/limitWarning', { ...warning, id: `${id}-b` });
    server.say('costline/status', status({ text: 'after' }));
    const api = await extension();
    await until('what follows is taken', () => api.status().status?.text === 'after');
    second.leave();
    await set('notifications', undefined);
    assert.deepEqual(second.asked, []);
    await server.stop();
  },

  'what the server cannot do is said': async () => {
    const server = await Double.start([]);
    const { asked, leave } = user();
    await vscode.commands.executeCommand('costline.openDashboard');
    await vscode.commands.executeCommand('costline.setBudget');
    await vscode.commands.executeCommand('costline.refresh');
    leave();
    assert.deepEqual(
      asked.map(({ how, what }) => [how, what]),
      [
        [
          'error',
          'Costline: the server that runs has no costline.openDashboard: it is of a version without a dashboard. Update costline.',
        ],
        [
          'error',
          'Costline: the server that runs has no costline.setBudget: it is of a version without budgets. Update costline.',
        ],
        ['error', 'Costline: there is no command costline.refresh'],
      ],
    );
    await server.stop();
  },
};

function same(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

/** The double's program, as text: it runs by itself and knows nothing of this file. */
const program = `function main([place, commands]) {
  if (process.argv[2] === '--version') return console.log('costline 0.1.0 (double)');
  const listeners = [];
  const history = [];
  const told = [];
  const send = message => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    process.stdout.write('Content-Length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body);
  };
  require('node:net').createServer(socket => {
    listeners.push(socket);
    socket.on('error', () => {});
    for (const line of history) socket.write(line);
    let rest = '';
    socket.on('data', data => {
      const lines = (rest + data).split('\\n');
      rest = lines.pop();
      for (const line of lines) send(JSON.parse(line));
    });
  }).listen(place);
  const hear = message => {
    const line = JSON.stringify(message) + '\\n';
    history.push(line);
    for (const socket of listeners) socket.write(line);
    if (message.method === 'exit') process.exit(0);
    if (message.id === undefined || message.method === undefined) return;
    const { id, method, params } = message;
    if (method === 'initialize') {
      send({ id, result: { capabilities: { executeCommandProvider: { commands } }, serverInfo: { name: 'costline' } } });
    } else if (method === 'workspace/executeCommand' && !commands.includes(params.command)) {
      send({ id, error: { code: -32602, message: 'there is no command ' + params.command } });
    } else if (method === 'costline/breakdown') {
      send({ id, result: { totals: {}, rows: [], since: null, until: null, timezone: 'UTC' } });
    } else {
      send({ id, result: null });
    }
  };
  let input = Buffer.alloc(0);
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('data', data => {
    input = Buffer.concat([input, data]);
    for (;;) {
      const end = input.indexOf('\\r\\n\\r\\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\\d+)/.exec(input.subarray(0, end))[1]);
      if (input.length < end + 4 + length) return;
      hear(JSON.parse(input.subarray(end + 4, end + 4 + length)));
      input = input.subarray(end + 4 + length);
    }
  });
}`;
