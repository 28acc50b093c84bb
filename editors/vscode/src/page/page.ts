// The page's script: draws what it is told, and says what is chosen. It knows no number.

import type { Choice, Line, Page, Place, Said, Shown } from '../breakdown.ts';

type Host = { postMessage(said: Said): void; getState(): Place | undefined; setState(place: Place): void };
declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const root = document.getElementById('page') ?? document.body;

window.addEventListener('message', ({ data }: MessageEvent<Shown>) => show(data));
window.addEventListener('keydown', press);
const place = host.getState();
host.postMessage(place ? { say: 'ready', place } : { say: 'ready' });

/** Draws anew. What has the focus keeps it, and the page stays where it is scrolled to. */
function show(shown: Shown): void {
  const focused = document.activeElement?.getAttribute('data-id');
  root.setAttribute('aria-busy', 'false');
  if ('trouble' in shown) {
    root.querySelector('.trouble')?.remove();
    root.querySelector('p.quiet')?.remove();
    const trouble = made('p', 'trouble', shown.trouble);
    trouble.setAttribute('role', 'alert');
    root.prepend(trouble);
    return;
  }
  host.setState(shown.place);
  root.replaceChildren(...draw(shown.page));
  if (focused) {
    find(focused)?.focus({ preventScroll: true });
  }
}

function draw(page: Page): HTMLElement[] {
  const header = made('header');
  const title = made('div');
  title.append(trail(page.trail), made('h1', '', page.title));
  header.append(title, made('div', 'sum', page.total.cost));
  const bars = made('div', 'bars');
  bars.append(tabs(page.keys), spans(page.spans));
  const parts = [header, bars];
  if (page.nothing) {
    parts.push(made('p', 'quiet', page.nothing));
  } else {
    parts.push(head(page), list(page.lines), foot(page));
  }
  const footer = made('footer', 'quiet');
  footer.append(...page.notes.map(note => made('p', '', note)), made('p', '', page.asOf), tools());
  return [...parts, footer];
}

function trail(steps: Choice[]): HTMLElement {
  const nav = made('div', 'trail');
  if (steps.length > 1) {
    nav.setAttribute('role', 'navigation');
    nav.setAttribute('aria-label', 'Where this is');
    for (const step of steps.slice(0, -1)) {
      nav.append(button(step.name, `trail:${step.id}`, { say: 'trail', id: step.id }), made('span', 'quiet', ' › '));
    }
  }
  return nav;
}

function tabs(choices: Choice[]): HTMLElement {
  const nav = made('nav');
  nav.setAttribute('role', 'tablist');
  nav.setAttribute('aria-label', 'Sum by');
  for (const { id, name, chosen } of choices) {
    const tab = button(name, `key:${id}`, { say: 'key', id });
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    nav.append(tab);
  }
  return nav;
}

function spans(choices: Choice[]): HTMLElement {
  const nav = made('nav');
  nav.setAttribute('role', 'group');
  nav.setAttribute('aria-label', 'Period');
  for (const { id, name, chosen } of choices) {
    const span = button(name, `span:${id}`, { say: 'span', id });
    span.setAttribute('aria-pressed', String(chosen));
    nav.append(span);
  }
  return nav;
}

function head({ keys }: Page): HTMLElement {
  const line = made('div', 'head');
  line.setAttribute('aria-hidden', 'true');
  line.append(made('span', '', keys.find(({ chosen }) => chosen)?.name ?? ''), made('span'));
  line.append(...['Cost', 'Tokens', 'Responses', 'Sessions'].map(name => made('span', 'number', name)));
  return line;
}

function list(lines: Line[]): HTMLElement {
  const all = made('ul');
  for (const line of lines) {
    const item = made('li');
    item.append(row(line));
    all.append(item);
  }
  return all;
}

function row(line: Line): HTMLElement {
  const { key, name, more, cost, tokens, responses, sessions, length, opens } = line;
  const whole = opens ? button('', `line:${key}`, { say: 'open', id: key }) : made('div');
  whole.className = 'line';
  whole.dataset.key = key;
  whole.title = more || name;
  const spoken = `${name}, ${cost}, ${tokens} tokens, ${responses} responses, ${sessions} sessions`;
  whole.setAttribute('aria-label', opens ? `${spoken}; opens the ${opens}` : spoken);
  if (!opens) {
    whole.setAttribute('role', 'group');
  }
  const words = made('span', 'name');
  // Of a path that is too long its end tells more; the mark keeps its beginning where it is.
  const path = /^([/\\]|[A-Za-z]:)/.test(more);
  words.append(made('span', '', name), made('span', path ? 'quiet path' : 'quiet', path ? `\u200e${more}` : more));
  const track = made('span', 'track');
  const fill = made('div', 'fill');
  // The policy forbids styles in the markup, not those that a script sets.
  fill.style.width = `${length / 10}%`;
  track.append(fill);
  whole.append(words, track, ...[cost, tokens, responses, sessions].map(text => made('span', 'number', text)));
  return whole;
}

function foot({ total }: Page): HTMLElement {
  const line = made('div', 'head');
  line.append(made('span', '', 'Total'), made('span'));
  line.append(...[total.cost, total.tokens, total.responses, total.sessions].map(text => made('span', 'number', text)));
  return line;
}

function tools(): HTMLElement {
  const all = made('div', 'tools');
  all.append(button('Copy as CSV', 'csv', { say: 'csv' }), button('Refresh', 'refresh', { say: 'refresh' }));
  return all;
}

/** Arrows move within the rows and the tabs; Backspace and Escape go up. */
function press(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 };
  const step = steps[event.key];
  const here = document.activeElement;
  if (event.key === 'Backspace' || event.key === 'Escape') {
    host.postMessage({ say: 'up' });
  } else if (step === undefined) {
    return;
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    move([...root.querySelectorAll<HTMLElement>('button.line')], here, step);
  } else if (here?.closest('nav')) {
    move([...(here.closest('nav')?.querySelectorAll('button') ?? [])], here, step);
  } else {
    return;
  }
  event.preventDefault();
}

function move(all: HTMLElement[], from: Element | null, step: number): void {
  const index = all.indexOf(from as HTMLElement);
  const next = index < 0 ? (step > 0 ? 0 : all.length - 1) : index + step;
  all[Math.min(all.length - 1, Math.max(0, next))]?.focus();
}

function find(id: string): HTMLElement | undefined {
  return [...root.querySelectorAll<HTMLElement>('[data-id]')].find(element => element.dataset.id === id);
}

function button(name: string, id: string, said: Said): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = name;
  element.dataset.id = id;
  element.addEventListener('click', () => host.postMessage(said));
  return element;
}

function made(tag: string, className = '', text = ''): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
