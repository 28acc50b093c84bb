// The whole page.

import { useEffect } from 'preact/hooks';
import { rangeName } from '../address.ts';
import { link, status, told } from '../live.ts';
import { open, report, useAnswer, view } from '../state.ts';
import type { Report } from '../wire.ts';
import { Notices } from './alerts.tsx';
import { Panel, Quiet } from './bits.tsx';
import { Budgets, Limits } from './budgets.tsx';
import { Cards, Classes } from './cards.tsx';
import { Drawer } from './drawer.tsx';
import { Heat } from './heat.tsx';
import { Sessions } from './sessions.tsx';
import { Tables } from './tables.tsx';
import { Timeline } from './timeline.tsx';
import { Top } from './top.tsx';

export function App() {
  const all = status.value;
  const live = link.value.kind === 'live';
  const old = link.value.kind === 'offline' || (live && all?.severity === 'stale');
  useEffect(() => {
    document.title =
      all === null || !live
        ? link.value.kind === 'offline'
          ? 'Offline – Costline'
          : 'Costline'
        : `${all.severity === 'stale' ? 'Stale' : all.text} – Costline`;
  }, [all, live]);
  return (
    <>
      <Top />
      <main class={old ? 'old' : ''}>
        <Notices />
        <div class="unseen" aria-live="polite">
          {told.value}
        </div>
        <Cards />
        {all?.allTime.messages === 0 ? <Empty /> : all !== null && <Parts />}
      </main>
      <Foot />
      <Drawer />
    </>
  );
}

function Parts() {
  return (
    <div class="parts">
      <Timeline />
      <div class="pair">
        <Heat />
        <Tokens />
      </div>
      <div class="side">
        {open.value && <Sessions />}
        <Budgets />
        <Limits />
      </div>
      <Tables />
    </div>
  );
}

function Tokens() {
  const { data } = useAnswer<Report>(report('breakdown', { by: 'day', limit: '0' }));
  return (
    <Panel name="classes" title="Tokens" note={rangeName(view.value)}>
      {data &&
        (data.totals.messages > 0 ? <Classes sums={data.totals} /> : <Quiet>Nothing was used in this time.</Quiet>)}
    </Panel>
  );
}

function Empty() {
  return (
    <div class="parts">
      <Panel name="empty" title="Nothing yet">
        <p>
          Costline has found no response of Claude Code on this machine. Start a session: its first response appears
          here within a second.
        </p>
        <Quiet>
          Where transcripts are looked for: <code>costline config path</code>. What could be wrong:{' '}
          <code>costline doctor</code>. How it looks with a made-up history: <code>costline demo --serve</code>.
        </Quiet>
      </Panel>
      <div class="side">
        <Budgets />
        <Limits />
      </div>
    </div>
  );
}

function Foot() {
  const { data } = useAnswer<Report>(report('breakdown', { by: 'day', limit: '0' }));
  return (
    <footer class="foot">
      <span>Costs at list price.</span>
      {data && <span>Days of {data.timezone}.</span>}
    </footer>
  );
}
