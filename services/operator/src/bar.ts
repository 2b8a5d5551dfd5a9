const width = 30;

/** How much is done, from 0 to 1: `[######························] 20.0 %`. */
export function bar(part: number): string {
  const done = Math.round(part * width);
  return `[${'#'.repeat(done)}${'·'.repeat(width - done)}] ${(part * 100).toFixed(1)} %`;
}
