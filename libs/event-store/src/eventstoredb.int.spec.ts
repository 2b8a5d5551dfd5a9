import { testEventStore, type TestEventStore } from '#testing';
import { eventStoreContract } from './event-store.contract';
import { openEventStore } from './open-event-store';

describe('through the genuine client', () => {
  let server: TestEventStore;

  beforeAll(async () => {
    server = await testEventStore();
  }, 60_000);

  afterAll(() => server.drop());

  eventStoreContract('the embedded event store', () => Promise.resolve(openEventStore({ url: server.url })));
});

const url = process.env['EVENT_STORE_URL'];
if (url) eventStoreContract('the event store of EVENT_STORE_URL', () => Promise.resolve(openEventStore({ url })));
