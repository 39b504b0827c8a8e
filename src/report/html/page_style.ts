import { CHART_COLOURS, OTHER_COLOUR } from '../charts/index.ts'

const PALETTE = [...CHART_COLOURS, OTHER_COLOUR].map((colour, index) => `.c${index}{--c:${colour}}`).join('\n')

/** The page's only style sheet. Colours come as variables, so that light and dark differ in one place. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#1c2026;--soft:#5b6470;--line:#dfe3e8;--hover:#f0f3f7;
--accent:#2563c9;--warm:#b3400f;--cool:#1a7a46;--notice:#fff6e0;--notice-edge:#d99a00;--shadow:0 1px 2px rgb(20 30 50/.06)}
@media (prefers-color-scheme:dark){:root{--page:#0e1014;--card:#14171c;--ink:#e8eaed;--soft:#a3abb6;--line:#2a3038;
--hover:#1d2229;--accent:#7aa7f5;--warm:#ff9c66;--cool:#63cf94;--notice:#2a2312;--notice-edge:#c79222;--shadow:none}}
${PALETTE}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:32px 24px 48px}
header{margin-bottom:20px}
h1{font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0;overflow-wrap:anywhere}
h2{font-size:16px;font-weight:600;margin:0}
p{margin:0}
.soft{color:var(--soft)}
.notice{display:grid;gap:2px;background:var(--notice);border-left:3px solid var(--notice-edge);border-radius:4px;padding:8px 14px;
margin-bottom:12px;overflow-wrap:anywhere}
.card,.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;box-shadow:var(--shadow)}
.card{padding:18px 20px;margin-top:16px}
.heading{display:flex;align-items:center;justify-content:space-between;gap:16px;margin-bottom:12px;flex-wrap:wrap}
#tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:16px}
.tile{padding:14px 18px;min-width:0}
.tile .name{color:var(--soft);font-size:13px}
.tile .value{font-size:25px;font-weight:600;line-height:1.3;letter-spacing:-.01em;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap}
.tile .detail{color:var(--soft);font-size:13px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.meter{height:4px;border-radius:2px;background:var(--line);margin-top:8px;overflow:hidden}
.meter div{height:100%;background:var(--accent)}
button,input{font:inherit;color:inherit}
button{background:none;border:1px solid var(--line);border-radius:6px;padding:3px 12px;cursor:pointer}
button:hover{background:var(--hover)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.buttons{display:flex;gap:6px;font-size:13px}
input{width:280px;max-width:100%;background:var(--page);border:1px solid var(--line);border-radius:6px;padding:6px 12px}
.timeline{display:grid;grid-template-columns:minmax(0,1fr) 300px;gap:20px}
.timeline.flat{grid-template-columns:minmax(0,1fr)}
#chart{position:relative;border-radius:4px;min-width:0}
#chart svg{display:block;width:100%}
#chart.dim .band:not(.lit){opacity:.25}
.band{fill:var(--c);stroke:var(--card);stroke-width:.75;stroke-linejoin:round}
.grid{stroke:var(--line);shape-rendering:crispEdges}
.tick{fill:var(--soft);font-size:12px}
.caption{fill:var(--ink);font-size:13px;font-weight:600}
.used{fill:none;stroke:var(--accent);stroke-width:1.75;stroke-linejoin:round}
.used-area{fill:var(--accent);opacity:.14}
.swap{fill:none;stroke:var(--warm);stroke-width:1.5;stroke-dasharray:4 3}
.cursor{stroke:var(--ink);stroke-width:1;opacity:.55;shape-rendering:crispEdges}
.tip{position:absolute;top:0;z-index:2;pointer-events:none;background:var(--card);border:1px solid var(--line);
border-radius:8px;box-shadow:0 4px 16px rgb(0 0 0/.16);padding:10px 12px;font-size:13px;width:250px}
.tip b{display:block;margin-bottom:4px}
.tip div{display:flex;gap:8px;align-items:center;line-height:1.45}
.tip .lit{font-weight:650}
.tip hr{border:0;border-top:1px solid var(--line);margin:6px 0}
.swatch{flex:none;width:10px;height:10px;border-radius:3px;background:var(--c)}
.grow{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:left}
#legend{align-self:start;display:grid;gap:1px;grid-template-columns:minmax(0,1fr)}
.flat #legend{grid-template-columns:repeat(auto-fill,minmax(270px,1fr));column-gap:20px}
#legend button{display:flex;gap:10px;align-items:center;width:100%;border:0;padding:3px 8px;line-height:1.5}
#legend button[aria-pressed=false]{color:var(--soft)}
#legend button[aria-pressed=false] .swatch{background:none;box-shadow:inset 0 0 0 1.5px var(--c)}
#legend button[aria-pressed=false] .grow{text-decoration:line-through}
#legend .delta{width:66px;white-space:nowrap;text-align:right;font-size:13px}
.up{color:var(--warm)}
.down{color:var(--cool)}
.scroll{overflow-x:auto;margin:8px -20px 0;padding:0 20px}
table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;font-weight:600;padding:0;border-bottom:1px solid var(--line);white-space:nowrap}
th button{border:0;padding:6px 8px;font-weight:600;width:100%;text-align:inherit;border-radius:4px}
th button::after{content:'';display:inline-block;width:1em;text-align:right}
th[aria-sort=ascending] button::after{content:'\\2191'}
th[aria-sort=descending] button::after{content:'\\2193'}
td{padding:4px 8px;border-bottom:1px solid var(--line);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;max-width:136px}
.number{text-align:right}
td.number{padding-right:calc(8px + 1em)}
td.command{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:12px;width:99%;max-width:0;min-width:150px}
td.trend{padding:0 8px}
td.trend svg{display:block}
.spark{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
tbody tr:hover{background:var(--hover)}
.unread{color:var(--soft);font-style:italic}
#more{margin-top:12px}
.nothing{padding:24px 8px;color:var(--soft);text-align:center}
footer{margin-top:20px;font-size:13px;max-width:90ch}
@media (max-width:900px){.timeline{grid-template-columns:minmax(0,1fr)}main{padding:20px 14px 32px}
#legend{grid-template-columns:repeat(auto-fill,minmax(240px,1fr))}}
@media print{body{background:none}.card,.tile{box-shadow:none;break-inside:avoid}input,.buttons,#more{display:none}}
`
