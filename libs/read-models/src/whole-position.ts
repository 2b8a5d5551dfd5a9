/** Positions are 64 bits wide: through a JavaScript number they would lose their last digits. */
export const wholePosition = {
  from: (stored: string): bigint => BigInt(stored),
  to: (position: bigint): string => String(position),
};
