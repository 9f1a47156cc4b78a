// A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere.
import { html, Markup } from './markup.ts';
import { reportStyle } from './style.ts';

/** The page around a report's content. */
export function reportPage(title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Hone">
<title>${title}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`.text;
}
