// What was spent when, and on what.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { METRICS, rangeName, STACKS, STEPS, step } from '../address.ts';
import { cost, date, dollars, folders, model, timeName, tokens } from '../format.ts';
import { columns, MOST, tops } from '../stack.ts';
import { type Answer, open, report, show, theme, useAnswer, view } from '../state.ts';
import type { Report, Row, Totals } from '../wire.ts';
import { Choice, Panel, Quiet, Trouble } from './bits.tsx';
import { type Drawing, draw } from './chart.ts';

const NONE = '(not known)';

export function Timeline() {
  const { metric, stack: wanted, step: asked } = view.value;
  const by = step(view.value);
  const stack = open.value ? wanted : 'model';
  const times = useAnswer<Report>(report('breakdown', { by, split: stack }));
  const kinds = useAnswer<Report>(report('breakdown', { by: stack, limit: String(MOST) }));
  const stacks = open.value ? STACKS : { model: STACKS.model };
  return (
    <Panel
      name="timeline"
      title="Timeline"
      note={rangeName(view.value)}
      tools={
        <>
          <Choice label="Length of a column" options={STEPS} value={asked} onChoose={value => show({ step: value })} />
          <Choice label="Stacked by" options={stacks} value={stack} onChoose={value => show({ stack: value })} />
          <Choice label="Measure" options={METRICS} value={metric} onChoose={value => show({ metric: value })} />
        </>
      }
    >
      <Body times={times} kinds={kinds} by={times.path.includes(`by=${by}&`) ? by : ''} />
    </Panel>
  );
}

function Body({ times, kinds, by }: { times: Answer<Report>; kinds: Answer<Report>; by: string }) {
  const { metric, stack } = view.value;
  if (times.error) {
    return <Trouble>{times.error}</Trouble>;
  }
  if (times.data === null || kinds.data === null || by === '') {
    return <div class="chart-room" />;
  }
  if (times.data.rows.length === 0) {
    return (
      <div class="chart-room">
        <Quiet>Nothing was used in this time.</Quiet>
      </div>
    );
  }
  return (
    <>
      <p class="figure" data-figure="range">
        {metric === 'cost' ? cost(times.data.totals) : tokens(times.data.totals.totalTokens)}
        {times.data.partial && <small> not everything is read yet</small>}
      </p>
      <Stacked report={times.data} kinds={kinds.data.rows} by={by} stack={open.value ? stack : 'model'} />
    </>
  );
}

type Stack = 'model' | 'project';
type Name = (key: string) => string;

/** What the keys of a legend are called. */
function namesOf(stack: Stack, keys: string[]): Name {
  const name = stack === 'model' ? model : folders(keys);
  return key => (key === '' ? NONE : name(key));
}

function Stacked({ report, kinds, by, stack }: { report: Report; kinds: Row[]; by: string; stack: Stack }) {
  const { metric } = view.value;
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof draw>>(null);
  const pointed = useSignal<{ index: number; left: number } | null>(null);
  const dark = useDark();
  const { keys, rows } = useMemo(() => columns(report, by), [report, by]);
  const layers = kinds.map(row => row.key);
  const name = namesOf(stack, layers);
  const more = report.rows.some(row => row.parts?.some(part => !layers.includes(part.key)));
  useEffect(() => {
    if (element.current === null) {
      return;
    }
    const drawn = draw(element.current, {
      ...looks(element.current, layers.length),
      labels: keys.map(key => label(by, key)),
      tops: tops(rows, layers, metric),
      scale: metric === 'cost' ? scale : values => values.map(tokens),
      onPoint: (index, left) => {
        pointed.value = index === null ? null : { index, left };
      },
    });
    chart.current = drawn;
    if (pointed.value !== null) {
      drawn.point(Math.min(pointed.value.index, keys.length - 1));
    }
    return drawn.end;
  }, [report, kinds, by, metric, stack, dark]);
  const steer = (event: KeyboardEvent) => {
    const last = keys.length - 1;
    const at = pointed.value?.index;
    const to: Record<string, number> = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? -1) + 1),
      Home: 0,
      End: last,
    };
    const next = to[event.key];
    if (next !== undefined) {
      event.preventDefault();
      chart.current?.point(next);
    } else if (event.key === 'Escape') {
      chart.current?.point(null);
    } else if (event.key === 'Enter' && at !== undefined) {
      enter(by, keys[at]);
    }
  };
  const at = pointed.value;
  return (
    <>
      <div class="chart-room">
        {/* biome-ignore lint/a11y/useSemanticElements: a canvas has no element that arrows walk through */}
        <div
          class="chart"
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows walk through its columns
          tabIndex={0}
          aria-label={`Columns by ${by === 'day-hour' ? 'hour' : by}; the arrow keys walk through them, and a table follows`}
          ref={element}
          onKeyDown={steer}
          onBlur={() => chart.current?.point(null)}
          onClick={() => at && enter(by, keys[at.index])}
        />
        {at && (
          <Hint
            row={rows[at.index]}
            name={timeName(by, keys[at.index] ?? '')}
            left={at.left}
            {...{ layers, nameOf: name }}
          />
        )}
      </div>
      <ul class="legend">
        {kinds.map((row, index) => (
          <li key={row.key}>
            <span class={`swatch s${index}`} aria-hidden="true" />
            <span class="name" title={row.key}>
              {name(row.key)}
            </span>{' '}
            <b>{value(metric, row)}</b>
          </li>
        ))}
        {more && (
          <li>
            <span class="swatch other" aria-hidden="true" />
            others
          </li>
        )}
      </ul>
      <AsTable {...{ report, kinds, by, name }} />
    </>
  );
}

/** The same in figures, made once it is asked for. */
function AsTable({ report, kinds, by, name }: { report: Report; kinds: Row[]; by: string; name: Name }) {
  const { metric } = view.value;
  const unfolded = useSignal(false);
  return (
    <details class="as-table" onToggle={event => (unfolded.value = event.currentTarget.open)}>
      <summary>As a table</summary>
      {unfolded.value && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
          <section class="scroll" tabIndex={0} aria-label="Timeline as a table">
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col" class="number">
                    All
                  </th>
                  {kinds.map(row => (
                    <th scope="col" class="number" key={row.key}>
                      {name(row.key)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {report.rows.map(row => (
                  <tr key={row.key}>
                    <th scope="row">{timeName(by, row.key)}</th>
                    <td class="number">{value(metric, row)}</td>
                    {kinds.map(kind => (
                      <td class="number" key={kind.key}>
                        {value(
                          metric,
                          row.parts?.find(part => part.key === kind.key),
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </details>
  );
}

/** What is known of the column that is pointed at. */
function Hint(props: { row: Row | undefined; name: string; left: number; layers: string[]; nameOf: Name }) {
  const { metric } = view.value;
  const parts = props.row?.parts ?? [];
  const known = parts.filter(part => props.layers.includes(part.key));
  const color = (key: string) => `s${props.layers.indexOf(key)}`;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const room = box.current?.parentElement?.clientWidth ?? 0;
    if (box.current) {
      const width = box.current.offsetWidth;
      const left = props.left + 14 + width > room ? props.left - 14 - width : props.left + 14;
      box.current.style.transform = `translateX(${Math.max(0, left)}px)`;
    }
  });
  return (
    <div class="hint" ref={box} aria-live="polite">
      <strong>{props.name}</strong>
      <b class="whole">{value(metric, props.row)}</b>
      {known.map(part => (
        <div key={part.key} class="part">
          <span class={`swatch ${color(part.key)}`} aria-hidden="true" />
          <span class="name">{props.nameOf(part.key)}</span>
          <b>{value(metric, part)}</b>
        </div>
      ))}
      {parts.length > known.length && <div class="part quiet">and {parts.length - known.length} more</div>}
    </div>
  );
}

function value(metric: 'cost' | 'tokens', sums: Totals | undefined): string {
  return sums === undefined
    ? metric === 'cost'
      ? dollars(0)
      : '0'
    : metric === 'cost'
      ? cost(sums)
      : tokens(sums.totalTokens);
}

/** Looks at the time of a column alone. */
function enter(by: string, key: string | undefined): void {
  if (key === undefined || by === 'day-hour') {
    return;
  }
  const first = by === 'month' ? `${key}-01` : key;
  const last = new Date(first);
  if (by === 'week') {
    last.setUTCDate(last.getUTCDate() + 6);
  } else if (by === 'month') {
    last.setUTCMonth(last.getUTCMonth() + 1, 0);
  }
  show({ range: 'span', since: first, until: last.toISOString().slice(0, 10), step: 'auto' });
}

function label(by: string, key: string): string {
  return by === 'day-hour' ? `${key.slice(11)}:00` : date(key);
}

/** Whole dollars, unless there is less between two lines. */
function scale(values: number[]): string[] {
  const whole = values.every(Number.isInteger);
  return values.map(value => (whole ? `$${value.toLocaleString('en-US')}` : dollars(value)));
}

/** The page's colours, for a canvas that knows no variables. */
function looks(element: HTMLElement, layers: number): Pick<Drawing, 'colors' | 'line' | 'text' | 'font'> {
  const style = getComputedStyle(element);
  // A variable's own value names two colours; one that is used is the one that shows.
  const probe = element.appendChild(document.createElement('i'));
  const color = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = Array.from({ length: layers }, (_, index) => color(`--s${index}`));
  const look = {
    colors: [...colors, color('--other')],
    line: color('--line'),
    text: color('--muted'),
    font: `12px ${style.fontFamily}`,
  };
  probe.remove();
  return look;
}

/** Whether the page is dark, by its switch or the system; a canvas has to be drawn anew when that changes. */
function useDark(): boolean {
  const system = useSignal(matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => {
      system.value = query.matches;
    };
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return theme.value === 'auto' ? system.value : theme.value === 'dark';
}
