// Small pieces that every part of the page is made of.

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { rounded } from '../format.ts';
import type { Urgency } from '../wire.ts';

/** A part of the page with its heading, and at its right what it can be asked. */
export function Panel(props: {
  name: string;
  title: string;
  note?: ComponentChildren;
  tools?: ComponentChildren;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`panel ${props.name}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.note !== undefined && <span class="note">{props.note}</span>}
        {props.tools !== undefined && <div class="tools">{props.tools}</div>}
      </header>
      {props.children}
    </section>
  );
}

/** A choice of few, side by side. */
export function Choice<T extends string>(props: {
  label: string;
  options: Partial<Record<T, string>>;
  value: T | '';
  onChoose: (value: T) => void;
}) {
  const options = Object.entries(props.options) as [T, string][];
  // Of one there is nothing to choose.
  return options.length < 2 ? null : (
    <fieldset class="choice">
      <legend class="unseen">{props.label}</legend>
      {options.map(([value, name]) => (
        <button
          type="button"
          key={value}
          aria-pressed={value === props.value}
          onClick={() => props.onChoose(value)}
          data-value={value}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

/** How much of something is used; `mark` is where something happens by itself. */
export function Meter(props: { label: string; value: number | null; severity?: Urgency; mark?: number | null }) {
  const known = props.value !== null;
  const width = `${Math.min(100, Math.max(0, props.value ?? 0))}%`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter of the browser has no mark
    <div
      class={`meter ${props.severity ?? 'ok'}`}
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.min(100, props.value ?? 0) : 0}
      aria-valuetext={known ? rounded(props.value) : 'not known'}
    >
      <span class="fill" style={{ width }} />
      {props.mark != null && <span class="mark" style={{ left: `${Math.min(100, props.mark)}%` }} />}
    </div>
  );
}

/** A word in place of figures. */
export function Quiet(props: { children: ComponentChildren }) {
  return <p class="quiet">{props.children}</p>;
}

/** What went wrong with a question, in the server's sentence. */
export function Trouble(props: { children: string }) {
  return props.children === '' ? null : <p class="quiet trouble">{props.children}</p>;
}

/** A dot of a state's colour, with the state's name for who does not see it. */
export function Dot(props: { state: string }) {
  return (
    <>
      <span class={`dot ${props.state}`} aria-hidden="true" />
      <span class="unseen">{props.state}</span>
    </>
  );
}
