// Questions to the server, with the token of this page.

import { signal } from '@preact/signals';

const KEY = 'costline.token';

/** The token that this page was given; `null`: the server tells sums only. */
export const token = signal<string | null>(sessionStorage.getItem(KEY));

/** Why the token is gone, in a sentence for a person. */
export const refused = signal('');

/** What the server refused, with its sentence. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function keepToken(value: string | null): void {
  token.value = value;
  if (value === null) {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, value);
    refused.value = '';
  }
}

/** A request with the token. A token that is not known any more is let go, and the request goes again without one. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const used = token.value;
  const headers = new Headers(init.headers);
  if (used !== null) {
    headers.set('Authorization', `Bearer ${used}`);
  }
  const response = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'omit' });
  if (response.status === 401 && used !== null && token.value === used) {
    keepToken(null);
    refused.value = 'The link has expired.';
    return ask(path, init);
  }
  if (!response.ok) {
    throw new Refusal(response.status, await sentence(response));
  }
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

/** Writes something; the answer is the server's, where it has one, and the error a sentence. */
export async function send(method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  const text =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const response = await ask(path, { method, ...text }).catch((error: unknown) => {
    throw error instanceof Refusal ? error : new Refusal(0, 'The server does not answer.');
  });
  const answer = await response.text();
  return answer === '' ? null : JSON.parse(answer);
}

/** The one-time code of the address, if it has one, becomes a token; it leaves the address before anything else. */
export async function redeem(): Promise<void> {
  const code = /^#code=(.+)$/.exec(location.hash)?.[1];
  if (code === undefined) {
    return;
  }
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const answer = (await send('POST', '/v1/link', { code: decodeURIComponent(code) })) as { token: string };
    keepToken(answer.token);
  } catch (error) {
    refused.value = error instanceof Refusal ? 'The link was used already, or is too old.' : '';
  }
}

/** Tries a token that a person pasted; the error is a sentence. */
export async function tryToken(value: string): Promise<void> {
  const headers = { Authorization: `Bearer ${value}` };
  const response = await fetch('/v1/status', { headers, cache: 'no-store', credentials: 'omit' });
  if (!response.ok) {
    throw new Refusal(response.status, response.status === 401 ? 'That token is not known.' : await sentence(response));
  }
  keepToken(value);
}

async function sentence(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    return (JSON.parse(text) as { error: string }).error;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
