// Setting a budget, step by step.

import * as vscode from 'vscode';
import { amount } from './amount.ts';
import type { Budget, NewBudget, Period } from './contract.ts';
import type { Server } from './server.ts';
import { baseName, percent, usd, window } from './wording.ts';

type Choice<T> = vscode.QuickPickItem & { value: T };

const PERIODS: Choice<Period>[] = [
  { label: 'Day', value: 'day' },
  { label: 'Week', value: 'week' },
  { label: 'Month', value: 'month' },
  { label: '5-hour window', value: 'block' },
  { label: 'Session', value: 'session', description: 'each session by itself' },
  { label: 'Billing cycle', value: 'cycle' },
];

/** Asks for a budget and sets it, or removes one. Gives up in silence when a question is not answered. */
export async function guide(server: Server): Promise<void> {
  const present = (server.view.status?.budgets ?? []).filter(({ id }) => id !== undefined && id !== null);
  const first = await pick('What is the budget for?', [...PERIODS, ...present.map(removal)]);
  if (!first) {
    return;
  }
  if (typeof first === 'object') {
    await server.execute('costline.removeBudget', { id: first.id });
    void vscode.window.showInformationMessage(`The budget of ${usd(first.limitUsd)} is removed.`);
    return;
  }
  const limit = await limitOf(first);
  const scope = limit === undefined ? undefined : await pick('What counts?', scopes(server));
  const hard = scope === undefined ? undefined : await pick('What happens beyond it?', BEYOND);
  if (limit === undefined || scope === undefined || hard === undefined) {
    return;
  }
  const budget: NewBudget = { period: first, limitUsd: limit, ...scope, ...(hard ? { hard } : {}) };
  await server.execute('costline.setBudget', budget);
  void vscode.window.showInformationMessage(`The budget is set: ${usd(limit)} for ${window(first).toLowerCase()}.`);
}

const BEYOND: Choice<boolean>[] = [
  { label: 'Warn', value: false, description: 'the status bar changes its colour, and a message comes' },
  {
    label: 'Warn and stop',
    value: true,
    description: 'prompts are refused where Costline is set up as a hook of Claude Code',
  },
];

function removal(budget: Budget): Choice<Period | Budget> {
  const { period, scope, name, limitUsd, spentUsd, usedPercent } = budget;
  const spent = `${usd(spentUsd)} (${percent(usedPercent)}) is spent`;
  return {
    label: `$(trash) Remove: ${window(period)}, ${usd(limitUsd)}`,
    description: scope === 'all' ? spent : `${scope} ${name ?? ''}, ${spent}`,
    value: budget,
  };
}

async function limitOf(period: Period): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: `${window(period)}: how many US dollars?`,
    placeHolder: '10.00',
    ignoreFocusOut: true,
    validateInput: value =>
      value && amount(value) === undefined ? 'An amount of dollars such as 10 or 12.50' : undefined,
  });
  return text === undefined ? undefined : amount(text);
}

function scopes(server: Server): Choice<Partial<NewBudget>>[] {
  const { workspace, sessions } = server.view.status ?? {};
  const choices: Choice<Partial<NewBudget>>[] = [{ label: 'Everything', value: {} }];
  if (workspace?.project) {
    choices.push({
      label: `Project ${baseName(workspace.project)}`,
      description: workspace.project,
      value: { project: workspace.project },
    });
  }
  const models = new Set((sessions ?? []).flatMap(({ model }) => model ?? []));
  for (const model of models) {
    choices.push({ label: `Model ${model}`, value: { model } });
  }
  const branches = new Set((sessions ?? []).flatMap(({ branch }) => branch ?? []));
  for (const branch of branches) {
    choices.push({ label: `Branch ${branch}`, value: { branch } });
  }
  return choices;
}

async function pick<T>(title: string, choices: Choice<T>[]): Promise<T | undefined> {
  const chosen = await vscode.window.showQuickPick(choices, { title, ignoreFocusOut: true });
  return chosen?.value;
}
