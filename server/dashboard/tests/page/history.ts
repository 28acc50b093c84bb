// What happened in the house that most tests look at: three sessions in two projects, over some days.

import type { House } from './house.ts';

export const HARBOR = '/home/ada/harbor';
export const TIDES = '/home/ada/tides & <b>winds</b>';
export const [BERTH, TABLES, GAUGE] = ['1', '2', '3'].map(
  digit => `${digit.repeat(8)}-0000-4000-8000-000000000000`,
) as [string, string, string];

/** Writes it. */
export function history(house: House): void {
  house.entitle(HARBOR, BERTH, 'Mend the double berth');
  house.prompt(HARBOR, BERTH, 2);
  house.respond(HARBOR, BERTH, { output: 40_000, read: 900_000, ago: 2, tools: [{ name: 'Read' }, { name: 'Bash' }] });
  house.respond(HARBOR, BERTH, {
    output: 5_000,
    write: 60_000,
    ago: 1.9,
    tools: [
      { name: 'Edit', input: { file_path: `${HARBOR}/src/berth.rs`, old_string: 'a', new_string: 'b\nc' } },
      { name: 'Task', input: { subagent_type: 'Explore', description: 'x', prompt: 'y' } },
      { name: 'Skill', input: { skill: 'review' } },
    ],
  });
  house.respond(HARBOR, BERTH, { output: 8_000, agent: 'Explore', ago: 1.8, tools: [{ name: 'Grep' }] });
  house.prompt(HARBOR, BERTH, 0.1);
  house.respond(HARBOR, BERTH, { output: 2_000, read: 120_000, ago: 0.05, tools: [{ name: 'mcp__charts__depth' }] });
  house.respond(HARBOR, TABLES, { output: 70_000, read: 2_000_000, model: 'claude-opus-4-5', ago: 50 });
  house.respond(HARBOR, TABLES, { output: 9_000, model: 'claude-opus-4-5', ago: 26 });
  house.entitle(TIDES, GAUGE, 'Find the <i>missing</i> gauge');
  house.respond(TIDES, GAUGE, { output: 30_000, input: 4_000, model: 'claude-haiku-4-5', ago: 100 });
  house.respond(TIDES, GAUGE, { output: 1_000, model: 'a-model-without-a-price', ago: 99 });
  for (let day = 6; day < 28; day += 1 + (day % 3)) {
    house.respond(day % 2 ? HARBOR : TIDES, day % 2 ? TABLES : GAUGE, {
      output: 3_000 * day,
      read: 90_000 * day,
      ago: day * 24 + day,
    });
  }
}
