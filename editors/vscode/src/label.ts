// What the item in the status bar says.

import type { View } from './view.ts';
import { usd } from './wording.ts';

/** What the user chose for the item. */
export type Taste = {
  visible: 'always' | 'active' | 'never';
  icon: string;
  compact: boolean;
};

/** An item of the status bar. */
export type Label = {
  text: string;
  /** What a screen reader says. */
  spoken: string;
  /** Its background; none while all is well. */
  background: 'warning' | 'error' | undefined;
  /** Whether its text is dimmed. */
  faded: boolean;
};

/** The item for what there is to show; `undefined` hides it. */
export function label(view: View, taste: Taste): Label | undefined {
  if (taste.visible === 'never' || (taste.visible === 'active' && idle(view))) {
    return undefined;
  }
  const { link, status } = view;
  switch (link.kind) {
    case 'starting':
      return say('$(loading~spin) Costline', 'Costline is starting', undefined, true);
    case 'lost':
      return say('$(debug-disconnect) Costline', `Costline is disconnected: ${link.reason}`, 'warning');
    case 'failed':
      return say('$(error) Costline', `Costline does not run: ${link.reason}`, 'error');
    case 'connected':
      break;
  }
  if (!status) {
    return say('$(loading~spin) Costline', 'Costline is reading', undefined, true);
  }
  const words = (taste.compact ? usd(status.workspace.todayUsd ?? status.today.costUsd) : status.text) || 'Costline';
  if (status.severity === 'stale') {
    return say(`$(history) ${words} (stale)`, `Costline: ${words}, not up to date`, undefined, true);
  }
  const background = status.severity === 'ok' ? undefined : status.severity;
  const spoken = `Costline: ${words}${background ? `, ${background}` : ''}`;
  return say(taste.icon ? `${taste.icon} ${words}` : words, spoken, background);
}

function say(text: string, spoken: string, background: Label['background'], faded = false): Label {
  return { text, spoken, background, faded };
}

/** Whether nothing goes on in the window's folders, and nothing is wrong. */
function idle({ link, status }: View): boolean {
  if (link.kind !== 'connected' && link.kind !== 'starting') {
    return false;
  }
  return !status || (status.severity === 'ok' && !status.sessions.some(session => session.state === 'active'));
}
