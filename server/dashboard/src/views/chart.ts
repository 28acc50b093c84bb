// Stacked columns on a canvas.

import uPlot from 'uplot';

/** What is drawn. */
export type Drawing = {
  /** What stands below each column. */
  labels: string[];
  /** The tops of each layer from the bottom up, the last one of whole columns. */
  tops: number[][];
  /** A colour for each layer. */
  colors: string[];
  /** The texts of values at the left. */
  scale: (values: number[]) => string[];
  /** Colours of the page. */
  line: string;
  text: string;
  font: string;
  /** The column that is pointed at; `null` for none. */
  onPoint: (index: number | null, left: number) => void;
};

/** Least room of a label below, in pixels. */
const LABEL = 64;

/** A chart in an element; what it returns takes it away again, or points at a column. */
export function draw(
  element: HTMLElement,
  drawing: Drawing,
): { point: (index: number | null) => void; end: () => void } {
  const { labels, tops, colors } = drawing;
  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  const bars = uPlot.paths.bars?.({ size: [0.78, 46], radius: labels.length < 60 ? 0.12 : 0 });
  // The highest first: what is drawn later covers it from the bottom up.
  const layers = tops.map((values, index) => ({ values, color: colors[index] ?? drawing.text })).reverse();
  const axis = { stroke: drawing.text, font: drawing.font, ticks: { show: false } };
  const options: uPlot.Options = {
    ...size(),
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [-0.5, labels.length - 0.5] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.06 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        gap: 6,
        grid: { show: false },
        splits: u => {
          const every = step(labels.length, u.bbox.width / devicePixelRatio / LABEL);
          return labels.map((_, index) => index).filter(index => index % every === 0);
        },
        values: (_, indexes) => indexes.map(index => labels[index] ?? ''),
      },
      {
        ...axis,
        size: 56,
        space: 38,
        gap: 6,
        grid: { stroke: drawing.line, width: 1 },
        values: (_, values) => drawing.scale(values),
      },
    ],
    series: [{}, ...layers.map(({ color }) => series(color, bars))],
    hooks: {
      setCursor: [
        u => {
          const index = u.cursor.idx ?? null;
          const shown = index !== null && (u.cursor.left ?? -1) >= 0 ? index : null;
          drawing.onPoint(shown, shown === null ? 0 : u.valToPos(shown, 'x') + u.bbox.left / devicePixelRatio);
        },
      ],
    },
  };
  const chart = new uPlot(options, [labels.map((_, index) => index), ...layers.map(({ values }) => values)], element);
  const observer = new ResizeObserver(() => chart.setSize(size()));
  observer.observe(element);
  return {
    point: index =>
      chart.setCursor(index === null ? { left: -10, top: -10 } : { left: chart.valToPos(index, 'x'), top: 10 }),
    end: () => {
      observer.disconnect();
      chart.destroy();
    },
  };
}

function series(color: string, paths: uPlot.Series.PathBuilder | undefined): uPlot.Series {
  return { fill: color, stroke: color, width: 0, points: { show: false }, ...(paths && { paths }) };
}

/** So many columns lie between two labels that no more than `most` stand side by side. */
function step(columns: number, most: number): number {
  const least = columns / Math.max(1, most);
  return [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 48, 96, 168].find(every => every >= least) ?? Math.ceil(least);
}
