/** The stacked areas of PSS by program, the machine's memory below them, and the legend that switches programs. */
export const SCRIPT_CHART = String.raw`
const LEFT = 64;
const RIGHT = 12;
const AREA = { top: 12, height: 300 };
const MACHINE = { top: 376, height: 72 };
/** @type {Set<number>} */
const hidden = new Set();
const chart = byId('chart');
const gaps = new Set(data.gaps);
const hasMachine = data.machine.used.some((used) => used !== null);
const fullHeight = hasMachine ? MACHINE.top + MACHINE.height + 8 : AREA.top + AREA.height + 28;

function startChart() {
  drawLegend();
  for (const [id, hide] of [['show-all', false], ['show-none', true]]) {
    byId(String(id)).addEventListener('click', () => {
      data.programs.forEach((_, index) => hide ? hidden.add(index) : hidden.delete(index));
      redraw();
    });
  }
  if (!hasTime) chart.parentElement?.classList.add('flat');
  else startCursor();
  if (data.programs.length === 0) {
    chart.append(element('p', 'nothing', 'There is no PSS to show.'));
    return;
  }
  new ResizeObserver(drawChart).observe(chart);
}

function redraw() {
  byId('legend').querySelectorAll('button').forEach((button, index) => {
    button.setAttribute('aria-pressed', String(!hidden.has(index)));
  });
  drawChart();
}

function drawLegend() {
  byId('legend').append(...data.programs.map((program, index) => {
    const now = program.pss[last] ?? 0;
    const change = now - (program.pss[0] ?? 0);
    const name = nameOf(program);
    const label = element('span', 'grow', name);
    label.title = name;
    const button = element('button', colourClass(index), element('span', 'swatch'), label, element('span', '', amount(now)));
    if (hasTime) button.append(element('span', 'delta ' + toneOf(change, now / 20), signed(change)));
    button.type = 'button';
    button.setAttribute('aria-pressed', 'true');
    button.addEventListener('click', () => {
      if (!hidden.delete(index)) hidden.add(index);
      redraw();
    });
    button.addEventListener('pointerenter', () => light(index));
    button.addEventListener('pointerleave', () => light(-1));
    return button;
  }));
}

/** Makes all bands but one pale; -1 makes none so. @param {number} program */
function light(program) {
  const lit = program >= 0 && !hidden.has(program);
  chart.classList.toggle('dim', lit);
  chart.querySelectorAll('.band').forEach((band) => {
    band.classList.toggle('lit', lit && band.getAttribute('data-program') === String(program));
  });
}

function drawChart() {
  const width = chart.clientWidth;
  const old = chart.querySelector('svg');
  const made = hasTime ? drawTimeline(width) : drawShares(width);
  if (old) old.replaceWith(made);
  else chart.prepend(made);
  if (hasTime) placeCursor();
}

/** One reading: one bar, divided. @param {number} width */
function drawShares(width) {
  const shown = data.programs.map((program, index) => ({ kB: program.pss[0] ?? 0, index }))
    .filter(({ index }) => !hidden.has(index));
  const total = shown.reduce((sum, { kB }) => sum + kB, 0) || 1;
  let at = 0;
  const bands = shown.map(({ kB, index }) => {
    const size = kB / total * width;
    const name = (data.programs[index]?.name ?? '') + ': ' + amount(kB) + ', ' + (100 * kB / total).toFixed(1) + '%';
    const band = drawn('rect', { class: 'band ' + colourClass(index), 'data-program': index, x: px(at), y: 0,
      width: px(size), height: 56, rx: 2 }, drawn('title', {}, name));
    at += size;
    return band;
  });
  return drawn('svg', { height: 64, role: 'img', 'aria-label': 'PSS by program: ' + shown.slice(0, 5).map(({ kB, index }) =>
    data.programs[index]?.name + ' ' + amount(kB)).join(', ') }, ...bands);
}

/** @param {number} width */
function drawTimeline(width) {
  const made = drawn('svg', { height: fullHeight, 'aria-hidden': 'true' });
  const x = xScale(width);
  const sums = data.times.map(() => 0);
  data.programs.forEach((program, index) => {
    if (!hidden.has(index)) program.pss.forEach((kB, at) => { sums[at] = (sums[at] ?? 0) + kB; });
  });
  const y = yScale(AREA, Math.max(8, ...sums));
  made.append(...drawGrid(width, y), ...drawBands(x, y.at));
  if (hasMachine) made.append(...drawMachine(width, x));
  made.append(...drawTimes(width));
  return made;
}

/** @param {(index: number) => number} x @param {(kB: number) => number} y */
function drawBands(x, y) {
  const floor = data.times.map(() => 0);
  return data.programs.flatMap((program, index) => {
    if (hidden.has(index)) return [];
    const lower = floor.slice();
    program.pss.forEach((kB, at) => { floor[at] = (floor[at] ?? 0) + kB; });
    const path = runs().map(([from, to]) => {
      const up = [];
      const down = [];
      for (let at = from; at <= to; at++) {
        // A reading alone between two gaps is as wide as a line.
        const aside = from === to ? 1 : 0;
        for (const step of aside ? [-1, 1] : [0]) {
          up.push(px(x(at) + step) + ' ' + px(y(floor[at] ?? 0)));
          down.push(px(x(at) + step) + ' ' + px(y(lower[at] ?? 0)));
        }
      }
      return 'M' + up.join('L') + 'L' + down.reverse().join('L') + 'Z';
    }).join('');
    return [drawn('path', { class: 'band ' + colourClass(index), 'data-program': index, d: path })];
  });
}

/** Readings without a gap between them, as [first, last]. */
function runs() {
  /** @type {[number, number][]} */
  const found = [];
  data.times.forEach((_, at) => {
    const run = found[found.length - 1];
    if (!run || gaps.has(at)) found.push([at, at]);
    else run[1] = at;
  });
  return found;
}

/** @param {number} width @param {(index: number) => number} x */
function drawMachine(width, x) {
  const { used, total, swap } = data.machine;
  const y = yScale(MACHINE, Math.max(1, ...total.map((kB) => kB ?? 0)), 2);
  const hasSwap = swap.some((kB) => (kB ?? 0) > 0);
  const caption = drawn('text', { class: 'caption', x: LEFT, y: MACHINE.top - 14 }, hasSwap
    ? 'Machine memory, swap dashed' : 'Machine memory in use');
  const line = linePath(used, x, y.at);
  return [caption, ...drawGrid(width, y), drawn('path', { class: 'used', d: line }),
    ...(hasSwap ? [drawn('path', { class: 'swap', d: linePath(swap, x, y.at) })] : [])];
}

/** @param {readonly (number | null)[]} values @param {(index: number) => number} x @param {(kB: number) => number} y */
function linePath(values, x, y) {
  let isDown = false;
  return values.map((kB, at) => {
    if (kB === null) {
      isDown = false;
      return '';
    }
    const joins = isDown && !gaps.has(at);
    isDown = true;
    return (joins ? 'L' : 'M') + px(x(at)) + ' ' + px(y(kB)) + (joins ? '' : 'h.1');
  }).join('');
}

/** @param {number} width */
function xScale(width) {
  /** @param {number} index */
  return (index) => LEFT + (data.times[index] ?? 0) / spanMs * (width - LEFT - RIGHT);
}

/** @param {{ top: number, height: number }} box @param {number} most @param {number} [ticks] */
function yScale(box, most, ticks) {
  // Powers of two, for 1 GB is 1024 MB.
  const step = 2 ** Math.ceil(Math.log2(most / (ticks ?? 5)));
  const top = Math.max(step, Math.ceil(most / step) * step);
  /** @param {number} kB */
  const at = (kB) => box.top + box.height - kB / top * box.height;
  return { step, top, at };
}

/** @param {number} width @param {ReturnType<typeof yScale>} scale */
function drawGrid(width, scale) {
  const lines = [];
  for (let kB = 0; kB <= scale.top; kB += scale.step) {
    const y = Math.round(scale.at(kB)) + 0.5;
    lines.push(drawn('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
    const label = kB === 0 ? '0' : amount(kB).replace('.0 ', ' ');
    lines.push(drawn('text', { class: 'tick', x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, label));
  }
  return lines;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

/** @param {number} width */
function drawTimes(width) {
  const room = Math.max(2, Math.floor((width - LEFT - RIGHT) / 90));
  const stepMs = (STEPS_S.find((step) => step * 1000 * room >= spanMs) ?? Math.ceil(spanMs / room / 604800000) * 604800) * 1000;
  const start = data.start ?? 0;
  const zoneMs = new Date(start).getTimezoneOffset() * 60000;
  const format = new Intl.DateTimeFormat(undefined, stepMs >= 86400000 ? { month: 'short', day: 'numeric' }
    : stepMs < 60000 ? { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
      : spanMs > 86400000 ? { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
        : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const texts = [];
  for (let at = Math.ceil((start - zoneMs) / stepMs) * stepMs + zoneMs; at <= start + spanMs; at += stepMs) {
    const place = LEFT + (at - start) / spanMs * (width - LEFT - RIGHT);
    for (const box of hasMachine ? [AREA, MACHINE] : [AREA]) {
      const bottom = box.top + box.height;
      texts.push(drawn('line', { class: 'grid', x1: px(place), x2: px(place), y1: bottom, y2: bottom + 5 }));
    }
    const anchor = place > width - 40 ? 'end' : place < LEFT + 10 ? 'start' : 'middle';
    const spot = { class: 'tick', x: px(place), y: AREA.top + AREA.height + 20, 'text-anchor': anchor };
    texts.push(drawn('text', spot, format.format(at)));
  }
  return texts;
}
`
