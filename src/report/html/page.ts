import { createHash } from 'node:crypto'
import { escapeXml } from '../charts/index.ts'
import { PAGE_SCRIPT } from './page_script.ts'
import { PAGE_STYLE } from './page_style.ts'
import type { ReportData } from './report_data.ts'

/**
 * The report as one page of HTML. It loads nothing, from nowhere: its policy refuses every request, and every script and
 * style but its own two, which it names by their hashes. Names of processes are data to it, never markup.
 */
export function renderReport(data: ReportData): string {
  const title = escapeXml(data.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p id="when" class="soft"></p>
</header>
<noscript><p class="notice">This page draws with a script of its own, and scripts are switched off.</p></noscript>
${notice(data.coverage)}
<section id="tiles" aria-label="At a glance"></section>
<section class="card" aria-labelledby="programs-heading">
<div class="heading"><h2 id="programs-heading">PSS by program</h2><div class="buttons">
<button type="button" id="show-all">All</button><button type="button" id="show-none">None</button></div></div>
<div class="timeline"><div id="chart"></div><div id="legend" role="group" aria-label="Programs in the chart"></div></div>
</section>
<section class="card" aria-labelledby="processes-heading">
<div class="heading"><h2 id="processes-heading">Processes</h2>
<input type="search" id="search" placeholder="Search" aria-label="Search processes by pid, user, program or command"
 autocomplete="off" spellcheck="false"></div>
<p id="summary" class="soft" role="status"></p>
<div class="scroll"><table id="processes" aria-labelledby="processes-heading"></table></div>
<button type="button" id="more" hidden>Show more</button>
</section>
<footer class="soft">
<p><b>PSS</b> counts each page divided by the number of processes that map it: sums of PSS are real.
<b>USS</b> is what ending the process would free. <b>RSS</b> counts shared pages in full, in every process.
${data.times.length > 1 ? CHANGE_NOTE : ''}1 MB is 1024 kB.</p>
</footer>
</main>
<script type="application/json" id="data">${embedJson(data)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}

function notice(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<div class="notice">${lines.map((line) => `<p>${escapeXml(line)}</p>`).join('')}</div>`
}

const CHANGE_NOTE = '<b>Change</b> is PSS now less PSS when the process was first read. <b>Growth</b> is the slope of the '
  + 'straight line that fits all its readings best. '

const POLICY = `default-src 'none'; script-src '${hashOf(PAGE_SCRIPT)}'; style-src '${hashOf(PAGE_STYLE)}'; `
  + "base-uri 'none'; form-action 'none'"

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** JSON that may stand in a script element: without '<' it can hold neither its end nor a comment's start. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}
