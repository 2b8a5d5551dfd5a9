import { Refused } from '#domain';
import type { FastifyRequest } from 'fastify';
import { expectedRevisionsOf } from './if-match';

const expectedIn = (ifMatch?: string) => expectedRevisionsOf({ headers: { 'if-match': ifMatch } } as unknown as FastifyRequest);

describe('If-Match', () => {
  it('admits whatever the connection has become, where it is not sent or a star', () => {
    expect(expectedIn()).toBe('any');
    expect(expectedIn('*')).toBe('any');
  });

  it.each<[string, number[]]>([
    ['"3"', [3]],
    ['"0"', [0]],
    ['"3", "17"', [3, 17]],
    ['"3","17" ,\t"4"', [3, 17, 4]],
    [', "3",, "4",', [3, 4]], // RFC 9110, section 5.6.1.2: empty elements are passed over
  ])('%s admits the revisions it names', (ifMatch, expected) => {
    expect(expectedIn(ifMatch)).toEqual(expected);
  });

  it.each(['W/"3"', '"abc"', '"03"', '"-1"', '"3.0"', '""', '"1234567890123456"', '"a,b"', 'W/"3", "x"'])(
    '%s is an ETag, and matches nothing',
    (ifMatch) => {
      expect(expectedIn(ifMatch)).toEqual([]);
    },
  );

  it.each(['', '3', '"3', '3"', "'3'", '"3" "4"', '*, "3"', 'w/"3"', '"3";', '"3 4"', '"3"x', ','])('%s is none', (ifMatch) => {
    expect(() => expectedIn(ifMatch)).toThrow(Refused);
  });

  it('is read in time that grows with its length only', () => {
    const started = performance.now();
    expect(() => expectedIn(`"3"${', '.repeat(8_000)}x`)).toThrow(Refused);
    expect(() => expectedIn(`${' ,'.repeat(8_000)}x`)).toThrow(Refused);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
