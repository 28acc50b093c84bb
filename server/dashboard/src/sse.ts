// Server-sent events out of a stream of text, in whatever pieces it comes.

/** One event. */
export type Sent = { event: string; data: string; id: string };

/** A reader of events: takes pieces of text, and gives the events that they complete. */
export function reader(): (piece: string) => Sent[] {
  let rest = '';
  let id = '';
  let fields = new Map<string, string[]>();
  const end = (): Sent[] => {
    const { event, data } = Object.fromEntries(fields);
    fields = new Map();
    return data ? [{ event: event?.at(-1) ?? 'message', data: data.join('\n'), id }] : [];
  };
  const line = (text: string): Sent[] => {
    if (text === '') {
      return end();
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(text) ?? [];
    if (field === 'id') {
      id = value;
    } else {
      fields.set(field, [...(fields.get(field) ?? []), value]);
    }
    return [];
  };
  return piece => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines.flatMap(text => line(text.replace(/\r$/, '')));
  };
}
