import { lookup } from 'node:dns/promises';

/** All addresses of a name, in the order to try them. Rejects when the name has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** As the machine resolves names for everybody else: hosts file, then DNS. */
export const resolveByMachine: Resolve = async (name) => {
  const answers = await lookup(name, { all: true, order: 'verbatim' });
  return answers.map(({ address }) => address);
};
