// What was spent today, this week and this month, and how fast it goes now.

import { clock, cost, count, cut, dollars, duration, folder, plural, tokens } from '../format.ts';
import { status } from '../live.ts';
import { now, open, project, useAnswer } from '../state.ts';
import type { Budget, Current, Period, Status, Totals } from '../wire.ts';
import { Meter } from './bits.tsx';

export function Cards() {
  const all = status.value;
  const only = project.value;
  const query = only ? `?${new URLSearchParams({ project: only })}` : '';
  const { data } = useAnswer<Current>(open.value ? `/v1/reports/current${query}` : '');
  if (all === null) {
    return (
      <div class="cards" aria-hidden="true">
        {['Today', 'This week', 'This month', 'Now'].map(name => (
          <div class="card" key={name}>
            <h2>{name}</h2>
            <p class="figure"> </p>
          </div>
        ))}
      </div>
    );
  }
  const where = only ? ` in ${folder(only)}` : '';
  const sums = (name: 'today' | 'week' | 'month') => (only ? data?.[name].totals : all[name]);
  return (
    <div class="cards">
      <Card
        name="today"
        title={`Today${where}`}
        sums={sums('today')}
        period={data?.today}
        budget={budget(all, 'day')}
      />
      <Card
        name="week"
        title={`This week${where}`}
        sums={sums('week')}
        period={data?.week}
        budget={budget(all, 'week')}
      />
      <Card
        name="month"
        title={`This month${where}`}
        sums={sums('month')}
        period={data?.month}
        budget={budget(all, 'month')}
      />
      <Rate status={all} />
    </div>
  );
}

/** The budget of everything, or of the project that is looked at. */
function budget(all: Status, period: string): Budget | undefined {
  const only = project.value;
  return all.budgets.find(one => one.period === period && (only ? one.name === only : one.scope === 'all'));
}

function Card(props: {
  name: string;
  title: string;
  sums: Totals | undefined;
  period: Period | undefined;
  budget: Budget | undefined;
}) {
  const { name, title, sums, period, budget } = props;
  return (
    <section class={`card ${name}`} aria-label={title}>
      <h2>{title}</h2>
      <p class="figure" data-figure={name}>
        {sums ? cost(sums) : '–'}
      </p>
      {sums && (
        <p class="under">
          <span>{tokens(sums.totalTokens)} tokens</span> <span>{plural(sums.messages, 'response')}</span>{' '}
          <span>{plural(sums.sessions, 'session')}</span>
        </p>
      )}
      {period?.peakHour != null && (
        <p class="under peak">
          <span>
            most at {period.peakHour}:00, {dollars(period.peakHourUsd)}
          </span>
          {name !== 'today' && <span> {dollars(period.dailyAverageUsd)} a day</span>}
        </p>
      )}
      {budget && (
        <div class="with-meter">
          <Meter label={`${title}: budget`} value={budget.usedPercent} severity={budget.severity} />
          <span>
            {cut(budget.usedPercent)} of {dollars(budget.limitUsd)}
          </span>
        </div>
      )}
    </section>
  );
}

/** The present rate, and the window of five hours that runs. */
function Rate({ status: { burn } }: { status: Status }) {
  const { block } = burn;
  return (
    <section class="card rate" aria-label="Now">
      <h2>Now</h2>
      <p class="figure" data-figure="rate">
        {burn.usdPerHour === null ? '–' : dollars(burn.usdPerHour)}
        <small> an hour</small>
      </p>
      {burn.tokensPerMinute !== null && (
        <p class="under">
          <span>{tokens(Math.round(burn.tokensPerMinute))} tokens a minute</span>
        </p>
      )}
      {block === null ? (
        <p class="under">No five-hour window runs.</p>
      ) : (
        <>
          <p class="under">
            <span data-figure="block">{dollars(block.costUsd)} in this window</span>{' '}
            <span>{dollars(block.projectedUsd)} at its end at this rate</span>
          </p>
          <div class="with-meter">
            <Elapsed from={block.startedAt} to={block.endsAt} />
            <span>until {clock(block.endsAt)}</span>
          </div>
        </>
      )}
    </section>
  );
}

/** How far a time has gone, as a line: a drawing, no figure. */
function Elapsed(props: { from: string; to: string }) {
  const [from, to] = [Date.parse(props.from), Date.parse(props.to)];
  const gone = Math.min(to, Math.max(from, now.value));
  return (
    <progress
      class="elapsed"
      max={to - from}
      value={gone - from}
      aria-label={`Five-hour window from ${clock(props.from)} to ${clock(props.to)}`}
      title={`${clock(props.from)} – ${clock(props.to)}, ${duration(to - gone)} left`}
    />
  );
}

/** Tokens of the range by class. */
export function Classes({ sums }: { sums: Totals }) {
  const classes: [string, string, number][] = [
    ['input', 'Input', sums.inputTokens],
    ['output', 'Output', sums.outputTokens],
    ['write', 'Cache write', sums.cacheWriteTokens],
    ['read', 'Cache read', sums.cacheReadTokens],
  ];
  return (
    <>
      <div class="classes-bar" aria-hidden="true">
        {classes.map(([name, , value]) => (
          <span key={name} class={name} style={{ flexGrow: value }} />
        ))}
      </div>
      <dl class="classes-list">
        {classes.map(([name, title, value]) => (
          <div key={name}>
            <dt>
              <span class={`swatch ${name}`} aria-hidden="true" />
              {title}
            </dt>
            <dd data-class={name} title={count(value)}>
              {tokens(value)}
            </dd>
          </div>
        ))}
        <div class="sum">
          <dt>All tokens</dt>
          <dd data-class="total" title={count(sums.totalTokens)}>
            {tokens(sums.totalTokens)}
          </dd>
        </div>
      </dl>
      <p class="under">
        {sums.cacheWrite1hTokens > 0 && <span>{tokens(sums.cacheWrite1hTokens)} of the cache writes for an hour</span>}
        {sums.webSearches > 0 && <span> {plural(sums.webSearches, 'web search')}</span>}
        {sums.unpricedMessages > 0 && <span> {plural(sums.unpricedMessages, 'response')} without a price (+?)</span>}
        {sums.lowerBoundMessages > 0 && (
          <span> {plural(sums.lowerBoundMessages, 'response')} without a final count: at least this much</span>
        )}
      </p>
    </>
  );
}
