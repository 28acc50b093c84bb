// The hours of the week: a table whose cells are coloured.

import { useSignal } from '@preact/signals';
import { rangeName } from '../address.ts';
import { cost, plural, tokens } from '../format.ts';
import { HOURS, heat, measure } from '../stack.ts';
import { report, useAnswer, view } from '../state.ts';
import type { Part, Report } from '../wire.ts';
import { Panel, Quiet, Trouble } from './bits.tsx';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

type Cell = Part;

export function Heat() {
  const { metric } = view.value;
  const { data, error } = useAnswer<Report>(report('breakdown', { by: 'weekday', split: 'hour' }));
  const pointed = useSignal('');
  const rows = new Map(data?.rows.map(row => [row.key, new Map(row.parts?.map(part => [part.key, part]))]));
  const most = Math.max(0, ...(data?.rows ?? []).flatMap(row => row.parts ?? []).map(part => measure(metric, part)));
  const text = (cell: Cell | undefined) =>
    cell === undefined ? 'nothing' : metric === 'cost' ? cost(cell) : tokens(cell.totalTokens);
  const full = (day: string, hour: string, cell: Cell | undefined) =>
    `${day} ${hour}:00 · ${text(cell)}${cell ? ` · ${plural(cell.messages, 'response')}` : ''}`;
  return (
    <Panel name="heat" title="Hours of the week" note={rangeName(view.value)}>
      <Trouble>{error}</Trouble>
      {data?.rows.length === 0 && <Quiet>Nothing was used in this time.</Quiet>}
      {data !== null && data.rows.length > 0 && (
        <>
          <table class="heat-map" onMouseLeave={() => (pointed.value = '')}>
            <caption class="unseen">
              {metric === 'cost' ? 'Cost' : 'Tokens'} by weekday and hour, {rangeName(view.value)}
            </caption>
            <thead>
              <tr>
                <td />
                {HOURS.map(hour => (
                  <th scope="col" key={hour}>
                    <span class={Number(hour) % 6 === 0 ? '' : 'unseen'}>{hour}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {DAYS.map((day, index) => (
                <tr key={day}>
                  <th scope="row">
                    <abbr title={day}>{day.slice(0, 2)}</abbr>
                  </th>
                  {HOURS.map(hour => {
                    const cell = rows.get(String(index + 1))?.get(hour);
                    return (
                      <td
                        key={hour}
                        class={`h${heat(measure(metric, cell), most)}`}
                        data-cell={`${index + 1}-${hour}`}
                        onMouseEnter={() => (pointed.value = full(day, hour, cell))}
                      >
                        <span class="unseen">{text(cell)}</span>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          <p class="heat-foot">
            <span class="readout">{pointed.value}</span>
            <span class="ramp" aria-hidden="true">
              less
              {[0, 1, 2, 3, 4, 5].map(step => (
                <i key={step} class={`h${step}`} />
              ))}
              more
            </span>
          </p>
        </>
      )}
    </Panel>
  );
}
