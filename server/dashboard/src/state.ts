// What the page shows, and what follows from it.

import { computed, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { read, reportRange, type View, write } from './address.ts';
import { get, Refusal, token } from './api.ts';
import { generation } from './live.ts';

/** What is looked at: the address. */
export const view = signal<View>(read(location.search));

/** Looks at something else; the way back leads here. */
export function show(change: Partial<View>): void {
  const next = { ...view.value, ...change };
  if (write(next) !== write(view.value)) {
    history.pushState(null, '', location.pathname + write(next));
  }
  view.value = next;
}

addEventListener('popstate', () => {
  view.value = read(location.search);
});

/** Whether everything is told, or sums only. */
export const open = computed(() => token.value !== null);

/** The present time, for what is told relative to it. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

/** Whether the page is light, dark, or as the system. */
export type Theme = 'auto' | 'light' | 'dark';
const THEME = 'costline.theme';
export const theme = signal<Theme>((localStorage.getItem(THEME) as Theme | null) ?? 'auto');
theme.subscribe(value => {
  if (value === 'auto') {
    localStorage.removeItem(THEME);
    document.documentElement.removeAttribute('data-theme');
  } else {
    localStorage.setItem(THEME, value);
    document.documentElement.setAttribute('data-theme', value);
  }
});

/** The address of a report over the range that is looked at. */
export function report(name: string, params: Record<string, string> = {}): string {
  return `/v1/reports/${name}?${new URLSearchParams({ ...params, ...reportRange(view.value) })}`;
}

/** An answer on its way: the one before it stays until it is there. */
export type Answer<T> = { data: T | null; error: string; path: string };

/** Asks, and asks again whenever something has changed. An empty path asks nothing. */
export function useAnswer<T>(path: string): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ data: null, error: '', path: '' });
  const held = token.value;
  useEffect(() => {
    if (path === '') {
      setAnswer({ data: null, error: '', path });
      return;
    }
    const controller = new AbortController();
    const question = once(async () => {
      const next = await answered<T>(path, controller.signal);
      if (next !== null && !controller.signal.aborted) {
        setAnswer(next);
      }
    });
    const stop = generation.subscribe(question);
    return () => {
      stop();
      controller.abort();
    };
  }, [path, held]);
  return answer;
}

/** The answer; `null` where a server that is away leaves the last one standing: that it is old is said above it. */
async function answered<T>(path: string, signal: AbortSignal): Promise<Answer<T> | null> {
  try {
    return { data: await get<T>(path, signal), error: '', path };
  } catch (error) {
    return error instanceof Refusal ? { data: null, error: error.message, path } : null;
  }
}

/** Does something one at a time: what is wished for meanwhile is done once more, after it. */
function once(work: () => Promise<void>): () => void {
  let [working, again] = [false, false];
  const start = async () => {
    working = true;
    do {
      again = false;
      await work();
    } while (again);
    working = false;
  };
  return () => {
    again = true;
    if (!working) {
      void start();
    }
  };
}
