// The style of reports: one column on a phone, light and dark as the reader's system asks.

export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #16191f; --soft: #5b6472; --line: #e2e5ea; --grid: #eceef2;
  --accent: #3457d5; --accent-soft: #e9eefc; --mark: #d8f0dd; --mark-edge: #2f8f4e; --code: #f1f3f6;
  --s1: #3457d5; --s2: #d0562a; --s3: #1f8a5b; --s4: #8c5bc0;
  --base: #8a919d; --sft: #d0562a; --dpo: #1f8a5b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #181c22; --text: #e8eaee; --soft: #9aa3b1; --line: #2a3039; --grid: #242a32;
    --accent: #8aa4ff; --accent-soft: #1f2946; --mark: #1d3b28; --mark-edge: #5fc483; --code: #20252d;
    --s1: #8aa4ff; --s2: #f08a5d; --s3: #56c995; --s4: #c29bee;
    --base: #8a919d; --sft: #f08a5d; --dpo: #56c995;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 1060px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { font-size: clamp(1.6rem, 4.5vw, 2.2rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; margin: 0 0 12px; }
h2 { font-size: 1.25rem; letter-spacing: -.01em; margin: 48px 0 6px; }
h3 { font-size: 1rem; margin: 24px 0 8px; }
p { margin: 8px 0; max-width: 46rem; }
.lead { font-size: 1.08rem; color: var(--soft); }
.note { color: var(--soft); font-size: .875rem; }
a { color: var(--accent); }
.brand { color: var(--accent); font-weight: 650; font-size: .9rem; margin: 0 0 6px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, auto)); gap: 14px; margin: 28px 0 0; }
.tile, .card, .chart, details {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 0;
}
.tile { padding: 16px 18px; }
.tile span { display: block; color: var(--soft); font-size: .875rem; }
.tile b { white-space: nowrap; display: block; font-size: 1.5rem; line-height: 1.3; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.tile b i { font-style: normal; font-weight: 450; color: var(--soft); font-size: 1.1rem; padding: 0 .1em; }
.card > h3:first-child { margin-top: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 10px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 550; font-size: .84rem; color: var(--soft); vertical-align: bottom; white-space: normal; min-width: 6.5em; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
table.plain td { text-align: left; white-space: normal; padding: 6px 14px; }
table.plain td:first-child { color: var(--soft); white-space: nowrap; width: 1%; }
.name { font-weight: 600; }
.name::before { content: ""; display: inline-block; width: .62em; height: .62em; border-radius: 50%; margin-right: .5em; background: var(--base); }
.name.sft::before { background: var(--sft); }
.name.dpo::before { background: var(--dpo); }
.questions { display: grid; gap: 14px; margin-top: 16px; }
.card { padding: 18px 20px; }
.question { font-weight: 600; margin: 0 0 14px; max-width: none; }
.answers { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px 26px; margin: 0; }
.answers dt { font-size: .84rem; margin-bottom: 2px; }
.answers dd { margin: 0; overflow-wrap: anywhere; }
.answers .base dd { color: var(--soft); font-size: .9rem; }
.charts { display: grid; grid-template-columns: repeat(2, 1fr); gap: 14px; margin-top: 16px; }
.chart { padding: 16px 18px 10px; min-width: 0; }
.chart svg { display: block; width: 100%; height: auto; margin-top: 8px; }
.chart .note { margin: 4px 0 6px; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 16px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: .84rem; color: var(--soft); }
.key i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
.key i.s1 { background: var(--s1); } .key i.s2 { background: var(--s2); }
.key i.s3 { background: var(--s3); } .key i.s4 { background: var(--s4); }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--grid); stroke-width: 1; }
svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .curve.s1 { stroke: var(--s1); } svg .curve.s2 { stroke: var(--s2); }
svg .curve.s3 { stroke: var(--s3); } svg .curve.s4 { stroke: var(--s4); }
svg .curve.faint { stroke-width: 1; opacity: .38; }
svg circle { stroke: var(--card); stroke-width: 1.5; }
svg circle.s1 { fill: var(--s1); } svg circle.s2 { fill: var(--s2); }
svg circle.s3 { fill: var(--s3); } svg circle.s4 { fill: var(--s4); }
.faint { opacity: .5; }
pre, code { font: .86rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--code); border-radius: 10px; padding: 14px 16px; margin: 10px 0; overflow-x: auto; }
pre.sample { white-space: pre-wrap; overflow-wrap: anywhere; color: var(--soft); }
mark { background: var(--mark); color: inherit; border-radius: 2px; padding: 0 3px; }
pre.sample mark { background: var(--mark); color: var(--text); box-shadow: inset 0 -2px 0 var(--mark-edge); border-radius: 2px; padding: 1px 0; }
.sample-name { font-size: .84rem; color: var(--soft); margin: 14px 0 -4px; }
details { padding: 0 18px; margin-top: 12px; }
summary { cursor: pointer; padding: 12px 0; font-weight: 550; }
footer { margin-top: 48px; color: var(--soft); font-size: .875rem; border-top: 1px solid var(--line); padding-top: 16px; }
@media (max-width: 760px) {
  main { padding: 24px 14px 48px; }
  .answers, .charts { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 10px; }
  .tile { padding: 12px 14px; } .tile b { white-space: nowrap; font-size: 1.25rem; } .tile b i { font-size: 1rem; }
  th, td { padding: 9px 10px; }
}
@media print { body { background: none; } .card, .chart, .tile { break-inside: avoid; } }
`;
