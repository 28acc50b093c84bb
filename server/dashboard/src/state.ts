// What the page shows, and what follows from it.

import { computed, type Signal, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { read, reportRange, type View, write } from './address.ts';
import { get, Refusal, token } from './api.ts';
import { generation, took } from './live.ts';
import { kept, settle, type Theme } from './theme.ts';

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

/** The one project that counts, if any: without a token nobody is told of one. */
export const project = computed(() => (open.value ? view.value.project : ''));

/** The present time, for what is told relative to it. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1000);

/** Whether the page is light, dark, or as the system. */
export const theme = signal<Theme>(kept());
theme.subscribe(settle);

/** The address of a report over the range that is looked at. */
export function report(name: string, params: Record<string, string> = {}): string {
  const range = reportRange({ ...view.value, project: project.value });
  return `/v1/reports/${name}?${new URLSearchParams({ ...params, ...range })}`;
}

/** An answer; one that is old stays until the next is there. */
export type Answer<T> = { data: T | null; error: string; path: string };

/** A question that some part of the page asks, and the latest answer. */
type Asked = { answer: Signal<Answer<unknown>>; asks: number; stop: () => void };

/** Parts that ask the same share the answer. */
const asked = new Map<string, Asked>();

/** Asks, and asks again whenever something has changed. An empty path asks nothing. */
export function useAnswer<T>(path: string): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ data: null, error: '', path: '' });
  const held = token.value;
  useEffect(() => {
    if (path === '') {
      setAnswer({ data: null, error: '', path });
      return;
    }
    // What another token is told is another answer.
    const key = `${held} ${path}`;
    const question = asked.get(key) ?? begin(path);
    asked.set(key, question);
    question.asks++;
    const stop = question.answer.subscribe(next => {
      if (next.path !== '') {
        setAnswer(next as Answer<T>);
      }
    });
    return () => {
      stop();
      question.asks--;
      if (question.asks === 0) {
        question.stop();
        asked.delete(key);
      }
    };
  }, [path, held]);
  return answer;
}

function begin(path: string): Asked {
  const controller = new AbortController();
  const answer = signal<Answer<unknown>>({ data: null, error: '', path: '' });
  const ask = once(async () => {
    const started = performance.now();
    const next = await answered(path, controller.signal);
    if (next !== null && !controller.signal.aborted) {
      took.last = performance.now() - started;
      answer.value = next;
    }
  });
  const end = generation.subscribe(ask);
  const stop = () => {
    end();
    controller.abort();
  };
  return { answer, asks: 0, stop };
}

/** The answer; `null` where a server that is away leaves the last one standing: that it is old is said above it. */
async function answered(path: string, signal: AbortSignal): Promise<Answer<unknown> | null> {
  try {
    return { data: await get(path, signal), error: '', path };
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
