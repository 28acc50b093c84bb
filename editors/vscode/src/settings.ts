// The settings of this extension, as VS Code has them now.

import { workspace } from 'vscode';
import type { Taste } from './label.ts';
import type { Notifications } from './view.ts';

/** The program to run, where the user names one. */
export function serverPath(): string | null {
  return all().get<string | null>('server.path', null);
}

/** How the item looks. */
export function taste(): Taste {
  const settings = all();
  return {
    visible: settings.get<Taste['visible']>('statusBar.visible', 'always'),
    icon: settings.get('statusBar.icon', ''),
    compact: settings.get('statusBar.compact', false),
  };
}

/** Where the item stands. */
export function place(): { side: 'left' | 'right'; priority: number } {
  const settings = all();
  return { side: settings.get('statusBar.side', 'right'), priority: settings.get('statusBar.priority', 100) };
}

/** Which warnings are shown. */
export function notifications(): Notifications {
  return all().get<Notifications>('notifications', 'all');
}

/** The settings that the server takes from an editor; `null` leaves one to its own config file. */
export function serverOptions(): object {
  const settings = all();
  return { status: { parts: settings.get('status.parts', null), separator: settings.get('status.separator', null) } };
}

function all() {
  return workspace.getConfiguration('costline');
}
