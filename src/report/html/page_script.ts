import { SCRIPT_CHART } from './script_chart.ts'
import { SCRIPT_CURSOR } from './script_cursor.ts'
import { SCRIPT_FORMAT } from './script_format.ts'
import { SCRIPT_OVERVIEW } from './script_overview.ts'
import { SCRIPT_TABLE } from './script_table.ts'

/**
 * The page's only script, in plain JavaScript for browsers of the last five years. It is text here, for it runs elsewhere;
 * its parts are checked by the compiler and the linter in the tests. Text of processes goes in by textContent only.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
/** @type {import('./report_data.ts').ReportData} */
const data = JSON.parse(document.getElementById('data')?.textContent ?? '');
${[SCRIPT_FORMAT, SCRIPT_OVERVIEW, SCRIPT_CHART, SCRIPT_CURSOR, SCRIPT_TABLE].join('')}
drawOverview();
startChart();
startTable();
})();
`
