// Sessions that are at work, and how full their context is.

import { ago, clock, dollars, folder, model, rounded, tokens } from '../format.ts';
import { link, status } from '../live.ts';
import { now, show, view } from '../state.ts';
import type { Session, Urgency } from '../wire.ts';
import { Dot, Meter, Panel, Quiet } from './bits.tsx';

/** Most sessions that stand here; the table has them all. */
const MOST = 5;

export function Sessions() {
  const { project } = view.value;
  const all = status.value?.sessions.filter(session => !project || session.project === project) ?? [];
  const alive = all.filter(session => session.state !== 'ended');
  const latest = alive.length > 0 ? alive : all.slice(0, 1);
  const active = alive.filter(session => session.state === 'active').length;
  return (
    <Panel name="sessions" title="Sessions" note={note(active)}>
      {latest.length === 0 ? (
        <Quiet>No session is known{project ? ` in ${folder(project)}` : ''}.</Quiet>
      ) : (
        <ul class="session-list">
          {latest.slice(0, MOST).map(session => (
            <Item key={session.id} session={session} />
          ))}
        </ul>
      )}
      {latest.length > MOST && (
        <button type="button" class="link" onClick={() => show({ table: 'sessions' })}>
          and {latest.length - MOST} more, in the table
        </button>
      )}
    </Panel>
  );
}

function note(active: number): string {
  if (link.value.kind === 'offline') {
    return 'as of then';
  }
  return active > 0 ? `${active} active` : 'none is active';
}

function Item({ session }: { session: Session }) {
  const { context, cache } = session;
  const working = session.subagents.filter(agent => agent.state === 'active').length;
  return (
    <li>
      <button type="button" class="session" data-session={session.id} onClick={() => show({ session: session.id })}>
        <span class="line">
          <Dot state={session.state} />
          <span class="name">{session.title ?? session.id.slice(0, 8)}</span>
          <b>{dollars(session.costUsd)}</b>
        </span>
        <span class="line quiet">
          <span class="name">
            {[session.project && folder(session.project), session.branch, session.model && model(session.model)]
              .filter(Boolean)
              .join(' · ')}
          </span>
          {session.lastActivityAt && <span>{ago(session.lastActivityAt, now.value)}</span>}
        </span>
      </button>
      <div class="with-meter">
        <Meter
          label="Context"
          value={context.usedPercent}
          mark={context.autoCompactPercent}
          severity={fullness(context.usedPercent, context.autoCompactPercent)}
        />
        <span>
          {context.usedTokens === null
            ? 'context not known'
            : `${tokens(context.usedTokens)} of ${tokens(context.windowTokens)}, ${rounded(context.usedPercent)}`}
        </span>
      </div>
      {(working > 0 || cache !== null) && (
        <p class="under">
          {working > 0 && (
            <span>
              {working} subagent{working === 1 ? '' : 's'} at work
            </span>
          )}{' '}
          {cache !== null && (
            <span>
              {cache.warm ? `cache warm until ${clock(cache.expiresAt)}` : 'cache cold'}
              {cache.coldCostUsd !== null && `, ${dollars(cache.coldCostUsd)} to warm`}
            </span>
          )}
        </p>
      )}
    </li>
  );
}

/** The colour of a context: it is worth a look where Claude Code is about to compact. */
function fullness(used: number | null, compact: number | null): Urgency {
  if (used === null || compact === null) {
    return 'ok';
  }
  return used >= compact ? 'error' : used >= compact - 10 ? 'warning' : 'ok';
}
