// The commands of the palette, and those that the tooltip and messages call.

import * as vscode from 'vscode';
import { guide } from './budget.ts';
import type { Examination, Session } from './contract.ts';
import { diagnosis } from './diagnosis.ts';
import type { Documents } from './documents.ts';
import type { Panel } from './panel.ts';
import { run } from './program.ts';
import { message, type Server } from './server.ts';
import { bar, iconless, model, percent, usd, when } from './wording.ts';

/** What commands work on. */
export type Parts = {
  server: Server;
  panel: Panel;
  documents: Documents;
  channel: vscode.LogOutputChannel;
};

/** Registers all commands. What fails in one is said in a message. */
export function commands(parts: Parts): vscode.Disposable {
  const { server, panel, channel } = parts;
  const all: Record<string, (...given: unknown[]) => unknown> = {
    'costline.showBreakdown': () => panel.show(),
    'costline.showSessions': () => sessions(parts),
    'costline.showReport': () => known(server, 'costline.showReport', 'a report', () => report(parts)),
    'costline.openSession': id => session(parts, id),
    'costline.setBudget': () => known(server, 'costline.setBudget', 'budgets', () => guide(server)),
    'costline.openDashboard': () => known(server, 'costline.openDashboard', 'a dashboard', () => dashboard(server)),
    'costline.doctor': () => doctor(parts),
    'costline.refresh': () => server.execute('costline.refresh'),
    'costline.restartServer': () => server.restart(),
    'costline.showLog': () => channel.show(),
    'costline.getStarted': () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', 'costline.costline#start', false),
    'costline.wayOut': () => wayOut(server),
  };
  const registered = Object.entries(all).map(([name, act]) => vscode.commands.registerCommand(name, told(act)));
  return vscode.Disposable.from(...registered);
}

/** Says why there is no server, and offers the ways out. */
export async function wayOut(server: Server): Promise<void> {
  const { link } = server.view;
  if (link.kind !== 'failed') {
    return;
  }
  const [choose, again, log] = ['Choose the Program', 'Try Again', 'Show Log'];
  const chosen = await vscode.window.showErrorMessage(`Costline: ${link.reason}`, choose, again, log);
  if (chosen === choose) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'costline.server.path');
  } else if (chosen === again) {
    await server.restart();
  } else if (chosen === log) {
    await vscode.commands.executeCommand('costline.showLog');
  }
}

function told(act: (...given: unknown[]) => unknown): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    try {
      await act(...given);
    } catch (error) {
      void vscode.window.showErrorMessage(`Costline: ${message(error)}`);
    }
  };
}

/** Does what needs a command of the server, or says that this server has none. */
async function known(server: Server, command: string, what: string, act: () => Promise<void>): Promise<void> {
  if (server.view.link.kind === 'connected' && !server.knows(command)) {
    throw new Error(`the server that runs has no ${command}: it is of a version without ${what}. Update costline.`);
  }
  await act();
}

async function dashboard(server: Server): Promise<void> {
  const answer = await server.execute<unknown>('costline.openDashboard');
  const link = typeof answer === 'string' ? answer : (answer as { url?: unknown } | null)?.url;
  if (typeof link === 'string') {
    await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(link, true)));
  }
}

async function report({ server, documents }: Parts): Promise<void> {
  const text = await server.execute<string>('costline.showReport', { format: 'markdown' });
  await documents.show('Costline report.md', text);
}

async function doctor({ server, documents }: Parts): Promise<void> {
  if (server.view.link.kind === 'failed') {
    await wayOut(server);
    return;
  }
  const found = await server.execute<Examination>('costline.doctor');
  await documents.show('Costline doctor.md', diagnosis(found));
}

async function sessions(parts: Parts): Promise<void> {
  const { status } = parts.server.view;
  if (!status) {
    throw new Error('the sessions are not known yet.');
  }
  type Choice = vscode.QuickPickItem & { id?: string };
  const choices: Choice[] = status.sessions.map(session => ({
    ...choice(session, status.generatedAt),
    id: session.id,
  }));
  const all: Choice = { label: '$(graph) All sessions in the breakdown' };
  const title = `Sessions of this window's folders: ${usd(status.workspace.todayUsd)} today`;
  const chosen = await vscode.window.showQuickPick([...choices, all], { title, matchOnDescription: true });
  if (chosen?.id) {
    await session(parts, chosen.id);
  } else if (chosen) {
    parts.panel.show('session');
  }
}

function choice({ title, id, state, model: name, branch, costUsd, context, lastActivityAt }: Session, now: string) {
  const icon = state === 'active' ? '$(circle-filled)' : '$(circle-outline)';
  const used = context.usedPercent === null ? '' : ` · ctx ${bar(context.usedPercent)} ${percent(context.usedPercent)}`;
  return {
    label: `${icon} ${iconless(title ?? id.slice(0, 8))}`,
    description: `${usd(costUsd)}${used}`,
    detail: [model(name), branch, state, when(lastActivityAt, now)].filter(Boolean).join(' · '),
  };
}

/** Shows one session in full, as `costline session` writes it. */
async function session({ server, documents }: Parts, id: unknown): Promise<void> {
  if (typeof id !== 'string' || !/^\w[\w-]*$/.test(id)) {
    throw new Error('a session is opened by its id.');
  }
  if (!server.path) {
    throw new Error('there is no costline program to ask.');
  }
  const answer = await run(server.path, ['session', id, '--color', 'never']);
  if ('problem' in answer) {
    throw new Error(answer.problem.replace(/^costline: /, ''));
  }
  await documents.show(`Session ${id.slice(0, 8)}.txt`, answer.output);
}
