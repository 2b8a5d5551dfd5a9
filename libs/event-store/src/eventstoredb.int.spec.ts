import { testEventStore, type TestEventStore } from '#testing';
import { eventStoreContract } from './event-store.contract';
import { openEventStore } from './open-event-store';

/** The most that the adapter allows: what is shown here is what is answered, not how fast a busy machine does. */
const callTimeoutMs = 3_000;

describe('through the genuine client', () => {
  let server: TestEventStore;

  beforeAll(async () => {
    server = await testEventStore();
  }, 60_000);

  afterAll(() => server.drop());

  eventStoreContract('the embedded event store', () => Promise.resolve(openEventStore({ url: server.url, callTimeoutMs })));
});

const url = process.env['EVENT_STORE_URL'];
if (url) eventStoreContract('the event store of EVENT_STORE_URL', () => Promise.resolve(openEventStore({ url, callTimeoutMs })));
