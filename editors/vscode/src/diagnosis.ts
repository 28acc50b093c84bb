// What the doctor found, as a document.

import type { Examination } from './contract.ts';

/** What the doctor found, as Markdown: the gravest first. */
export function diagnosis({ program, version, generatedAt, findings }: Examination): string {
  const order = ['error', 'warning', 'note', 'ok'];
  const marks: Record<string, string> = { error: '✗', warning: '!', note: 'i', ok: '✓' };
  const sorted = [...findings].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  const lines = sorted.map(({ name, severity, message, advice }) => {
    const what = `${marks[severity] ?? '?'} **${name}**: ${message}`;
    return advice ? `${what}\n\n  → ${advice}` : what;
  });
  return `# Costline doctor\n\n${program ?? `costline ${version}`}, ${generatedAt}\n\n${lines.join('\n\n')}\n`;
}
