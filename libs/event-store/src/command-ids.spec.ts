import { commandIdOf, eventIdOf, newCommandId } from './command-ids';

describe('ids of commands and their events', () => {
  it('never change, as ids in the log come from them', () => {
    const commandId = commandIdOf(['acme', 'user-1', 'CreateConnection', 'key-1']);
    expect(commandId).toBe('54b98167-ce46-5b1c-a422-8e196f5cc65a');
    expect(eventIdOf(commandId, 'connection-1', 0)).toBe('f8d9b6e6-5f04-56a6-a0ea-c2826f639c76');
  });

  it('differ when any part does, also where parts are joined differently', () => {
    const ids = [
      commandIdOf(['acme', 'user-1', 'CreateConnection', 'key']),
      commandIdOf(['acme', 'user-1', 'CreateConnection', 'key2']),
      commandIdOf(['acme', 'user-1Create', 'Connection', 'key']),
      commandIdOf(['acme"', 'user-1', 'CreateConnection', 'key']),
    ];
    const events = ids.flatMap((id) => [eventIdOf(id, 'a-1', 0), eventIdOf(id, 'a-1', 1), eventIdOf(id, 'a', 1)]);
    expect(new Set([...ids, ...events]).size).toBe(16);
  });

  it('are new, and later ones sort behind, where there is no key', () => {
    const ids = Array.from({ length: 100 }, newCommandId);
    expect(new Set(ids).size).toBe(100);
    expect([...ids].sort()).toEqual(ids);
  });
});
