/** The line that follows the pointer or the arrow keys, and the box that tells the values at that moment. */
export const SCRIPT_CURSOR = String.raw`
const tip = element('div', 'tip');
let cursor = -1;
let litProgram = -1;

function startCursor() {
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  chart.append(tip);
  chart.tabIndex = 0;
  chart.setAttribute('role', 'slider');
  chart.setAttribute('aria-label', 'PSS by program over time; arrow keys move through the readings');
  chart.setAttribute('aria-valuemin', '0');
  chart.setAttribute('aria-valuemax', String(last));
  describeMoment(last);
  chart.addEventListener('pointermove', (event) => moveTo(nearestTo(event.offsetX), programAt(event)));
  chart.addEventListener('pointerleave', () => moveTo(-1, -1));
  chart.addEventListener('focus', () => { if (chart.matches(':focus-visible')) moveTo(last, -1); });
  chart.addEventListener('blur', () => moveTo(-1, -1));
  chart.addEventListener('keydown', (event) => {
    const next = afterKey(event.key, cursor < 0 ? last : cursor);
    if (next === undefined) return;
    event.preventDefault();
    moveTo(Math.min(last, Math.max(0, next)), -1);
  });
}

/** @param {string} key @param {number} at */
function afterKey(key, at) {
  const page = Math.max(1, Math.round(last / 10));
  switch (key) {
    case 'ArrowLeft': case 'ArrowDown': return at - 1;
    case 'ArrowRight': case 'ArrowUp': return at + 1;
    case 'PageDown': return at - page;
    case 'PageUp': return at + page;
    case 'Home': return 0;
    case 'End': return last;
    default: return undefined;
  }
}

/** @param {number} pixel */
function nearestTo(pixel) {
  const time = (pixel - LEFT) / (chart.clientWidth - LEFT - RIGHT) * spanMs;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((data.times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const before = data.times[low - 1];
  return before !== undefined && time - before < (data.times[low] ?? 0) - time ? low - 1 : low;
}

/** @param {Event} event */
function programAt(event) {
  const name = event.target instanceof Element ? event.target.getAttribute('data-program') : null;
  return name === null ? -1 : Number(name);
}

/** @param {number} index @param {number} program */
function moveTo(index, program) {
  if (index === cursor && program === litProgram) return;
  cursor = index;
  litProgram = program;
  light(program);
  placeCursor();
  if (index >= 0) describeMoment(index);
}

function placeCursor() {
  chart.querySelector('.cursor')?.remove();
  tip.hidden = cursor < 0;
  if (cursor < 0) return;
  const width = chart.clientWidth;
  const x = Math.round(xScale(width)(cursor)) + 0.5;
  const ends = { x1: x, x2: x, y1: AREA.top, y2: (hasMachine ? MACHINE : AREA).top + (hasMachine ? MACHINE : AREA).height };
  chart.querySelector('svg')?.append(drawn('line', { class: 'cursor', 'pointer-events': 'none', ...ends }));
  fillTip();
  const isLeft = x > width / 2;
  tip.style.left = (isLeft ? Math.max(0, x - 16 - tip.offsetWidth) : x + 16) + 'px';
}

function fillTip() {
  const rows = data.programs.map((program, index) => ({ program, index, kB: program.pss[cursor] ?? 0 }))
    .filter(({ index, kB }) => !hidden.has(index) && kB > 0);
  const sum = rows.reduce((total, { kB }) => total + kB, 0);
  tip.replaceChildren(element('b', '', moment(cursor)), ...rows.map(({ program, index, kB }) => element(
    'div', colourClass(index) + (index === litProgram ? ' lit' : ''), element('span', 'swatch'),
    element('span', 'grow', nameOf(program)), element('span', '', amount(kB)))));
  tip.append(element('hr', ''), tipLine(hidden.size > 0 ? 'Shown' : 'All programs', amount(sum)));
  const used = data.machine.used[cursor] ?? null;
  if (used !== null) tip.append(tipLine('Machine in use', amount(used)));
  const unread = data.unread.count[cursor] ?? 0;
  if (unread > 0) tip.append(tipLine('Not read: ' + unread, amount(data.unread.rss[cursor] ?? 0) + ' RSS'));
}

/** @param {string} name @param {string} value */
function tipLine(name, value) {
  return element('div', '', element('span', 'grow', name), element('span', '', value));
}

/** For those who hear the page. @param {number} index */
function describeMoment(index) {
  const rows = data.programs.map((program, at) => ({ name: program.name, at, kB: program.pss[index] ?? 0 }))
    .filter(({ at, kB }) => !hidden.has(at) && kB > 0);
  chart.setAttribute('aria-valuenow', String(index));
  chart.setAttribute('aria-valuetext', moment(index) + ', ' + amount(rows.reduce((sum, { kB }) => sum + kB, 0)) + ': '
    + rows.slice(0, 5).map(({ name, kB }) => name + ' ' + amount(kB)).join(', '));
}
`
