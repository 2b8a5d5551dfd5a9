import { eventStoreContract } from './event-store.contract';
import { InMemoryEventStore } from './in-memory-event-store';

eventStoreContract('the log in memory', () => Promise.resolve(new InMemoryEventStore()));
