/**
 * Shares over time as SVG: a column for each interval, stacked to 100 % of its packets, and a
 * line for each event. An interval without packets stays empty.
 */

import { escaped } from "../net/html.ts";
import { withoutControls } from "../net/printable.ts";
import type { ShareIntervals } from "../replay/share-history.ts";

const WIDTH = 960;
const HEIGHT = 320;
const LEFT = 44;
const TOP = 26;
const BOTTOM = 28;
const PLOT_WIDTH = WIDTH - LEFT - 8;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Next hops with a colour of their own; the rest is one band. */
const BANDS_MAX = 8;
/** Time marks aimed at. */
const TICKS = 8;

/** An event where the plot marks it. */
export interface PlotEvent {
  readonly atSeconds: number;
  readonly label: string;
}

/** What is plotted. */
export interface SharePlot {
  readonly history: ShareIntervals;
  /** Names of adjacencies. */
  readonly labels: ReadonlyMap<number, string>;
  readonly events: readonly PlotEvent[];
  /** Adjacencies that are shown however few packets they got. */
  readonly targets: ReadonlySet<number>;
}

/** A colour of the plot: next hops that share it are told apart by their names alone. */
interface Band {
  readonly label: string;
  readonly hops: ReadonlySet<number>;
}

function bandsOf({ history, labels, targets }: SharePlot): readonly Band[] {
  const totals = new Map<number, number>();
  for (const interval of history.intervals) {
    for (const [hop, packets] of interval) totals.set(hop, (totals.get(hop) ?? 0) + packets);
  }
  const rank = (hop: number): number =>
    targets.has(hop) ? Number.POSITIVE_INFINITY : (totals.get(hop) ?? 0);
  const busiest = Array.from(totals.keys()).toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1));
  // In the order of the tables, so that a next hop keeps its place from page to page.
  const own = busiest.slice(0, BANDS_MAX).toSorted((a, b) => a - b);
  const bands = own.map((hop) => ({ label: labels.get(hop) ?? "", hops: new Set([hop]) }));
  const rest = busiest.slice(BANDS_MAX);
  if (rest.length === 0) return bands;
  return [...bands, { label: `${rest.length} others`, hops: new Set(rest) }];
}

function sum(interval: ReadonlyMap<number, number>, hops?: ReadonlySet<number>): number {
  let packets = 0;
  for (const [hop, count] of interval) if (hops?.has(hop) ?? true) packets += count;
  return packets;
}

/** One path a band: a rectangle for each interval that has packets. */
function bandPaths({ intervals }: ShareIntervals, bands: readonly Band[]): string {
  // Rounded alike wherever two rectangles meet: otherwise the page shows through.
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  const columnX = (index: number): number =>
    tenth(LEFT + (index / Math.max(intervals.length, 1)) * PLOT_WIDTH);
  const shareY = (share: number): number => tenth(TOP + (1 - share) * PLOT_HEIGHT);
  const bases = intervals.map(() => 0);
  const paths = bands.map(({ label, hops }, band) => {
    const parts = intervals.map((interval, index) => {
      const share = sum(interval, hops) / Math.max(sum(interval), 1);
      const base = bases[index] ?? 0;
      bases[index] = base + share;
      if (share === 0) return "";
      const [x, y] = [columnX(index), shareY(base + share)];
      return `M${x} ${y}H${columnX(index + 1)}V${shareY(base)}H${x}z`;
    });
    const title = `<title>${escaped(withoutControls(label))}</title>`;
    return `<path class="band b${band}" d="${parts.join("")}">${title}</path>`;
  });
  return paths.join("\n");
}

/** 1, 2 or 5 times a power of ten. */
function tickStep(seconds: number): number {
  const rough = seconds / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((one) => one * power >= rough) ?? 10;
  return factor * power;
}

function text(x: number, y: number, anchor: string, content: string): string {
  const place = `x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}"`;
  return `<text ${place}>${escaped(content)}</text>`;
}

function axes(seconds: number): string {
  const parts = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = TOP + (1 - share) * PLOT_HEIGHT;
    return (
      `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${y}" y2="${y}"/>` +
      text(LEFT - 6, y + 4, "end", `${share * 100} %`)
    );
  });
  if (seconds <= 0) return parts.join("");
  const step = tickStep(seconds);
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  for (let tick = 0; tick * step <= seconds; tick++) {
    const x = LEFT + ((tick * step) / seconds) * PLOT_WIDTH;
    const unit = tick === 0 ? " s" : "";
    parts.push(text(x, HEIGHT - 8, "middle", `${(tick * step).toFixed(digits)}${unit}`));
  }
  return parts.join("");
}

function eventLines(events: readonly PlotEvent[], seconds: number): string {
  const shown = events.filter(({ atSeconds }) => atSeconds <= seconds);
  return shown
    .map(({ atSeconds, label }, index) => {
      const x = LEFT + (atSeconds / Math.max(seconds, 1e-9)) * PLOT_WIDTH;
      const line = `<line class="event" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${TOP - 6}"`;
      const title = `<title>${escaped(withoutControls(label))}</title>`;
      const number = text(x, TOP - 10, "middle", String(index + 1));
      return `<g>${title}${line} y2="${TOP + PLOT_HEIGHT}"/>${number}</g>`;
    })
    .join("");
}

function legend(bands: readonly Band[]): string {
  const items = bands.map(({ label }, band) => {
    const swatch = `<svg viewBox="0 0 12 12" aria-hidden="true"><rect class="band b${band}"`;
    const name = escaped(withoutControls(label));
    return `<li>${swatch} width="12" height="12"/></svg>${name}</li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** The plot and its legend. */
export function sharePlot(plot: SharePlot): string {
  const { history, events } = plot;
  const seconds = history.intervals.length * history.widthSeconds;
  const bands = bandsOf(plot);
  const every = `every ${history.widthSeconds} s`;
  const about = `Part of the forwarded packets that each next hop got, ${every}`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="shares-title">
<title id="shares-title">${about}</title>
${bandPaths(history, bands)}
${axes(seconds)}
${eventLines(events, seconds)}
</svg>
${legend(bands)}`;
}
