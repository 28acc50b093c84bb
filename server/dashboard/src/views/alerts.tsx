// What is worth a word now, and what stands in the way of the figures.

import { useSignal } from '@preact/signals';
import { refused, send, tryToken } from '../api.ts';
import { ago, clock, duration, moment } from '../format.ts';
import { heard, link, renew, status, tryNow } from '../live.ts';
import { now, open, show } from '../state.ts';
import type { AlertNotice } from '../wire.ts';

/** Everything that stands above the figures. */
export function Notices() {
  const all = status.value;
  return (
    <div class="notices">
      <Offline />
      <Stale />
      {all?.health.problems.map(problem => (
        <div class="notice warning problem" key={problem}>
          <span>{problem}</span>
        </div>
      ))}
      {all && <Alerts alerts={all.alerts} />}
      {!open.value && all !== null && <Closed />}
    </div>
  );
}

/** Says that nothing is heard any more, of when the figures are, and when it is tried again. */
function Offline() {
  const state = link.value;
  if (state.kind !== 'offline') {
    return null;
  }
  const left = Math.max(0, state.again - now.value);
  const of = new Date(heard.value).toLocaleTimeString('en-GB');
  return (
    <div class="notice error offline" role="alert">
      <strong>Not connected.</strong>
      <span>
        {state.reason} {heard.value > 0 ? `What stands here is of ${of}.` : ''}
      </span>
      <span class="acts">
        <span class="quiet">{left < 1000 ? 'trying …' : `again in ${duration(left)}`}</span>
        <button type="button" onClick={tryNow}>
          Try now
        </button>
      </span>
    </div>
  );
}

/** Says that the server itself hears nothing new, and since when; why is said below it. */
function Stale() {
  const all = status.value;
  if (all?.severity !== 'stale' || link.value.kind !== 'live') {
    return null;
  }
  const { lastIngestAt } = all.health;
  return (
    <div class="notice error stale" role="alert">
      <strong>These figures are not being kept up to date.</strong>
      <span>
        {lastIngestAt && `Nothing was taken in since ${moment(lastIngestAt, now.value)}. `}
        <code>costline doctor</code> says what can be done.
      </span>
    </div>
  );
}

/** Alerts that stand there until more are asked for: figures stay in sight. */
const FEW = 2;
const GRAVITY = ['error', 'warning', 'info', 'ok'];

function Alerts({ alerts }: { alerts: AlertNotice[] }) {
  const all = useSignal(false);
  const sorted = alerts.toSorted((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity));
  return (
    <>
      {(all.value ? sorted : sorted.slice(0, FEW)).map(alert => (
        <Alert key={alert.id} alert={alert} />
      ))}
      {sorted.length > FEW && (
        <button type="button" class="link" onClick={() => (all.value = !all.value)}>
          {all.value ? 'Show fewer alerts' : `Show ${sorted.length - FEW} more`}
        </button>
      )}
    </>
  );
}

function Alert({ alert }: { alert: AlertNotice }) {
  const error = useSignal('');
  const mark = async (action: 'acknowledge' | 'snooze') => {
    try {
      await send('POST', `/v1/alerts/${alert.id}`, { action });
      renew();
    } catch (problem) {
      error.value = (problem as Error).message;
    }
  };
  const { session } = alert;
  return (
    <div class={`notice ${alert.severity}`} data-alert={alert.id}>
      <strong>{alert.title}</strong>
      <span>
        {alert.message}
        {error.value && <em class="error"> {error.value}</em>}
      </span>
      <span class="acts">
        <time class="quiet" dateTime={alert.raisedAt} title={clock(alert.raisedAt)}>
          {ago(alert.raisedAt, now.value)}
        </time>
        {session !== null && open.value && (
          <button type="button" onClick={() => show({ session })}>
            Session
          </button>
        )}
        {open.value && (
          <>
            <button type="button" onClick={() => mark('acknowledge')} aria-label={`Acknowledge: ${alert.title}`}>
              Acknowledge
            </button>
            <button type="button" onClick={() => mark('snooze')} aria-label={`Snooze: ${alert.title}`}>
              Snooze
            </button>
          </>
        )}
      </span>
    </div>
  );
}

/** Without a token: what is missing, and how to get it. */
function Closed() {
  const error = useSignal('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await tryToken(String(given.get('token')).trim());
    } catch (problem) {
      error.value = (problem as Error).message;
    }
  };
  return (
    <div class="notice info closed">
      <strong>{refused.value || 'Sums only.'}</strong>
      <span>
        Others may use this machine, so projects and sessions are shown to who has a token. Run{' '}
        <code>costline dashboard</code> to open this page in full, or paste what <code>costline token show</code>{' '}
        prints.
      </span>
      <form class="acts" onSubmit={submit}>
        <input name="token" type="password" required aria-label="Token" placeholder="Token" autocomplete="off" />
        <button type="submit">Open</button>
        {error.value && (
          <em class="error" role="alert">
            {error.value}
          </em>
        )}
      </form>
    </div>
  );
}
