/** A page that stands alone: no script, nothing from elsewhere. `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Patchbay</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
  pre { background: #f4f4f2; padding: 0.8rem 1rem; overflow-x: auto; border-radius: 6px }
  code, pre { font: 14px/1.45 ui-monospace, monospace }
  a { color: #0b57d0 }
  @media (prefers-color-scheme: dark) { body { color: #e8e8e6; background: #161616 } pre { background: #242422 } a { color: #8ab4f8 } }
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
