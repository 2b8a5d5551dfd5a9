import { specification } from '#testing';
import { connector, DefinitionChangedWithoutVersion } from './connector';

const given = specification(connector);
const definition = (version: number, digest: string) => ({ key: 'http', version, digest, definition: { key: 'http' } });
const record = (version: number, digest: string) => ({ type: 'RecordDefinition' as const, ...definition(version, digest) });
const published = { type: 'ConnectorPublished' as const, data: definition(2, 'b') };

describe('recording a definition', () => {
  it('publishes a connector the log does not know', () => {
    given().when(record(2, 'b')).then(published);
  });

  it('revises it when the release brings a higher version', () => {
    given(published)
      .when(record(3, 'c'))
      .then({ type: 'ConnectorRevised', data: definition(3, 'c') });
  });

  it('records nothing for what is recorded, nor for an older release that still runs', () => {
    given(published).when(record(2, 'b')).thenNothing();
    given(published).when(record(1, 'a')).thenNothing();
  });

  it('refuses a definition that was edited without a new version', () => {
    const state = connector.evolve(connector.initial, published);
    expect(() => connector.decide(record(2, 'edited'), state, new Date(0))).toThrow(DefinitionChangedWithoutVersion);
  });
});
