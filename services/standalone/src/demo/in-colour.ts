import { styleText } from 'node:util';

/** Colours are for people who watch: what is piped or kept in a file stays plain. */
export function inColour(colour: 'green' | 'red' | 'dim', text: string): string {
  return process.stdout.isTTY ? styleText(colour, text) : text;
}
