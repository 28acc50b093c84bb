// One session in full: its turns, and what it used.

import { useEffect, useRef } from 'preact/hooks';
import { cost, count, dollars, duration, folder, model, moment, plural, rounded, tokens } from '../format.ts';
import { type Answer, now, open, show, useAnswer, view } from '../state.ts';
import type { SessionReport, Turn } from '../wire.ts';
import { Dot, Meter, Quiet, Trouble } from './bits.tsx';
import { KINDS, Rows } from './tables.tsx';

export function Drawer() {
  // Nobody is told of a session without a token.
  const session = open.value ? view.value.session : '';
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (dialog === null) {
      return;
    }
    if (session !== '' && !dialog.open) {
      dialog.showModal();
      dialog.scrollTop = 0;
    } else if (session === '' && dialog.open) {
      dialog.close();
    }
  }, [session]);
  const answer = useAnswer<SessionReport>(session ? `/v1/sessions/${encodeURIComponent(session)}` : '');
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the Escape key closes a dialog by itself
    <dialog
      class="drawer"
      ref={box}
      aria-label="Session"
      onClose={() => show({ session: '' })}
      onClick={event => event.target === box.current && box.current?.close()}
    >
      {session !== '' && (
        <div class="drawer-body">
          <button type="button" class="close" aria-label="Close" onClick={() => box.current?.close()}>
            ×
          </button>
          <Content answer={answer} />
        </div>
      )}
    </dialog>
  );
}

function Content({ answer: { data, error } }: { answer: Answer<SessionReport> }) {
  if (data === null) {
    return error ? <Trouble>{error}</Trouble> : <Quiet>…</Quiet>;
  }
  const { totals, context } = data;
  const facts: [string, string][] = [
    ['Cost', cost(totals)],
    ['Says Claude Code', dollars(data.ownUsd)],
    ['Tokens', tokens(totals.totalTokens)],
    ['Responses', count(totals.messages)],
    ['Lasted', duration(data.durationMs)],
    ['Waited for the API', duration(data.apiMs)],
  ];
  const about = [data.project && folder(data.project), data.branch, data.model && model(data.model)].filter(Boolean);
  return (
    <>
      <h2>{data.title ?? data.id.slice(0, 8)}</h2>
      <p class="quiet">
        <Dot state={data.state} /> {data.state} · {about.join(' · ')} · {moment(data.startedAt, now.value)} –{' '}
        {moment(data.lastActivityAt, now.value)}
        {data.version && ` · Claude Code ${data.version}`}
      </p>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== '–')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div class="with-meter">
        <Meter label="Context" value={context.usedPercent} mark={context.autoCompactPercent} />
        <span>
          {context.usedTokens === null
            ? 'context not known'
            : `context ${tokens(context.usedTokens)} of ${tokens(context.windowTokens)}, ${rounded(context.usedPercent)}`}
        </span>
      </div>
      <h3>Turns</h3>
      <Turns turns={data.turns} />
      <Parts data={data} />
      <p class="quiet id">{data.id}</p>
    </>
  );
}

function Turns({ turns }: { turns: Turn[] }) {
  const most = Math.max(0, ...turns.map(turn => turn.costUsd));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label="Turns">
      <table class="rows turns">
        <thead>
          <tr>
            <th scope="col">Turn</th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col" class="number">
              So far
            </th>
            <th scope="col" class="number r1">
              Took
            </th>
            <th scope="col" class="number r2">
              Output
            </th>
            <th scope="col" class="number">
              Tokens
            </th>
            <th scope="col" class="number r2">
              Responses
            </th>
            <th scope="col" class="r1">
              Tools
            </th>
          </tr>
        </thead>
        <tbody>
          {turns.map((turn, index) => (
            <tr key={turn.key}>
              <th scope="row">
                {index + 1} <span class="quiet">{moment(turn.startedAt, now.value)}</span>
              </th>
              <td class="number c-cost">
                <span
                  class="share"
                  aria-hidden="true"
                  style={{ width: `${most > 0 ? (turn.costUsd / most) * 100 : 0}%` }}
                />
                <span>{cost(turn)}</span>
              </td>
              <td class="number">{dollars(turn.runningUsd)}</td>
              <td class="number r1">{duration(turn.durationMs)}</td>
              <td class="number r2">{tokens(turn.outputTokens)}</td>
              <td class="number">{tokens(turn.totalTokens)}</td>
              <td class="number r2">{count(turn.messages)}</td>
              <td class="r1 names">
                {turn.tools.map(({ name, uses }) => (uses > 1 ? `${name} ×${uses}` : name)).join(', ')}
                {turn.subagents > 0 && ` · ${plural(turn.subagents, 'subagent')}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const FILE = {
  ...KINDS.tools,
  by: 'file',
  head: 'File',
  none: '(no file)',
  name: (row: { key: string }) => folder(row.key),
  under: (row: { key: string }) => row.key,
};

/** What the session used, as far as there is more to say than that there was none. */
function Parts({ data }: { data: SessionReport }) {
  const parts = [
    { kind: KINDS.tools, rows: data.tools, title: 'Tools' },
    { kind: KINDS.agents, rows: data.agents, title: 'Agents' },
    { kind: FILE, rows: data.files, title: 'Files' },
    { kind: KINDS.models, rows: data.models, title: 'Models' },
    { kind: KINDS.skills, rows: data.skills, title: 'Skills' },
    { kind: KINDS.mcp, rows: data.mcp, title: 'MCP servers' },
    { kind: KINDS.branches, rows: data.branches, title: 'Branches' },
  ];
  return (
    <>
      {parts
        .filter(({ rows }) => rows.some(row => row.key !== ''))
        .map(({ kind, rows, title }) => (
          <div key={title}>
            <h3>{title}</h3>
            <Rows rows={rows} kind={kind} />
          </div>
        ))}
    </>
  );
}
