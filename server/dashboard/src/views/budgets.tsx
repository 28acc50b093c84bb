// Budgets and the plan's limits: how much is used, and when they begin anew.

import { useSignal } from '@preact/signals';
import { send } from '../api.ts';
import { ago, ahead, cut, dollars, exact, folder, model, moment, periodName, windowName } from '../format.ts';
import { renew, status } from '../live.ts';
import { now, open, useAnswer } from '../state.ts';
import type { Budget, Limit, Report } from '../wire.ts';
import { Meter, Panel, Quiet } from './bits.tsx';

const PERIODS = { day: 'a day', week: 'a week', month: 'a month', block: 'a 5-hour window', session: 'a session' };
const SOURCES: Record<string, string> = {
  statusline: 'by the status line',
  transcript: 'by a transcript',
  claudeJson: 'by Claude Code',
};

export function Limits() {
  const limits = status.value?.limits ?? [];
  return (
    <Panel name="limits" title="Plan limits">
      {limits.length === 0 ? (
        <Quiet>
          Nobody has told of any yet. Claude Code tells its status line: <code>costline statusline --install</code>
        </Quiet>
      ) : (
        <ul class="gauges">
          {limits.map(limit => (
            <One key={limit.window} limit={limit} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** When something is used up, or was. */
function usedUp(at: string): string {
  const when = moment(at, now.value);
  return Date.parse(at) <= now.value ? `used up since ${when}` : `used up ${when} at this rate`;
}

function One({ limit }: { limit: Limit }) {
  const severity = limit.usedPercent >= 100 ? 'error' : limit.exhaustedAt === null ? 'ok' : 'warning';
  const name = windowName(limit.window);
  return (
    <li data-limit={limit.window}>
      <div class="line">
        <span class="name">{name}</span>
        <b>{exact(limit.usedPercent)}</b>
      </div>
      <Meter label={`${name}: used`} value={limit.usedPercent} severity={severity} />
      <p class="under">
        {limit.resetsAt && (
          <span>
            anew {ahead(limit.resetsAt, now.value)}, {moment(limit.resetsAt, now.value)}
          </span>
        )}{' '}
        {limit.exhaustedAt && <span class="warn">{usedUp(limit.exhaustedAt)}</span>}{' '}
        <span>
          told {ago(limit.reportedAt, now.value)} {SOURCES[limit.source]}
        </span>
      </p>
    </li>
  );
}

/** What is being written: a new budget, or another limit of one that there is. */
type Draft = { amount: string; period: string; scope: string; name: string; hard: boolean; old: Budget | null };
const EMPTY: Draft = { amount: '', period: 'day', scope: 'all', name: '', hard: false, old: null };

export function Budgets() {
  const budgets = status.value?.budgets ?? [];
  const draft = useSignal<Draft | null>(null);
  return (
    <Panel
      name="budgets"
      title="Budgets"
      tools={
        open.value && (
          <button
            type="button"
            aria-expanded={draft.value !== null}
            onClick={() => (draft.value = draft.value ? null : EMPTY)}
          >
            {draft.value ? 'Cancel' : 'Set a budget'}
          </button>
        )
      }
    >
      {draft.value && <Form draft={draft.value} onEnd={() => (draft.value = null)} />}
      {budgets.length === 0 && draft.value === null && <Quiet>No budget is set.</Quiet>}
      <ul class="gauges">
        {budgets.map(budget => (
          <Item key={budget.id} budget={budget} onEdit={() => (draft.value = draftOf(budget))} />
        ))}
      </ul>
    </Panel>
  );
}

function draftOf(budget: Budget): Draft {
  const { limitUsd, period, scope, name, hard } = budget;
  return { amount: String(limitUsd), period, scope, name: name ?? '', hard, old: budget };
}

function scopeName({ scope, name }: Budget): string {
  if (name === null) {
    return '';
  }
  return ` · ${scope === 'project' ? folder(name) : scope === 'model' ? model(name) : name}`;
}

function Item({ budget, onEdit }: { budget: Budget; onEdit: () => void }) {
  const asked = useSignal(false);
  const error = useSignal('');
  const name = periodName(budget.period) + scopeName(budget);
  const remove = async () => {
    try {
      await send('DELETE', `/v1/budgets?id=${budget.id}`);
      renew();
    } catch (problem) {
      error.value = (problem as Error).message;
    }
  };
  return (
    <li data-budget={budget.id}>
      <div class="line">
        <span class="name" title={budget.name ?? ''}>
          {name}
          {budget.hard && <span class="tag">hard</span>}
        </span>
        <span>
          <b>{dollars(budget.spentUsd)}</b> of {dollars(budget.limitUsd)}
        </span>
      </div>
      <div class="with-meter">
        <Meter label={`${name}: used`} value={budget.usedPercent} severity={budget.severity} />
        <span>{cut(budget.usedPercent)}</span>
      </div>
      <p class="under">
        {budget.resetsAt && (
          <span>
            anew {ahead(budget.resetsAt, now.value)}, {moment(budget.resetsAt, now.value)}
          </span>
        )}{' '}
        {budget.exhaustedAt && <span class="warn">{usedUp(budget.exhaustedAt)}</span>}{' '}
        {open.value && budget.source === 'command' && (
          <span class="acts">
            <button type="button" class="link" aria-label={`Change ${name}`} onClick={onEdit}>
              Change
            </button>
            {asked.value ? (
              <>
                <button type="button" class="link danger" aria-label={`Yes, remove ${name}`} onClick={remove}>
                  Yes, remove
                </button>
                <button type="button" class="link" onClick={() => (asked.value = false)}>
                  Keep
                </button>
              </>
            ) : (
              <button type="button" class="link" aria-label={`Remove ${name}`} onClick={() => (asked.value = true)}>
                Remove
              </button>
            )}
          </span>
        )}
        {budget.source === 'config' && <span>of the config file</span>}
      </p>
      {error.value && <p class="error">{error.value}</p>}
    </li>
  );
}

function Form({ draft, onEnd }: { draft: Draft; onEnd: () => void }) {
  const scope = useSignal(draft.scope);
  const error = useSignal('');
  const projects = useAnswer<Report>(scope.value === 'project' ? '/v1/reports/projects?limit=50' : '');
  const models = useAnswer<Report>(scope.value === 'model' ? '/v1/reports/breakdown?by=model&limit=50' : '');
  const names = (scope.value === 'project' ? projects : models).data?.rows.map(row => row.key).filter(Boolean) ?? [];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = {
      period: given.get('period'),
      limitUsd: Number(given.get('amount')),
      hard: given.get('hard') !== null,
      ...(scope.value !== 'all' && { [scope.value]: given.get('name') }),
    };
    try {
      await send('POST', '/v1/budgets', wanted);
      if (draft.old && (draft.old.period !== wanted.period || draft.old.scope !== scope.value)) {
        await send('DELETE', `/v1/budgets?id=${draft.old.id}`);
      }
      renew();
      onEnd();
    } catch (problem) {
      error.value = (problem as Error).message;
    }
  };
  return (
    <form class="budget-form" onSubmit={submit}>
      <label>
        Dollars
        <input
          name="amount"
          type="number"
          min="0.01"
          step="0.01"
          required
          defaultValue={draft.amount}
          inputMode="decimal"
        />
      </label>
      <label>
        in
        <select name="period" defaultValue={draft.period}>
          {Object.entries(PERIODS).map(([value, name]) => (
            <option key={value} value={value} selected={value === draft.period}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        for
        <select name="scope" onChange={event => (scope.value = event.currentTarget.value)}>
          {Object.entries({ all: 'everything', project: 'a project', model: 'a model', branch: 'a branch' }).map(
            ([value, name]) => (
              <option key={value} value={value} selected={value === scope.value}>
                {name}
              </option>
            ),
          )}
        </select>
      </label>
      {scope.value !== 'all' && (
        <label>
          named
          <input name="name" required defaultValue={draft.name} list="budget-names" autocomplete="off" />
          <datalist id="budget-names">
            {names.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      )}
      <label class="check" title="Work stops when it is used up, where Costline's hook is installed">
        <input name="hard" type="checkbox" defaultChecked={draft.hard} /> hard
      </label>
      <button type="submit" class="main">
        {draft.old ? 'Change' : 'Set'}
      </button>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
    </form>
  );
}
