// The connection that is held open: statuses as they come, and what to say while there is none.

import { signal } from '@preact/signals';
import { ask, get, Refusal, token } from './api.ts';
import { wait } from './backoff.ts';
import { reader, type Sent } from './sse.ts';
import type { Status } from './wire.ts';

/** How this page hears from the server. */
export type Link =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** Nothing is heard; `again` is when it is tried again, as milliseconds of this machine's clock. */
  | { kind: 'offline'; again: number; reason: string };

export const link = signal<Link>({ kind: 'connecting' });
/** The latest status, and whether it is the newest is for `link` to say. */
export const status = signal<Status | null>(null);
/** When the latest word came. */
export const heard = signal(0);
/** Grows when reports may have changed. */
export const generation = signal(0);
/** What was told, for a screen reader. */
export const told = signal('');

/** A server that is well says something every 15 seconds. */
const SILENCE = 25_000;
/** Reports are asked for again at most so often, and no more often than leaves the server at rest most of the time. */
const LEAST = 1000;
const REST = 5;

let attempt = new AbortController();
let wake: () => void = () => {};

/** Listens until the page is closed. */
export async function listen(): Promise<never> {
  let failed = 0;
  for (;;) {
    let reason = 'The server has ended.';
    try {
      await once(() => {
        failed = 0;
      });
    } catch (error) {
      reason = error instanceof Refusal ? error.message : 'The server does not answer.';
    }
    const pause = wait(failed++);
    link.value = { kind: 'offline', again: Date.now() + pause, reason };
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, pause);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Tries now, where it would have waited. */
export function tryNow(): void {
  wake();
}

/** Begins anew, since another token counts. */
export function reconnect(): void {
  attempt.abort();
  wake();
}

async function once(lives: () => void): Promise<void> {
  attempt = new AbortController();
  const { signal } = attempt;
  const guard = { timer: setTimeout(() => attempt.abort(), SILENCE) };
  try {
    const response = await ask('/v1/events', { signal, headers: { Accept: 'text/event-stream' } });
    if (response.body === null) {
      throw new Error('no body');
    }
    // Whoever did not hear the last event still begins with the newest.
    take(await get<Status>('/v1/status', signal));
    lives();
    if (link.value.kind === 'offline') {
      // What was asked for meanwhile was not answered.
      renew();
    }
    link.value = { kind: 'live' };
    const parse = reader();
    const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await text.read();
      if (done) {
        return;
      }
      heard.value = Date.now();
      clearTimeout(guard.timer);
      guard.timer = setTimeout(() => attempt.abort(), SILENCE);
      parse(value).forEach(happen);
    }
  } finally {
    clearTimeout(guard.timer);
    attempt.abort();
  }
}

function happen({ event, data }: Sent): void {
  if (event === 'status') {
    take(JSON.parse(data) as Status);
  } else if (event === 'alert' || event === 'budgetWarning' || event === 'limitWarning') {
    told.value = (JSON.parse(data) as { message: string }).message;
    renew();
  } else if (event === 'sessionStarted' || event === 'sessionEnded') {
    renew();
  }
}

function take(next: Status): void {
  heard.value = Date.now();
  const changed = status.value?.revision !== next.revision;
  status.value = next;
  if (changed) {
    renew();
  }
}

/** How long the last question took to be answered, in milliseconds. */
export const took = { last: 0 };

let renewed = 0;
let pending: ReturnType<typeof setTimeout> | undefined;

/** Has reports asked for again: at once, and then no more often than that is of use; a page that nobody sees waits. */
export function renew(): void {
  if (pending !== undefined) {
    return;
  }
  const due = () => {
    pending = undefined;
    if (document.visibilityState === 'hidden') {
      late = true;
      return;
    }
    renewed = Date.now();
    generation.value++;
  };
  const left = renewed + Math.max(LEAST, took.last * REST) - Date.now();
  if (left <= 0) {
    due();
  } else {
    pending = setTimeout(due, left);
  }
}

let late = false;
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') {
    tryNow();
    if (late) {
      late = false;
      renew();
    }
  }
});
addEventListener('online', tryNow);
token.subscribe(
  (() => {
    let known: string | null | undefined;
    return (value: string | null) => {
      if (known !== undefined && known !== value) {
        reconnect();
        renew();
      }
      known = value;
    };
  })(),
);
