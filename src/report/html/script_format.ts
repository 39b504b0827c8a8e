/** Numbers, times and elements, for the other parts of the page's script. */
export const SCRIPT_FORMAT = String.raw`
const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];
const hasTime = data.start !== null && data.times.length > 1;
const last = data.times.length - 1;
const spanMs = data.times[last] ?? 0;

/** @param {number} kB */
function amount(kB) {
  let scaled = kB;
  let step = 0;
  while (Math.abs(scaled) >= 1023.5 && step < UNITS.length - 1) {
    scaled /= 1024;
    step++;
  }
  return scaled.toFixed(step === 0 || Math.abs(scaled) >= 99.95 ? 0 : 1).replace('-', '\u2212') + ' ' + UNITS[step];
}

/** @param {number} kB */
function signed(kB) {
  return Math.round(kB) === 0 ? '0' : (kB > 0 ? '+' : '') + amount(kB);
}

/** Worse is warm, better is cool; the sign says it too. @param {number} kB @param {number} [least] */
function toneOf(kB, least) {
  return Math.abs(kB) <= (least ?? 0) ? 'soft' : kB > 0 ? 'up' : 'down';
}

/** @param {number} ms */
function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return ms + ' ms';
  if (seconds < 120) return seconds + ' s';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return +(seconds / 3600).toFixed(1) + ' h';
  return +(seconds / 86400).toFixed(1) + ' days';
}

const dayFormat = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const momentFormat = new Intl.DateTimeFormat(undefined, spanMs > 86400000
  ? { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
  : { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** Times are those of whoever reads the page. */
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(data.start ?? 0)
  .find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** @param {number} index */
function moment(index) {
  return momentFormat.format((data.start ?? 0) + (data.times[index] ?? 0));
}

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error('no element ' + id);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {string} className @param {...(Node | string)} children
 */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
function drawn(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @param {number} pixels */
function px(pixels) {
  return Math.round(pixels * 10) / 10;
}

/** @param {number} index */
function totalAt(index) {
  return data.programs.reduce((sum, program) => sum + (program.pss[index] ?? 0), 0);
}

/** @param {number} index */
function colourClass(index) {
  return 'c' + (data.programs[index]?.others ? 12 : index);
}
`
