// The bar at the top: whether what stands below is live, and what of it is looked at.

import { RANGES } from '../address.ts';
import { folders } from '../format.ts';
import { link, status } from '../live.ts';
import { open, show, theme, useAnswer, view } from '../state.ts';
import type { Theme } from '../theme.ts';
import type { Report } from '../wire.ts';
import { Choice } from './bits.tsx';

export function Top() {
  const { range, since, until } = view.value;
  return (
    <header class="top">
      <h1 class="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Costline
      </h1>
      <Pulse />
      <div class="filters">
        {open.value && <Projects />}
        <Choice
          label="Time that is looked at"
          options={RANGES}
          value={range === 'span' ? '' : range}
          onChoose={value => show({ range: value, since: '', until: '', step: 'auto' })}
        />
        <span class="span">
          <input
            type="date"
            aria-label="First day"
            value={since}
            max={until}
            onChange={event => span({ since: event.currentTarget.value, until })}
          />
          –
          <input
            type="date"
            aria-label="Last day"
            value={until}
            min={since}
            onChange={event => span({ since, until: event.currentTarget.value })}
          />
        </span>
      </div>
      <Themes />
    </header>
  );
}

function span(days: { since: string; until: string }): void {
  show({ ...days, range: days.since || days.until ? 'span' : '30', step: 'auto' });
}

function Pulse() {
  const { kind } = link.value;
  const stale = status.value?.severity === 'stale';
  const state = kind === 'live' && stale ? 'stale' : kind;
  const text = { connecting: 'Connecting', live: 'Live', stale: 'Stale', offline: 'Offline' }[state];
  return (
    <output class={`pulse ${state}`} data-state={state}>
      <span class="dot" aria-hidden="true" />
      {text}
    </output>
  );
}

function Projects() {
  const { project } = view.value;
  const { data } = useAnswer<Report>('/v1/reports/projects?limit=100');
  const known = data?.rows.map(row => row.key).filter(Boolean) ?? [];
  const all = project && !known.includes(project) ? [project, ...known] : known;
  const name = folders(all);
  return (
    <select aria-label="Project" value={project} onChange={event => show({ project: event.currentTarget.value })}>
      <option value="" selected={project === ''}>
        All projects
      </option>
      {all.map(path => (
        <option key={path} value={path} selected={path === project} title={path}>
          {name(path)}
        </option>
      ))}
    </select>
  );
}

const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const NAMES: Record<Theme, [string, string]> = {
  auto: ['◐', 'Colours as the system'],
  light: ['☀', 'Light colours'],
  dark: ['☾', 'Dark colours'],
};

function Themes() {
  const [sign, name] = NAMES[theme.value];
  return (
    <button
      type="button"
      class="theme"
      title={name}
      aria-label={`${name}; another choice`}
      onClick={() => (theme.value = NEXT[theme.value])}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}
