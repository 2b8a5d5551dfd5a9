export { canary } from './canary';
export { eventually } from './eventually';
export { leaksBelow, leaksIn } from './leaks-in';
export { listening, type ListeningServer } from './listening';
export { LocalKms } from './local-kms';
export { specification } from './specification';
export { testCertificate, type TestCertificate } from './test-certificate';
export { testDatabase, type TestDatabase } from './test-database';
export { testEventStore, type TestEventStore } from './test-event-store';
