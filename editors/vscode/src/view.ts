// What there is to show, wherever it is shown.

import type { Row, Status } from './contract.ts';

/** How things stand with the server. */
export type Link =
  | { kind: 'starting' }
  | { kind: 'connected' }
  /** It ended, or does not answer; it is being started again. */
  | { kind: 'lost'; reason: string }
  /** It cannot be started. */
  | { kind: 'failed'; reason: string };

/** All that the status bar and its tooltip speak of. */
export type View = {
  link: Link;
  /** The newest status; an old one while the server is away. */
  status: Status | undefined;
  /** Today by hour, as far as it was asked for. */
  hours: Row[];
};

/** Which warnings are shown as messages. */
export type Notifications = 'all' | 'errors' | 'none';

/** Whether a warning is shown as a message at all. */
export function isShown(severity: string | null | undefined, wanted: Notifications): boolean {
  if (severity === 'info' || severity === 'ok' || wanted === 'none') {
    return false;
  }
  return wanted === 'all' || severity === 'error';
}
