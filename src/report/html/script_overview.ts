/** The line below the title, and the four figures that tell most. */
export const SCRIPT_OVERVIEW = String.raw`
function drawOverview() {
  byId('when').textContent = describeTime();
  byId('tiles').append(pssTile(), machineTile(), growthTile(), countTile());
}

function describeTime() {
  if (data.start === null) return 'One reading, at a time that its source does not tell';
  const day = dayFormat.format(data.start);
  if (!hasTime) return 'One reading, ' + day + ', ' + moment(0) + ' ' + zone;
  const usual = spanMs / Math.max(1, data.readings - 1);
  return day + ', ' + moment(0) + ' to ' + moment(last) + ' ' + zone + ' \u00b7 ' + duration(spanMs) + ' \u00b7 '
    + data.readings.toLocaleString() + ' readings, about every ' + duration(Math.round(usual));
}

/** @param {string} name @param {string} value @param {...(Node | string)} detail */
function tile(name, value, ...detail) {
  const box = element('div', 'tile', element('div', 'name', name), element('div', 'value', value));
  box.append(element('div', 'detail', ...detail));
  return box;
}

function pssTile() {
  const now = totalAt(last);
  if (!hasTime) return tile('PSS of all processes', amount(now), count(data.processes.names.length, 'program'));
  const change = now - totalAt(0);
  let peak = 0;
  for (let index = 1; index <= last; index++) if (totalAt(index) > totalAt(peak)) peak = index;
  const sign = element('span', toneOf(change), signed(change));
  const box = tile('PSS of all processes', amount(now), sign, ', peak ' + amount(totalAt(peak)) + ' at ' + moment(peak));
  return box;
}

function machineTile() {
  const used = data.machine.used[last] ?? null;
  const total = data.machine.total[last] ?? null;
  if (used === null || total === null) return tile('Machine memory in use', 'not known', 'meminfo was not recorded');
  const swap = data.machine.swap[last] ?? 0;
  const box = tile('Machine memory in use', amount(used), (100 * used / total).toFixed(0) + '% of ' + amount(total)
    + (swap > 0 ? ', and ' + amount(swap) + ' of swap' : ''));
  const level = element('div', '');
  level.style.width = (100 * used / total) + '%';
  box.append(element('div', 'meter', level));
  return box;
}

function growthTile() {
  const { pid, growth, pss } = data.processes;
  const figures = hasTime ? growth : pss;
  let top = -1;
  figures.forEach((figure, row) => {
    if (figure !== null && figure > 0 && (top < 0 || figure > (figures[top] ?? 0))) top = row;
  });
  const heading = hasTime ? 'Grows fastest' : 'Largest process';
  if (top < 0) return tile(heading, hasTime ? 'none grows' : 'not known');
  const figure = figures[top] ?? 0;
  return tile(heading, hasTime ? signed(figure) + perTime() : amount(figure), 'pid ' + pid[top] + ', ' + programOf(top));
}

function countTile() {
  const rows = data.processes.unread;
  const unread = rows.filter((reason) => reason >= 0).length;
  return tile('Processes', rows.length.toLocaleString(), unread === 0 ? 'all could be read' : unread + ' could not be read');
}

function perTime() {
  return data.growthMs < 3600000 ? '/min' : '/h';
}

/** @param {number} row */
function programOf(row) {
  return data.processes.names[data.processes.program[row] ?? 0] ?? '';
}

/** @param {import('./report_data.ts').ProgramSeries} program */
function nameOf(program) {
  return program.others ? count(program.others, 'other program') : program.name;
}

/** @param {number} many @param {string} what */
function count(many, what) {
  return many.toLocaleString() + ' ' + what + (many === 1 ? '' : what === 'process' ? 'es' : 's');
}
`
