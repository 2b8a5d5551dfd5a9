import { ConnectionLife } from '../src/bench/connection-lives';
import { tamper } from '../src/drills/tampered-log';

describe('an exported stream that somebody tampered with', () => {
  const exported = Array.from({ length: 4 }, (_, nth) => {
    const life = new ConnectionLife(nth);
    return Array.from({ length: 12 }, () => {
      const { stream, revision, event } = life.next();
      return { stream, revision, id: event.id, type: event.type, data: bytesOf(event.data), metadata: bytesOf(event.metadata) };
    });
  });

  it('shows 10,000 mutations of 10,000, and only the cut end does not show', () => {
    const { figures, findings } = tamper(exported, 10_000, Date.now());
    expect(findings).toEqual([]);
    expect(Object.values(figures).filter((figure) => figure === '1000 of 1000 found')).toHaveLength(10);
    expect(figures['the end cut off, beside these']).toMatch(/^0 of 100 found/);
  }, 30_000);

  it('would say which mutation did not show', () => {
    const unchained = exported.map((events) => events.map((event) => ({ ...event, stream: 'snapshot-1' })));
    expect(tamper(unchained, 10, 1).findings).toHaveLength(10);
  });
});

function bytesOf(content: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}
