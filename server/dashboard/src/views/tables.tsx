// Tables of everything that reports know by name.

import { useSignal } from '@preact/signals';
import { TABLES, type View } from '../address.ts';
import { change, cost, count, date, duration, folder, model, moment, plural, tokens, UNKNOWN } from '../format.ts';
import { now, open, report, show, useAnswer, view } from '../state.ts';
import type { RaisedAlert, Report, Row } from '../wire.ts';
import { Choice, Panel, Quiet, Trouble } from './bits.tsx';

/** A column: what it says, and what it is ordered by. */
export type Column = {
  id: string;
  head: string;
  text: (row: Row) => string;
  by: (row: Row) => number | string;
  /** How much room the page needs to show it: 0 always, 3 a wide screen. */
  room: number;
};

const number = (
  id: string,
  head: string,
  by: (row: Row) => number | null | undefined,
  text: (value: number | null | undefined) => string,
  room: number,
): Column => ({ id, head, by: row => by(row) ?? -1, text: row => text(by(row)), room });

const COST: Column = { id: 'cost', head: 'Cost', by: row => row.costUsd, text: cost, room: 0 };
const SUMS: Column[] = [
  COST,
  number('input', 'Input', row => row.inputTokens, tokens, 3),
  number('output', 'Output', row => row.outputTokens, tokens, 2),
  number('write', 'Cache write', row => row.cacheWriteTokens, tokens, 3),
  number('read', 'Cache read', row => row.cacheReadTokens, tokens, 3),
  number('tokens', 'Tokens', row => row.totalTokens, tokens, 0),
  number('responses', 'Responses', row => row.messages, count, 1),
];
const MANY: Column[] = [
  ...SUMS,
  number('sessions', 'Sessions', row => row.sessions, count, 2),
  number('tools', 'Tools used', row => row.toolCalls, count, 3),
  number('added', 'Lines +', row => row.linesAdded, count, 3),
  number('removed', 'Lines −', row => row.linesRemoved, count, 3),
];
const ONE: Column[] = [
  {
    id: 'last',
    head: 'Last activity',
    by: row => row.lastActivityAt ?? '',
    text: row => moment(row.lastActivityAt ?? null, now.value),
    room: 1,
  },
  number('duration', 'Lasted', row => row.durationMs, duration, 3),
  ...SUMS,
  number('tools', 'Tools used', row => row.toolCalls, count, 3),
  number('files', 'Files', row => row.filesModified, count, 3),
];
const USED: Column[] = [
  number('uses', 'Uses', row => row.uses, count, 0),
  number('failures', 'Failed', row => row.failures, count, 1),
  COST,
  number('change', 'Change', row => row.changePercent, change, 2),
  number('tokens', 'Tokens', row => row.totalTokens, tokens, 1),
  number('each', 'Tokens a use', row => row.avgTokens, tokens, 2),
  number('responses', 'Responses', row => row.messages, count, 2),
  number('sessions', 'Sessions', row => row.sessions, count, 3),
];

type Kind = {
  /** The key that the report is by. */
  by: string;
  head: string;
  columns: Column[];
  /** What stands for a row without a name. */
  none: string;
  name: (row: Row) => string;
  under?: (row: Row) => string;
  /** What looking closer at a row shows. */
  open?: (row: Row) => Partial<View>;
};

const plain = (row: Row) => row.key;
const KINDS: Record<Exclude<View['table'], 'alerts'>, Kind> = {
  projects: {
    by: 'project',
    head: 'Project',
    columns: MANY,
    none: '(not known)',
    name: row => folder(row.key),
    under: plain,
    open: row => ({ project: row.key }),
  },
  sessions: {
    by: 'session',
    head: 'Session',
    columns: ONE,
    none: '(not known)',
    name: row => row.title ?? row.key.slice(0, 8),
    under: row => (row.project ? folder(row.project) : row.key),
    open: row => ({ session: row.key }),
  },
  models: { by: 'model', head: 'Model', columns: MANY, none: '(not known)', name: row => model(row.key) },
  agents: { by: 'agent', head: 'Agent', columns: USED, none: '(main thread)', name: plain },
  skills: { by: 'skill', head: 'Skill', columns: USED, none: '(none)', name: plain },
  tools: { by: 'tool', head: 'Tool', columns: USED, none: '(none)', name: plain },
  mcp: { by: 'mcp', head: 'MCP server', columns: USED, none: '(none)', name: plain },
  branches: { by: 'branch', head: 'Branch', columns: MANY, none: '(no branch)', name: plain },
};

/** Rows that are asked for at most. */
const ROWS = 500;

export function Tables() {
  const table = open.value ? view.value.table : 'models';
  const tabs = open.value ? TABLES : { models: TABLES.models };
  return (
    <Panel
      name="tables"
      title="Breakdown"
      tools={<Choice label="Table of" options={tabs} value={table} onChoose={value => show({ table: value })} />}
    >
      {table === 'alerts' ? <Raised /> : <Answered key={table} kind={KINDS[table]} />}
    </Panel>
  );
}

function Answered({ kind }: { kind: Kind }) {
  const { data, error } = useAnswer<Report>(report('breakdown', { by: kind.by, limit: String(ROWS) }));
  if (data === null) {
    return error ? <Trouble>{error}</Trouble> : <div class="table-room" />;
  }
  return data.rows.length === 0 ? (
    <Quiet>Nothing was used in this time.</Quiet>
  ) : (
    <Rows rows={data.rows} kind={kind} total={data} />
  );
}

/** Rows that stand there until more are asked for. */
const FEW = 12;

export function Rows(props: { rows: Row[]; kind: Kind; total?: Report }) {
  const { kind, total } = props;
  const order = useSignal<{ id: string; up: boolean } | null>(null);
  const all = useSignal(false);
  const wanted = useSignal('');
  const sorted = arrange(props.rows, kind, order.value, wanted.value);
  const rows = all.value ? sorted : sorted.slice(0, FEW);
  const most = Math.max(...props.rows.map(row => row.costUsd));
  // A part of a larger page leaves out what nothing is known of.
  const columns = kind.columns.filter(column => total || props.rows.some(row => column.text(row) !== UNKNOWN));
  return (
    <>
      {props.rows.length > FEW && (
        <input
          class="find"
          type="search"
          placeholder={`Find among ${props.rows.length}`}
          aria-label={`Find a ${kind.head.toLowerCase()}`}
          value={wanted.value}
          onInput={event => (wanted.value = event.currentTarget.value)}
        />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section class="scroll" tabIndex={0} aria-label={`Table by ${kind.head.toLowerCase()}`}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">{kind.head}</th>
              {columns.map(column => (
                <Head key={column.id} column={column} order={order.value} onOrder={next => (order.value = next)} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.key} data-key={row.key}>
                <th scope="row">
                  <Name row={row} kind={kind} />
                </th>
                {columns.map(column => (
                  <td key={column.id} class={`number r${column.room} c-${column.id}`}>
                    {column.id === 'cost' && (
                      <span
                        class="share"
                        aria-hidden="true"
                        style={{ width: `${most > 0 ? (row.costUsd / most) * 100 : 0}%` }}
                      />
                    )}
                    <span class={column.id === 'change' && (row.changePercent ?? 0) > 0 ? 'up' : ''}>
                      {column.text(row)}
                    </span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {total && (
            <tfoot>
              <tr>
                <th scope="row">All{total.since && <span class="quiet"> since {date(total.since)}</span>}</th>
                {columns.map(column => (
                  <td key={column.id} class={`number r${column.room}`}>
                    {SUMMED.has(column.id) ? column.text({ key: '', ...total.totals }) : ''}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </section>
      {sorted.length > FEW && (
        <button type="button" class="link" onClick={() => (all.value = !all.value)}>
          {all.value ? 'Show fewer' : `Show all ${sorted.length}`}
        </button>
      )}
      {props.rows.length >= ROWS && <Quiet>The first {plural(ROWS, 'row')}; sums are over all.</Quiet>}
    </>
  );
}

/** Columns that the sums over everything have. */
const SUMMED = new Set(['cost', 'input', 'output', 'write', 'read', 'tokens', 'responses', 'sessions']);

function Name({ row, kind }: { row: Row; kind: Kind }) {
  const name = row.key === '' ? kind.none : kind.name(row);
  const target = row.key === '' ? undefined : kind.open;
  const under = row.key === '' ? undefined : kind.under?.(row);
  return (
    <>
      {target ? (
        <button type="button" class="link name" title={row.key} onClick={() => show(target(row))}>
          {name}
        </button>
      ) : (
        <span class="name" title={row.key}>
          {name}
        </span>
      )}
      {under && under !== name && <small class="name quiet">{under}</small>}
    </>
  );
}

/** The latest alerts, also those that are over. */
function Raised() {
  const { data, error } = useAnswer<{ alerts: RaisedAlert[] }>('/v1/alerts?limit=50');
  if (data === null) {
    return <Trouble>{error}</Trouble>;
  }
  return data.alerts.length === 0 ? (
    <Quiet>Nothing was warned of yet.</Quiet>
  ) : (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label="Table of alerts">
      <table class="rows raised">
        <thead>
          <tr>
            <th scope="col">Alert</th>
            <th scope="col">Raised</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {data.alerts.map(alert => (
            <tr key={alert.id} data-key={alert.id}>
              <th scope="row">
                <span class={`tag ${alert.severity}`}>{alert.severity}</span> <b>{alert.title}</b>
                <small class="quiet">{alert.message}</small>
              </th>
              <td>{moment(alert.raisedAt, now.value)}</td>
              <td>{fate(alert)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What became of an alert. */
function fate({ acknowledgedAt, snoozedUntil, endedAt, holds }: RaisedAlert): string {
  if (acknowledgedAt !== null) {
    return `seen ${moment(acknowledgedAt, now.value)}`;
  }
  if (snoozedUntil !== null) {
    return `snoozed until ${moment(snoozedUntil, now.value)}`;
  }
  return holds ? 'holds' : endedAt === null ? 'over' : `over since ${moment(endedAt, now.value)}`;
}

type Order = { id: string; up: boolean } | null;

function Head({ column, order, onOrder }: { column: Column; order: Order; onOrder: (order: Order) => void }) {
  const chosen = order?.id === column.id ? order : null;
  const sort = chosen ? (chosen.up ? 'ascending' : 'descending') : 'none';
  const next = () =>
    onOrder(chosen === null ? { id: column.id, up: false } : chosen.up ? null : { id: column.id, up: true });
  return (
    <th scope="col" class={`number r${column.room}`} aria-sort={sort}>
      <button type="button" class="head" onClick={next}>
        {column.head}
        <span aria-hidden="true">{chosen ? (chosen.up ? ' ↑' : ' ↓') : ''}</span>
      </button>
    </th>
  );
}

/** Rows with a word in their name, in the order that was chosen; else in the server's. */
export function arrange(rows: Row[], kind: Kind, order: Order, wanted: string): Row[] {
  const word = wanted.trim().toLowerCase();
  const found = word
    ? rows.filter(row => `${row.key} ${row.title ?? ''} ${row.project ?? ''}`.toLowerCase().includes(word))
    : rows;
  const column = kind.columns.find(({ id }) => id === order?.id);
  if (order === null || column === undefined) {
    return found;
  }
  const direction = order.up ? 1 : -1;
  return [...found].sort((a, b) => {
    const [x, y] = [column.by(a), column.by(b)];
    return direction * (x < y ? -1 : x > y ? 1 : 0);
  });
}

export { KINDS };
