import { median } from './median';

/**
 * Measures several rates, round after round, and answers the median of each: a first round, which warms everything up, is not counted.
 * `round` answers how often each was done in a second.
 */
export async function medianRates<Name extends string>(
  rounds: number,
  round: () => Promise<Readonly<Record<Name, number>>>,
  say: (line: string) => void,
): Promise<(name: Name) => number> {
  const counted: Readonly<Record<Name, number>>[] = [];
  say('A round to warm up is not counted.');
  for (let nth = 0; nth <= rounds; nth += 1) {
    const rates = await round();
    const told = Object.entries<number>(rates).map(([name, rate]) => `${name} ${Math.round(rate).toLocaleString('en')}/s`);
    say(`Round ${nth}: ${told.join(', ')}.`);
    if (nth > 0) counted.push(rates);
  }
  return (name) => median(counted.map((rates) => rates[name]));
}
