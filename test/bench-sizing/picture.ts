const SIZE = 360;
const MARGIN = 52;
/** More are but a blot. */
const MOST_POINTS = 1200;
const COLOURS = ['#0b6e99', '#c4554d', '#448361', '#9065b0', '#d9730d', '#787774'];

export interface Panel {
  title: string;
  points: readonly { group: string; predicted: number; actual: number }[];
}

/** Predicted against actual seconds, one panel beside the other, both axes logarithmic. */
export function picture(panels: readonly Panel[]): string {
  const groups = [...new Set(panels.flatMap(({ points }) => points.map(({ group }) => group)))];
  const width = panels.length * SIZE;
  const parts = panels.map(
    (panel, index) => `<g transform="translate(${index * SIZE},0)">${drawn(panel, groups)}</g>`,
  );
  const legend = groups.map(
    (group, index) =>
      `<circle cx="${MARGIN + index * 90}" cy="${SIZE + 12}" r="4" fill="${colourOf(group, groups)}"/>` +
      `<text x="${MARGIN + 8 + index * 90}" y="${SIZE + 16}">${group}</text>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${SIZE + 28}" width="${width}" height="${SIZE + 28}" ` +
    `font-family="sans-serif" font-size="11" fill="#37352f"><title>Predicted against actual seconds</title><rect width="100%" height="100%" fill="#fff"/>` +
    `${parts.join('')}${legend.join('')}</svg>\n`
  );
}

function drawn({ title, points }: Panel, groups: readonly string[]): string {
  const values = points.flatMap(({ predicted, actual }) => [predicted, actual]);
  const least = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const inner = SIZE - 2 * MARGIN;
  const at = (value: number): number => (inner * Math.log(value / least)) / Math.log(most / least);
  const x = (value: number): string => (MARGIN + at(value)).toFixed(1);
  const y = (value: number): string => (SIZE - MARGIN - at(value)).toFixed(1);
  const ticks: string[] = [];
  for (let tick = least; tick <= most; tick *= 10) {
    ticks.push(
      `<line x1="${x(tick)}" y1="${y(least)}" x2="${x(tick)}" y2="${y(most)}" stroke="#e9e9e7"/>`,
      `<line x1="${x(least)}" y1="${y(tick)}" x2="${x(most)}" y2="${y(tick)}" stroke="#e9e9e7"/>`,
      `<text x="${x(tick)}" y="${SIZE - MARGIN + 15}" text-anchor="middle">${tick}</text>`,
      `<text x="${MARGIN - 6}" y="${y(tick)}" dy="4" text-anchor="end">${tick}</text>`,
    );
  }
  const spread = Math.ceil(points.length / MOST_POINTS);
  const shown = points.filter((_, index) => index % spread === 0);
  const dots = shown.map(
    ({ group, predicted, actual }) =>
      `<circle cx="${x(actual)}" cy="${y(predicted)}" r="2.2" fill="${colourOf(group, groups)}" fill-opacity="0.45"/>`,
  );
  return (
    `<text x="${SIZE / 2}" y="24" text-anchor="middle" font-size="13">${title}</text>${ticks.join('')}` +
    `<line x1="${x(least)}" y1="${y(least)}" x2="${x(most)}" y2="${y(most)}" stroke="#9b9a97"/>${dots.join('')}` +
    `<text x="${SIZE / 2}" y="${SIZE - 14}" text-anchor="middle">actual seconds</text>` +
    `<text x="14" y="${SIZE / 2}" text-anchor="middle" transform="rotate(-90 14 ${SIZE / 2})">predicted seconds</text>`
  );
}

const colourOf = (group: string, groups: readonly string[]): string =>
  COLOURS[groups.indexOf(group) % COLOURS.length] as string;
