/** The table of processes: search, sort by its headers, and more rows on demand. */
export const SCRIPT_TABLE = String.raw`
const PAGE_ROWS = 200;
const P = data.processes;

/**
 * @typedef {{ name: string, hint: string, className: string, isNumber: boolean,
 *   value: (row: number) => number | string | null, cell: (row: number) => Node | string }} TableColumn
 */

/** @param {string} name @param {string} hint @param {readonly (number | null)[]} figures @returns {TableColumn} */
function amountColumn(name, hint, figures) {
  return { name, hint, className: 'number', isNumber: true, value: (row) => figures[row] ?? null, cell: (row) => {
    const kB = figures[row] ?? null;
    if (kB === 0) return element('span', 'soft', '0');
    if (kB !== null) return amount(kB);
    if (name !== 'PSS' || (P.unread[row] ?? -1) < 0) return element('span', 'unread', '\u2013');
    const mark = element('span', 'unread', 'not read');
    mark.title = P.reasons[P.unread[row] ?? 0] ?? '';
    return mark;
  } };
}

/** @param {string} name @param {string} hint @param {readonly (number | null)[]} figures @returns {TableColumn} */
function changeColumn(name, hint, figures) {
  return { name, hint, className: 'number', isNumber: true, value: (row) => figures[row] ?? null, cell: (row) => {
    const kB = figures[row] ?? null;
    if (kB === null) return element('span', 'unread', '\u2013');
    return element('span', toneOf(kB, (P.pss[row] ?? 0) / 20), signed(kB));
  } };
}

/** @param {string} name @param {string} className @param {(row: number) => string} text @returns {TableColumn} */
function textColumn(name, className, text) {
  return { name, hint: '', className, isNumber: false, value: text, cell: text };
}

/** @type {TableColumn[]} */
const columns = [
  { name: 'PID', hint: '', className: 'number', isNumber: true, value: (row) => P.pid[row] ?? 0,
    cell: (row) => String(P.pid[row]) },
  textColumn('User', '', (row) => P.users[P.user[row] ?? 0] ?? ''),
  textColumn('Program', '', programOf),
  amountColumn('USS', 'Private memory: what its end would free', P.uss),
  amountColumn('PSS', 'Its share of the memory it maps', P.pss),
  amountColumn('RSS', 'All it maps, shared or not', P.rss),
  amountColumn('Swap', 'Swapped out', P.swap),
  ...(hasTime ? [
    changeColumn('Change', 'PSS now less PSS when first read', P.change),
    changeColumn('Growth' + perTime(), 'Slope of PSS over the recording', P.growth),
    { name: 'Trend', hint: 'PSS over the recording, each on its own scale', className: 'trend', isNumber: true,
      value: (/** @type {number} */ row) => P.growth[row] ?? null, cell: spark },
  ] : []),
  textColumn('Command', 'command', (row) => P.command[row] ?? ''),
];

const haystacks = P.pid.map((pid, row) =>
  [pid, P.users[P.user[row] ?? 0], programOf(row), P.command[row]].join(' ').toLowerCase());
const order = P.pid.map((_, row) => row);
let sortColumn = columns.findIndex(({ name }) => name === 'PSS');
let isDescending = true;
let rowLimit = PAGE_ROWS;

function startTable() {
  const head = element('tr', '', ...columns.map((column, index) => {
    const button = element('button', '', column.name);
    button.type = 'button';
    button.addEventListener('click', () => sortBy(index));
    const cell = element('th', column.isNumber && column.className !== 'trend' ? 'number' : '', button);
    cell.scope = 'col';
    if (column.hint) cell.title = column.hint;
    return cell;
  }));
  byId('processes').append(element('thead', '', head), element('tbody', ''));
  byId('search').addEventListener('input', () => {
    rowLimit = PAGE_ROWS;
    fillTable();
  });
  byId('more').addEventListener('click', () => {
    rowLimit += rowLimit;
    fillTable();
  });
  sortRows();
}

/** A second click turns the order round; figures start with the largest. @param {number} index */
function sortBy(index) {
  isDescending = index === sortColumn ? !isDescending : columns[index]?.isNumber === true;
  sortColumn = index;
  sortRows();
}

/** What is not known is last either way. */
function sortRows() {
  const column = columns[sortColumn];
  if (!column) return;
  const values = P.pid.map((_, row) => column.value(row));
  order.sort((a, b) => {
    const x = values[a] ?? null;
    const y = values[b] ?? null;
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b;
    const compared = typeof x === 'number' && typeof y === 'number' ? x - y : x < y ? -1 : x > y ? 1 : 0;
    return (isDescending ? -compared : compared) || a - b;
  });
  byId('processes').querySelectorAll('th').forEach((cell, index) => {
    if (index === sortColumn) cell.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    else cell.removeAttribute('aria-sort');
  });
  fillTable();
}

function fillTable() {
  const input = byId('search');
  const words = input instanceof HTMLInputElement ? input.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
  const found = order.filter((row) => words.every((word) => haystacks[row]?.includes(word)));
  const body = byId('processes').querySelector('tbody');
  body?.replaceChildren(...found.slice(0, rowLimit).map(tableRow));
  if (found.length === 0) body?.append(nothingFound());
  const sum = found.reduce((total, row) => total + (P.pss[row] ?? 0), 0);
  byId('summary').textContent = (words.length > 0 ? found.length.toLocaleString() + ' of ' : '')
    + count(order.length, 'process') + (hasTime ? ' at the last reading' : '') + ', together ' + amount(sum) + ' PSS';
  const more = byId('more');
  more.hidden = found.length <= rowLimit;
  more.textContent = 'Show more (' + (found.length - rowLimit).toLocaleString() + ' left)';
}

/** @param {number} row */
function tableRow(row) {
  return element('tr', '', ...columns.map((column) => {
    const cell = element('td', column.className, column.cell(row));
    if (!column.isNumber) cell.title = String(column.value(row));
    return cell;
  }));
}

function nothingFound() {
  const cell = element('td', 'nothing', order.length === 0 ? 'There is no process to show.' : 'No process matches.');
  cell.colSpan = columns.length;
  return element('tr', '', cell);
}

/** @param {number} row */
function spark(row) {
  const levels = (P.trend[row] ?? '').split('');
  const step = 88 / Math.max(1, levels.length - 1);
  let isDown = false;
  const path = levels.map((level, at) => {
    if (level === '.') {
      isDown = false;
      return '';
    }
    const place = px(2 + at * step) + ' ' + px(17 - parseInt(level, 36) / 35 * 14);
    const piece = isDown ? 'L' + place : 'M' + place + 'h.1';
    isDown = true;
    return piece;
  }).join('');
  return drawn('svg', { width: 92, height: 20, 'aria-hidden': 'true' }, drawn('path', { class: 'spark', d: path }));
}
`
